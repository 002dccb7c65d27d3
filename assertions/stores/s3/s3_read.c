#include "assertions/stores/s3/s3_read.h"

#include <stdlib.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/stores/download.h"
#include "assertions/stores/s3/s3_request.h"

struct reading {
	struct s3 *s3;
	char *key; /* whole */
};

static void ask(void *context, const char *range, const char *etag, struct download_answer *ret_answer)
{
	const struct reading *reading = context;
	struct s3_request request = {
		.method = "GET", .key = reading->key, .stream = true, .what = "reading", .permission = "s3:GetObject"};
	struct s3_answer answer;

	if (range != NULL)
		s3_request_add_header(&request, "Range", range);
	if (etag != NULL)
		s3_request_add_header(&request, "If-Match", etag);
	s3_ask(reading->s3, &request, &answer);
	*ret_answer = (struct download_answer){answer.status, answer.http_status, answer.exchange, answer.error};
}

static void release(void *context)
{
	struct reading *reading = context;

	free(reading->key);
	free(reading);
}

/* The caller frees the name. */
static struct download download_of(struct store *store, const char *key, const struct store_object *expected,
				   char **ret_name)
{
	struct reading *reading = memory_alloc(sizeof(*reading));

	reading->s3 = (struct s3 *)store;
	reading->key = s3_whole_key(reading->s3, key);
	*ret_name = memory_format("s3://%s/%s", reading->s3->bucket, reading->key);
	return (struct download){
		.name = *ret_name,
		.timeout_ms = reading->s3->retry_budget_ms,
		.expected = expected,
		.ask = ask,
		.release = release,
		.context = reading,
	};
}

enum store_status s3_get(struct store *store, const char *key, const struct store_object *expected,
			 struct source **ret_source, struct error *err)
{
	cleanup_free char *name = NULL;
	const struct download download = download_of(store, key, expected, &name);

	return download_open(&download, ret_source, err);
}

enum store_status s3_get_range(struct store *store, const char *key, const struct store_object *expected, int64_t from,
			       unsigned char *into, size_t length, struct error *err)
{
	cleanup_free char *name = NULL;
	const struct download download = download_of(store, key, expected, &name);

	return download_range(&download, from, into, length, err);
}

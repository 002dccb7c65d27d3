#include "s3_read.h"

#include <stdlib.h>

#include "../base/cleanup.h"
#include "../base/memory.h"
#include "download.h"
#include "s3_request.h"

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

enum store_status s3_get(struct store *store, const char *key, const struct store_object *expected,
			 struct source **ret_source, struct error *err)
{
	struct reading *reading = memory_alloc(sizeof(*reading));
	cleanup_free char *name = NULL;

	reading->s3 = (struct s3 *)store;
	reading->key = s3_whole_key(reading->s3, key);
	name = memory_format("s3://%s/%s", reading->s3->bucket, reading->key);

	const struct download download = {
		.name = name,
		.timeout_ms = reading->s3->retry_budget_ms,
		.expected = expected,
		.ask = ask,
		.release = release,
		.context = reading,
	};

	return download_open(&download, ret_source, err);
}

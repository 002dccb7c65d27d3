#include "assertions/stores/bunny/bunny_private.h"

#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/stores/download.h"

struct describing {
	const char *name; /* what is asked for, without its folder */
	struct bunny_file entry;
};

static int read_description(void *context, struct bunny_json *json, struct error *err)
{
	struct describing *describing = context;

	if (bunny_json_read(json, &describing->entry, err) != 0)
		return -1;
	if (strcmp(describing->entry.name, describing->name) != 0)
		return error_set(err, "it tells of '%.100s' where '%.100s' was asked for", describing->entry.name,
				 describing->name);
	return 0;
}

struct looking_up {
	const char *key;
	struct store_object *object;
	bool found;
};

static int compare_key(void *context, const struct store_object *object)
{
	struct looking_up *looking_up = context;

	looking_up->found = strcmp(object->key, looking_up->key) == 0;
	if (looking_up->found)
		*looking_up->object = *object;
	return looking_up->found;
}

static enum store_status no_such_file(const struct bunny *bunny, const char *whole, const char *why, struct error *err)
{
	error_set(err, "the object is not there: 'bunny://%s/%.200s' %s", bunny->zone, whole, why);
	return STORE_ABSENT;
}

static enum store_status look_up_in_folder(struct bunny *bunny, const char *key, struct store_object *ret_object,
					   struct error *err)
{
	struct looking_up looking_up = {key, ret_object, false};
	cleanup_free char *whole = bunny_whole_key(bunny, key);
	enum store_status status = bunny_list(&bunny->store, key, compare_key, &looking_up, err);

	if (status != STORE_OK || looking_up.found)
		return status;
	return no_such_file(bunny, whole, "is not in the listing of its folder", err);
}

static bool knows_no_describe(const struct bunny_answer *answer)
{
	return answer->status == STORE_UNSUPPORTED || answer->http_status == 400;
}

static const char *name_of(const char *whole)
{
	const char *slash = strrchr(whole, '/');

	return slash != NULL ? slash + 1 : whole;
}

enum store_status bunny_head(struct store *store, const char *key, struct store_object *ret_object, struct error *err)
{
	struct bunny *bunny = (struct bunny *)store;
	cleanup_free char *whole = bunny_whole_key(bunny, key);
	struct describing describing = {.name = name_of(whole)};
	const struct bunny_request request = {
		.method = "DESCRIBE",
		.key = whole,
		.headers = {"Accept: application/json"},
		.read = read_description,
		.context = &describing,
		.what = "asked for",
	};
	struct bunny_answer answer;

	if (key[0] == '\0' || !bunny_is_key(whole))
		return no_such_file(bunny, whole, "is no name that a file can have", err);
	bunny_ask(bunny, &request, &answer);
	bunny_answer_release(&answer);
	if (knows_no_describe(&answer))
		return look_up_in_folder(bunny, key, ret_object, err);
	if (answer.status != STORE_OK) {
		error_set(err, "%s", answer.error.message);
		return answer.status;
	}
	if (describing.entry.is_folder)
		return no_such_file(bunny, whole, "is a folder", err);
	*ret_object = describing.entry.object;
	memcpy(ret_object->key, key, strlen(key) + 1);
	return STORE_OK;
}

static void ask_for_bytes(struct store *store, const char *key, const char *range, const char *etag,
			  struct download_answer *ret_answer)
{
	struct bunny *bunny = (struct bunny *)store;
	cleanup_free char *whole = bunny_whole_key(bunny, key);
	cleanup_free char *range_line = memory_format("Range: %s", range != NULL ? range : "");
	cleanup_free char *etag_line = memory_format("If-Match: %s", etag != NULL ? etag : "");
	struct bunny_request request = {.method = "GET", .key = whole, .what = "reading"};
	struct bunny_answer answer;

	if (range != NULL)
		request.headers[0] = range_line;
	if (etag != NULL)
		request.headers[1] = etag_line;
	bunny_ask(bunny, &request, &answer);
	*ret_answer = (struct download_answer){answer.status, answer.http_status, answer.exchange, answer.error};
}

static enum store_status prepare(struct store *store, const char *key, const struct store_object *expected,
				 struct download *ret_download, struct error *err)
{
	struct bunny *bunny = (struct bunny *)store;
	cleanup_free char *whole = bunny_whole_key(bunny, key);

	if (key[0] == '\0' || !bunny_is_key(whole))
		return no_such_file(bunny, whole, "is no name that a file can have", err);
	*ret_download = (struct download){
		.store = store,
		.key = key,
		.timeout_ms = bunny->timeout_ms,
		.expected = expected,
		.may_go_by_date = true,
		.verifies_sha256 = true,
		.ask = ask_for_bytes,
	};
	return STORE_OK;
}

enum store_status bunny_get(struct store *store, const char *key, const struct store_object *expected,
			    struct source **ret_source, struct error *err)
{
	struct download download;
	enum store_status status = prepare(store, key, expected, &download, err);

	return status == STORE_OK ? download_open(&download, ret_source, err) : status;
}

enum store_status bunny_get_range(struct store *store, const char *key, const struct store_object *expected,
				  int64_t from, unsigned char *into, size_t length, struct error *err)
{
	struct download download;
	enum store_status status = prepare(store, key, expected, &download, err);

	return status == STORE_OK ? download_range(&download, from, into, length, err) : status;
}

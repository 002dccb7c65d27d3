#include "assertions/stores/s3/s3_private.h"

#include <stdio.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/stores/download.h"

/* Far above what any store takes, and low enough to be multiplied by a number of parts. */
#define OBJECT_MAX (INT64_MAX / (2 * S3_PARTS_MAX))

/*
 * The sizes of an object's parts, asked of the store with HEAD ?partNumber=N.
 *
 * Two questions tell them where all parts but the last are of one size; else the places where the size
 * changes are looked for, within S3_PARTS_ASKED_MAX questions. A store that does not say leaves them unknown.
 */
struct asking {
	int64_t (*length)(void *context, unsigned number);
	void *context;
	int64_t most; /* no part is longer than the object */
	unsigned asked;
};

static int64_t length_of(struct asking *asking, unsigned number)
{
	int64_t length = asking->asked++ < S3_PARTS_ASKED_MAX ? asking->length(asking->context, number) : -1;

	return length <= asking->most ? length : -1;
}

static void set_run(struct store_object *object, int64_t size, unsigned count)
{
	if (count > 0)
		object->part_runs[object->part_run_count++] = (struct store_part_run){size, count};
}

/* An ETag computed with a size that is not the parts' would look like a damaged object: first and last must agree. */
static bool find_equal(struct asking *asking, int64_t first, struct store_object *object)
{
	int64_t parts = object->part_count, size = object->size_bytes, last = size - (parts - 1) * first;

	if (size / first + (size % first != 0) != parts || length_of(asking, object->part_count) != last)
		return false;
	object->part_size = first;
	set_run(object, first, last == first ? object->part_count : object->part_count - 1);
	if (last != first)
		set_run(object, last, 1);
	return true;
}

/* The first part after `begin` that is of another size, or the number after the last; 0 where it was not told. */
static unsigned end_of_run(struct asking *asking, unsigned begin, int64_t size, unsigned parts)
{
	unsigned equal = begin, other = parts + 1;

	while (other - equal > 1) {
		unsigned middle = equal + (other - equal) / 2;
		int64_t length = length_of(asking, middle);

		if (length < 0)
			return 0;
		if (length == size)
			equal = middle;
		else
			other = middle;
	}
	return other;
}

static bool find_runs(struct asking *asking, int64_t first, struct store_object *object)
{
	int64_t sum = 0, size = first;

	for (unsigned begin = 1; begin <= object->part_count;) {
		unsigned end = end_of_run(asking, begin, size, object->part_count);

		if (end == 0 || object->part_run_count == STORE_PART_RUNS_MAX)
			return false;
		set_run(object, size, end - begin);
		sum += size * (end - begin);
		begin = end;
		if (begin <= object->part_count)
			size = length_of(asking, begin);
		if (size <= 0 || sum > object->size_bytes)
			return false;
	}
	return sum == object->size_bytes;
}

void s3_parts_find_by(int64_t (*length)(void *context, unsigned number), void *context, struct store_object *object)
{
	struct asking asking = {length, context, object->size_bytes, 0};
	int64_t first;

	object->part_size = 0;
	object->part_run_count = 0;
	if (object->size_bytes > OBJECT_MAX)
		return;
	if (object->part_count == 1) {
		object->part_size = object->size_bytes;
		set_run(object, object->size_bytes, 1);
		return;
	}
	first = length_of(&asking, 1);
	if (first <= 0 || first >= object->size_bytes || find_equal(&asking, first, object))
		return;
	if (!find_runs(&asking, first, object))
		object->part_run_count = 0;
}

struct parts_of {
	struct s3 *s3;
	const char *key;
	unsigned count;
};

static int64_t ask_for_length(void *context, unsigned number)
{
	const struct parts_of *parts = context;
	struct s3_request request = {.method = "HEAD",
				     .key = parts->key,
				     .stream = true,
				     .what = "asked for a part of",
				     .permission = "s3:GetObject"};
	struct s3_answer answer;
	int64_t length = -1;
	char text[16];

	snprintf(text, sizeof(text), "%u", number);
	s3_request_add_query(&request, "partNumber", text);
	s3_ask(parts->s3, &request, &answer);
	if (answer.status == STORE_OK) {
		const struct http_response *response = http_response(answer.exchange);
		int64_t count = http_number(response, "x-amz-mp-parts-count");

		if (count < 0 || count == parts->count)
			length = http_number(response, "content-length");
	}
	s3_answer_release(&answer);
	return length;
}

static void find_parts(struct s3 *s3, const char *key, struct store_object *object)
{
	struct parts_of parts = {s3, key, object->part_count};

	s3_parts_find_by(ask_for_length, &parts, object);
}

/*
 * Google's store unpacks what was stored with Content-Encoding: gzip for whoever does not say that he takes it
 * (docs.cloud.google.com/storage/docs/transcoding). Nobody else is told so: it is what makes a proxy pack what was not.
 */
static void ask_as_stored(struct s3 *s3, struct s3_request *request, struct s3_answer *answer)
{
	if (endpoint_is_google(&s3->endpoint))
		s3_request_add_header(request, "Accept-Encoding", "gzip");
	s3_ask(s3, request, answer);
}

static void ask(struct s3 *s3, const char *method, const char *key, struct s3_answer *answer)
{
	struct s3_request request = {
		.method = method, .key = key, .stream = true, .what = "asked for", .permission = "s3:GetObject"};

	if (strcmp(method, "GET") == 0)
		s3_request_add_header(&request, "Range", "bytes=0-0");
	ask_as_stored(s3, &request, answer);
}

/*
 * A store that does not know the header may refuse it (for good), and one that does may refuse to tell the checksums of this
 * object, for a key of KMS that these credentials may not use.
 */
static bool may_dislike_checksum_mode(const struct s3_answer *answer)
{
	return answer->http_status == 400 || answer->http_status == 403 || answer->http_status == 501;
}

static void ask_for_headers(struct s3 *s3, const char *key, struct s3_answer *answer)
{
	struct s3_request request = {
		.method = "HEAD", .key = key, .stream = true, .what = "asked for", .permission = "s3:GetObject"};

	if (s3->plain_head) {
		ask(s3, "HEAD", key, answer);
		return;
	}
	s3_request_add_header(&request, "x-amz-checksum-mode", "ENABLED");
	ask_as_stored(s3, &request, answer);
	if (answer->status == STORE_OK || !may_dislike_checksum_mode(answer))
		return;

	bool refused_for_good = answer->http_status != 403;

	s3_answer_release(answer);
	ask(s3, "HEAD", key, answer);
	s3->plain_head = answer->status == STORE_OK && refused_for_good;
}

/* HEAD has no body that could say what is wrong, and some front ends refuse it: GET of one byte tells. */
static bool says_too_little(const struct s3_answer *answer)
{
	return answer->status != STORE_OK && answer->http_status != 0 && !answer->transient &&
	       answer->code[0] == '\0' && !answer->delete_marker;
}

static enum store_status take_answer(struct s3 *s3, const char *whole, const struct s3_answer *answer,
				     struct store_object *object, struct error *err)
{
	bool plainly_denied = answer->status == STORE_DENIED &&
			      (answer->code[0] == '\0' || strcmp(answer->code, "AccessDenied") == 0);

	if (answer->status != STORE_OK) {
		error_set(err, "%s%s", answer->error.message,
			  plainly_denied ? "; it may also be missing: without s3:ListBucket a store does not tell"
					 : "");
		return answer->status;
	}
	if (s3_object_from_headers(http_response(answer->exchange), object, err) != 0) {
		error_wrap(err, "'s3://%s/%s'", s3->bucket, whole);
		return STORE_BROKEN;
	}
	return STORE_OK;
}

static int take_time(void *context, const struct store_object *listed)
{
	struct store_object *object = context;

	bool is_same = strcmp(listed->key, object->key) == 0 && listed->size_bytes == object->size_bytes &&
		       (object->etag[0] == '\0' || strcmp(listed->etag, object->etag) == 0);

	if (is_same)
		object->modified_ms = listed->modified_ms;
	return 1; /* the key itself comes before all that begin with it */
}

/* Where its own headers do not tell when it was written, the listing of what begins with its key may. */
static enum store_status find_time(struct s3 *s3, const char *key, struct store_object *object, struct error *err)
{
	struct s3_answer answer;

	if (object->modified_ms != 0)
		return STORE_OK;
	s3_list_ask(s3, key, "1", take_time, object, &answer);
	if (object->modified_ms != 0)
		return STORE_OK;
	error_set(err, "'s3://%s/%s%s': the store does not say when the object was written", s3->bucket, s3->prefix,
		  key);
	return STORE_BROKEN;
}

static bool lacks_size(const struct s3_answer *answer)
{
	return answer->status == STORE_OK && http_number(http_response(answer->exchange), "content-length") < 0;
}

enum store_status s3_head(struct store *store, const char *key, struct store_object *ret_object, struct error *err)
{
	struct s3 *s3 = (struct s3 *)store;
	cleanup_free char *whole = s3_whole_key(s3, key);
	struct store_object object = {0};
	struct s3_answer answer;

	if (s3_check_key(s3, key, err) != 0)
		return STORE_ABSENT;
	ask_for_headers(s3, whole, &answer);
	if (says_too_little(&answer) || lacks_size(&answer)) {
		s3_answer_release(&answer);
		ask(s3, "GET", whole, &answer);
	}

	enum store_status status = take_answer(s3, whole, &answer, &object, err);

	s3_answer_release(&answer);
	if (status != STORE_OK)
		return status;
	memcpy(object.key, key, strlen(key) + 1);
	if (find_time(s3, key, &object, err) != STORE_OK)
		return STORE_BROKEN;
	if (object.part_count > 0)
		find_parts(s3, whole, &object);
	*ret_object = object;
	return STORE_OK;
}

static void ask_for_bytes(struct store *store, const char *key, const char *range, const char *etag,
			  struct download_answer *ret_answer)
{
	struct s3 *s3 = (struct s3 *)store;
	cleanup_free char *whole = s3_whole_key(s3, key);
	struct s3_request request = {
		.method = "GET", .key = whole, .stream = true, .what = "reading", .permission = "s3:GetObject"};
	struct s3_answer answer;

	if (range != NULL)
		s3_request_add_header(&request, "Range", range);
	if (etag != NULL)
		s3_request_add_header(&request, "If-Match", etag);
	ask_as_stored(s3, &request, &answer);
	*ret_answer = (struct download_answer){answer.status, answer.http_status, answer.exchange, answer.error};
}

/* Going on after a break takes an ETag. */
static struct download download_of(struct store *store, const char *key, const struct store_object *expected)
{
	return (struct download){.store = store,
				 .key = key,
				 .timeout_ms = ((struct s3 *)store)->retry_budget_ms,
				 .expected = expected,
				 .ask = ask_for_bytes};
}

enum store_status s3_get(struct store *store, const char *key, const struct store_object *expected,
			 struct source **ret_source, struct error *err)
{
	const struct download download = download_of(store, key, expected);

	return download_open(&download, ret_source, err);
}

enum store_status s3_get_range(struct store *store, const char *key, const struct store_object *expected, int64_t from,
			       unsigned char *into, size_t length, struct error *err)
{
	const struct download download = download_of(store, key, expected);

	return download_range(&download, from, into, length, err);
}

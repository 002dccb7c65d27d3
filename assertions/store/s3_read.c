#include "s3_read.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/cleanup.h"
#include "../base/clock.h"
#include "../base/memory.h"
#include "backoff.h"
#include "printable.h"
#include "s3_object.h"
#include "s3_page.h"
#include "s3_request.h"

#define NAME_MAX_BYTES 300
#define RANGE_MAX 48

struct object_source {
	struct source source;
	struct s3 *s3;
	char *key; /* whole */
	char name[NAME_MAX_BYTES]; /* for messages */
	char *etag; /* as the server writes it, for If-Match; NULL: it gave none */
	int64_t size_bytes; /* -1: neither announced nor expected */
	struct s3_answer answer;
	uint64_t given; /* bytes */
	uint64_t skip; /* of the answer's body: given before */
	bool ended;
	unsigned resumes;
	uint64_t given_at_failure;
	int64_t failed_ms; /* by the monotonic clock */
	struct backoff backoff; /* since bytes came last at a pace worth waiting for */
	struct trouble trouble; /* SOUND, or what ends the source */
};

static int fail(struct object_source *object, enum soundness soundness, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(struct object_source *object, enum soundness soundness, const char *format, ...)
{
	char text[ERROR_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return trouble_set(&object->trouble, soundness, "%s", text);
}

static int changed(struct object_source *object, const char *how)
{
	return fail(object, DAMAGED, "'%s' %s while it was read", object->name, how);
}

static bool same_etag(const struct object_source *object, const struct http_response *response)
{
	const char *etag = http_field(response, "etag");

	return etag != NULL && object->etag != NULL && strcmp(etag, object->etag) == 0;
}

/* The answer to the request for the rest: from the right place, of the same object. */
static int check_rest(struct object_source *object)
{
	const struct http_response *response = http_response(object->answer.exchange);
	const char *range = http_field(response, "content-range");
	int64_t begin, size;

	if (!same_etag(object, response))
		return changed(object, "changed");
	if (response->status == 200) {
		object->skip = object->given;
		return 0;
	}
	if (range == NULL || s3_object_range(range, &begin, &size) != 0 || begin != (int64_t)object->given)
		return fail(object, UNREADABLE, "'%s' cannot be read on from byte %llu: the store gave another range",
			    object->name, (unsigned long long)object->given);
	if (object->size_bytes >= 0 && size != object->size_bytes)
		return changed(object, "changed its size");
	object->size_bytes = size;
	object->skip = 0;
	return 0;
}

static int judge_rest(struct object_source *object)
{
	const struct s3_answer *answer = &object->answer;

	if (answer->status == STORE_OK)
		return check_rest(object);
	if (answer->http_status == 412)
		return changed(object, "changed");
	if (answer->status == STORE_ABSENT)
		return changed(object, "was deleted");
	if (answer->http_status == 416)
		return fail(object, DAMAGED, "'%s' ends after %llu bytes, where %lld were expected", object->name,
			    (unsigned long long)object->given, (long long)object->size_bytes);
	return fail(object, UNREADABLE, "'%s' cannot be read on from byte %llu: %s", object->name,
		    (unsigned long long)object->given, answer->error.message);
}

static int ask_for_rest(struct object_source *object)
{
	char range[RANGE_MAX];
	struct s3_request request = {
		.method = "GET", .key = object->key, .stream = true, .what = "reading", .permission = "s3:GetObject"};

	snprintf(range, sizeof(range), "bytes=%llu-", (unsigned long long)object->given);
	s3_request_add_header(&request, "Range", range);
	s3_request_add_header(&request, "If-Match", object->etag);
	s3_ask(object->s3, &request, &object->answer);
	return judge_rest(object);
}

/* A server that gives a few bytes and falls silent, again and again, must not be read for ever. */
static bool came_on(struct object_source *object)
{
	int64_t now_ms = clock_monotonic_ms();
	uint64_t came = object->given - object->given_at_failure;
	bool enough = came > (uint64_t)(now_ms - object->failed_ms) * HTTP_PACE_MIN / 1000;

	object->given_at_failure = object->given;
	object->failed_ms = now_ms;
	return enough;
}

/* The transfer ended before its time; `why` says how. */
static int resume(struct object_source *object, const struct http_failure *why)
{
	unsigned long long given = object->given;

	s3_answer_release(&object->answer);
	if (came_on(object) || object->resumes == 0)
		backoff_begin(&object->backoff, object->s3->timeout_ms);
	if (object->etag == NULL || ++object->resumes > S3_RESUMES_MAX || why->trouble == HTTP_CANCELLED ||
	    !backoff_wait(&object->backoff, 0))
		return fail(object, UNREADABLE, "'%s' broke off after %llu of %lld bytes, %u times tried again: %s",
			    object->name, given, (long long)object->size_bytes, object->resumes, why->error.message);
	return ask_for_rest(object);
}

static int end(struct object_source *object, bool *ret_again)
{
	struct http_failure cut = {HTTP_CUT, {"the connection was closed early"}};

	*ret_again = object->size_bytes >= 0 && object->given < (uint64_t)object->size_bytes;
	if (*ret_again)
		return resume(object, &cut);
	object->ended = true;
	return 0;
}

static int take_block(struct object_source *object, const unsigned char **data, size_t *length)
{
	size_t skipped = object->skip < *length ? (size_t)object->skip : *length;

	object->skip -= skipped;
	*data += skipped;
	*length -= skipped;
	object->given += *length;
	if (object->size_bytes >= 0 && object->given > (uint64_t)object->size_bytes)
		return fail(object, DAMAGED, "'%s' is longer than the %lld bytes that were expected", object->name,
			    (long long)object->size_bytes);
	return 0;
}

static int read_block(struct object_source *object, const unsigned char **data, size_t *length)
{
	struct http_failure failure;
	bool again = true;

	*length = 0;
	while (again && *length == 0) {
		if (http_read(object->answer.exchange, data, length, &failure) != 0) {
			*length = 0;
			if (resume(object, &failure) != 0)
				return -1;
		} else if (*length == 0) {
			if (end(object, &again) != 0)
				return -1;
		} else if (take_block(object, data, length) != 0) {
			return -1;
		}
	}
	return 0;
}

static int next(struct source *source, const unsigned char **ret_data, size_t *ret_length, struct trouble *ret_trouble)
{
	struct object_source *object = (struct object_source *)source;

	*ret_length = 0;
	if (object->ended)
		return 0;
	if (object->trouble.soundness == SOUND && read_block(object, ret_data, ret_length) == 0)
		return 0;
	*ret_length = 0;
	*ret_trouble = object->trouble;
	return -1;
}

static void close_source(struct source *source)
{
	struct object_source *object = (struct object_source *)source;

	s3_answer_release(&object->answer);
	free(object->etag);
	free(object->key);
	free(object);
}

static void check_expected(struct object_source *object, const struct store_object *expected)
{
	const struct http_response *response = http_response(object->answer.exchange);
	const char *raw = http_field(response, "etag");
	int64_t announced = s3_object_number(response, "content-length");
	char etag[STORE_ETAG_MAX] = "";

	if (raw != NULL)
		s3_page_etag(raw, etag);
	object->etag = memory_string(raw);
	object->size_bytes = announced >= 0 || expected == NULL ? announced : expected->size_bytes;
	if (expected == NULL)
		return;
	if (expected->etag[0] != '\0' && etag[0] != '\0' && strcmp(expected->etag, etag) != 0)
		fail(object, DAMAGED, "'%s' was changed since it was asked for: its ETag was '%s' and is '%s'",
		     object->name, expected->etag, etag);
	else if (announced >= 0 && announced != expected->size_bytes)
		fail(object, DAMAGED, "'%s' has %lld bytes when it is read, where the store said %lld", object->name,
		     (long long)announced, (long long)expected->size_bytes);
}

enum store_status s3_get(struct store *store, const char *key, const struct store_object *expected,
			 struct source **ret_source, struct error *err)
{
	struct object_source *object = memory_alloc(sizeof(*object));
	const struct s3_request request = {.method = "GET",
					   .key = object->key = s3_whole_key((struct s3 *)store, key),
					   .stream = true,
					   .what = "reading",
					   .permission = "s3:GetObject"};
	cleanup_free char *name = NULL;

	object->source.next = next;
	object->source.close = close_source;
	object->s3 = (struct s3 *)store;
	name = memory_format("s3://%s/%s", object->s3->bucket, object->key);
	printable_copy(object->name, sizeof(object->name), name);
	s3_ask(object->s3, &request, &object->answer);
	if (object->answer.status == STORE_OK && object->answer.http_status != 200) {
		object->answer.status = STORE_BROKEN;
		error_set(&object->answer.error, "the store gave a part of '%s' where all of it was asked for",
			  object->name);
	}
	if (object->answer.status != STORE_OK) {
		enum store_status status = object->answer.status;

		error_set(err, "%s", object->answer.error.message);
		close_source(&object->source);
		return status;
	}
	check_expected(object, expected);
	*ret_source = &object->source;
	return STORE_OK;
}

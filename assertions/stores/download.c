#include "assertions/stores/download.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/bytes/digest.h"
#include "assertions/stores/backoff.h"
#include "assertions/stores/http/printable.h"
#include "assertions/stores/http/http.h"

#define NAME_MAX_BYTES 300
#define RANGE_MAX 64
#define RANGE_ATTEMPTS 3

struct object_source {
	struct source source;
	struct download download; /* what it expects is not kept */
	char *key;
	char name[NAME_MAX_BYTES]; /* for messages: "s3://bucket/key" */
	char *etag; /* as the server writes it, for If-Match; NULL: it gave none */
	char *date; /* Last-Modified as the server writes it; NULL */
	int64_t size_bytes; /* -1: neither announced nor expected */
	char sha256[65]; /* what it must be; "" */
	struct digest *digest;
	struct download_answer answer;
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

static bool is_same(const char *one, const char *other)
{
	return one != NULL && other != NULL && strcmp(one, other) == 0;
}

static bool is_same_object(const struct object_source *object, const struct http_response *response)
{
	if (object->etag != NULL)
		return is_same(object->etag, http_field(response, "etag"));
	return is_same(object->date, http_field(response, "last-modified"));
}

static bool can_be_resumed(const struct object_source *object)
{
	return object->etag != NULL || (object->download.may_go_by_date && object->date != NULL);
}

/* The answer to the request for the rest: from the right place, of the same object. */
static int check_rest(struct object_source *object)
{
	const struct http_response *response = http_response(object->answer.exchange);
	const char *range = http_field(response, "content-range");
	int64_t begin, size;

	if (!is_same_object(object, response))
		return changed(object, "changed");
	if (response->status == 200) {
		object->skip = object->given;
		return 0;
	}
	if (range == NULL || http_range(range, &begin, &size) != 0 || begin != (int64_t)object->given)
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
	const struct download_answer *answer = &object->answer;

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

static void release_answer(struct object_source *object)
{
	http_end(object->answer.exchange);
	object->answer.exchange = NULL;
}

static int ask_for_rest(struct object_source *object)
{
	char range[RANGE_MAX];

	snprintf(range, sizeof(range), "bytes=%llu-", (unsigned long long)object->given);
	object->download.ask(object->download.store, object->key, range, object->etag, &object->answer);
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

	release_answer(object);
	if (came_on(object) || object->resumes == 0)
		backoff_begin(&object->backoff, object->download.timeout_ms);
	if (!can_be_resumed(object) || ++object->resumes > DOWNLOAD_RESUMES_MAX || why->trouble == HTTP_CANCELLED ||
	    !backoff_wait(&object->backoff, 0))
		return fail(object, UNREADABLE, "'%s' broke off after %llu of %lld bytes, %u times tried again: %s",
			    object->name, given, (long long)object->size_bytes, object->resumes, why->error.message);
	return ask_for_rest(object);
}

static int check_sha256(struct object_source *object)
{
	struct digest_result result;

	if (object->digest == NULL)
		return 0;
	digest_finish(object->digest, &result);
	return strcmp(result.sha256, object->sha256) == 0
		       ? 0
		       : fail(object, DAMAGED,
			      "'%s' has the SHA-256 %.16s... when it is read, where the store said %.16s...",
			      object->name, result.sha256, object->sha256);
}

static int end(struct object_source *object, bool *ret_again)
{
	struct http_failure cut = {.trouble = HTTP_CUT, .error = {"the connection was closed early"}};

	*ret_again = object->size_bytes >= 0 && object->given < (uint64_t)object->size_bytes;
	if (*ret_again)
		return resume(object, &cut);
	object->ended = true;
	return check_sha256(object);
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
	if (object->digest != NULL)
		digest_update(object->digest, *data, *length);
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
	if (object->ended && object->trouble.soundness == SOUND)
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

	release_answer(object);
	digest_free(object->digest);
	free(object->key);
	free(object->etag);
	free(object->date);
	free(object);
}

static void take_headers(struct object_source *object, const struct store_object *expected)
{
	const struct http_response *response = http_response(object->answer.exchange);
	const char *raw = http_field(response, "etag");
	int64_t announced = http_number(response, "content-length");
	char etag[STORE_ETAG_MAX] = "";

	if (raw != NULL)
		http_etag(raw, etag, STORE_ETAG_MAX);
	object->etag = memory_string(raw);
	object->date = memory_string(http_field(response, "last-modified"));
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

static void want_sha256(struct object_source *object, const struct store_object *expected)
{
	const struct digest_request request = {.sha256 = 1};

	for (size_t i = 0; expected != NULL && i < expected->checksum_count; i++)
		if (expected->checksums[i].algorithm == STORE_SHA256 && !expected->checksums[i].is_composite)
			memcpy(object->sha256, expected->checksums[i].hex, sizeof(object->sha256));
	if (object->sha256[0] != '\0')
		object->digest = digest_new(&request);
}

/* The caller frees. */
static char *name_of(const struct download *download)
{
	return memory_format("%s%s", download->store->place, download->key);
}

enum store_status download_open(const struct download *download, struct source **ret_source, struct error *err)
{
	struct object_source *object = memory_alloc(sizeof(*object));
	cleanup_free char *name = name_of(download);

	object->source.next = next;
	object->source.close = close_source;
	object->download = *download;
	object->key = memory_string(download->key);
	printable_copy(object->name, sizeof(object->name), name);
	download->ask(download->store, object->key, NULL, NULL, &object->answer);
	if (object->answer.status == STORE_OK && object->answer.http_status != 200) {
		object->answer.status = STORE_BROKEN;
		if (object->answer.http_status == 206)
			error_set(&object->answer.error, "the store gave a part of '%s' where all of it was asked for",
				  object->name);
		else
			error_set(&object->answer.error, "the store answered %d where '%s' was asked for",
				  object->answer.http_status, object->name);
	}
	if (object->answer.status != STORE_OK) {
		enum store_status status = object->answer.status;

		error_set(err, "%s", object->answer.error.message);
		close_source(&object->source);
		return status;
	}
	take_headers(object, download->expected);
	if (download->verifies_sha256)
		want_sha256(object, download->expected);
	*ret_source = &object->source;
	return STORE_OK;
}

struct wanted {
	const struct download *download;
	const char *name; /* for messages */
	int64_t from;
	size_t length;
	unsigned char *into;
};

static int check_range(const struct wanted *wanted, const struct download_answer *answer, struct error *err)
{
	const struct store_object *expected = wanted->download->expected;
	const struct http_response *response = http_response(answer->exchange);
	const char *range = http_field(response, "content-range"), *raw = http_field(response, "etag");
	char etag[STORE_ETAG_MAX] = "";
	int64_t begin, size;

	if (raw != NULL)
		http_etag(raw, etag, STORE_ETAG_MAX);
	if (answer->http_status != 206)
		return error_set(err, "the store gave all of '%s' where a part was asked for", wanted->name);
	if (range == NULL || http_range(range, &begin, &size) != 0 || begin != wanted->from)
		return error_set(err, "the store gave another range of '%s'", wanted->name);
	if (size != expected->size_bytes)
		return error_set(err, "'%s' has %lld bytes when it is read, where the store said %lld", wanted->name,
				 (long long)size, (long long)expected->size_bytes);
	if (expected->etag[0] != '\0' && etag[0] != '\0' && strcmp(expected->etag, etag) != 0)
		return error_set(err, "'%s' was changed since it was asked for", wanted->name);
	return 0;
}

/* 1: it broke off, which may go better when it is tried again. */
static int take_range(const struct wanted *wanted, struct http_exchange *exchange, struct error *err)
{
	struct http_failure failure;
	const unsigned char *data;
	size_t length, done = 0;

	for (;;) {
		if (http_read(exchange, &data, &length, &failure) != 0) {
			*err = failure.error;
			error_wrap(err, "'%s' broke off", wanted->name);
			return failure.trouble == HTTP_CANCELLED ? -1 : 1;
		}
		if (length == 0)
			break;
		if (length > wanted->length - done)
			return error_set(err, "the store gave more of '%s' than was asked for", wanted->name);
		memcpy(wanted->into + done, data, length);
		done += length;
	}
	if (done < wanted->length)
		return error_set(err, "the store gave less of '%s' than was asked for", wanted->name);
	return 0;
}

static int ask_for_range(const struct wanted *wanted, enum store_status *ret_status, struct error *err)
{
	const struct download *download = wanted->download;
	struct download_answer answer;
	char range[RANGE_MAX];
	int result;

	snprintf(range, sizeof(range), "bytes=%lld-%lld", (long long)wanted->from,
		 (long long)(wanted->from + (int64_t)wanted->length - 1));
	download->ask(download->store, download->key, range, NULL, &answer);
	*ret_status = answer.status;
	if (answer.status != STORE_OK) {
		*err = answer.error;
		return -1;
	}
	result = check_range(wanted, &answer, err);
	*ret_status = STORE_BROKEN;
	if (result == 0) {
		result = take_range(wanted, answer.exchange, err);
		*ret_status = result == 0 ? STORE_OK : STORE_UNREACHABLE;
	}
	http_end(answer.exchange);
	return result;
}

enum store_status download_range(const struct download *download, int64_t from, unsigned char *into, size_t length,
				 struct error *err)
{
	cleanup_free char *name = name_of(download);
	const struct wanted wanted = {download, name, from, length, into};
	enum store_status status = STORE_UNREACHABLE;
	int result = 1;

	for (int attempt = 0; result == 1 && attempt < RANGE_ATTEMPTS; attempt++)
		result = ask_for_range(&wanted, &status, err);
	return status;
}

#include <stdio.h>
#include <string.h>

#include "assertions/stores/download.h"
#include "assertions/stores/http/http_fields.h"

#define RANGE_TEXT_MAX 64
#define ATTEMPTS 3

struct wanted {
	const struct download *download;
	int64_t from;
	size_t length;
	unsigned char *into;
};

static int check_answer(const struct wanted *wanted, const struct download_answer *answer, struct error *err)
{
	const struct store_object *expected = wanted->download->expected;
	const struct http_response *response = http_response(answer->exchange);
	const char *range = http_field(response, "content-range"), *raw = http_field(response, "etag");
	char etag[STORE_ETAG_MAX] = "";
	int64_t begin, size;

	if (raw != NULL)
		http_etag(raw, etag, STORE_ETAG_MAX);
	if (answer->http_status != 206)
		return error_set(err, "the store gave all of '%s' where a part was asked for", wanted->download->name);
	if (range == NULL || http_range(range, &begin, &size) != 0 || begin != wanted->from)
		return error_set(err, "the store gave another range of '%s'", wanted->download->name);
	if (size != expected->size_bytes)
		return error_set(err, "'%s' has %lld bytes when it is read, where the store said %lld",
				 wanted->download->name, (long long)size, (long long)expected->size_bytes);
	if (expected->etag[0] != '\0' && etag[0] != '\0' && strcmp(expected->etag, etag) != 0)
		return error_set(err, "'%s' was changed since it was asked for", wanted->download->name);
	return 0;
}

/* 1: it broke off, which may go better when it is tried again. */
static int take_body(const struct wanted *wanted, struct http_exchange *exchange, struct error *err)
{
	struct http_failure failure;
	const unsigned char *data;
	size_t length, done = 0;

	for (;;) {
		if (http_read(exchange, &data, &length, &failure) != 0) {
			*err = failure.error;
			error_wrap(err, "'%s' broke off", wanted->download->name);
			return failure.trouble == HTTP_CANCELLED ? -1 : 1;
		}
		if (length == 0)
			break;
		if (length > wanted->length - done)
			return error_set(err, "the store gave more of '%s' than was asked for", wanted->download->name);
		memcpy(wanted->into + done, data, length);
		done += length;
	}
	if (done < wanted->length)
		return error_set(err, "the store gave less of '%s' than was asked for", wanted->download->name);
	return 0;
}

static int ask(const struct wanted *wanted, enum store_status *ret_status, struct error *err)
{
	const struct download *download = wanted->download;
	struct download_answer answer;
	char range[RANGE_TEXT_MAX];
	int result;

	snprintf(range, sizeof(range), "bytes=%lld-%lld", (long long)wanted->from,
		 (long long)(wanted->from + (int64_t)wanted->length - 1));
	download->ask(download->context, range, NULL, &answer);
	*ret_status = answer.status;
	if (answer.status != STORE_OK) {
		*err = answer.error;
		return -1;
	}
	result = check_answer(wanted, &answer, err);
	*ret_status = STORE_BROKEN;
	if (result == 0) {
		result = take_body(wanted, answer.exchange, err);
		*ret_status = result == 0 ? STORE_OK : STORE_UNREACHABLE;
	}
	http_end(answer.exchange);
	return result;
}

enum store_status download_range(const struct download *download, int64_t from, unsigned char *into, size_t length,
				 struct error *err)
{
	const struct wanted wanted = {download, from, length, into};
	enum store_status status = STORE_UNREACHABLE;
	int result = 1;

	for (int attempt = 0; result == 1 && attempt < ATTEMPTS; attempt++)
		result = ask(&wanted, &status, err);
	if (download->release != NULL)
		download->release(download->context);
	return status;
}

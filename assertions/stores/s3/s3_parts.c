#include "assertions/stores/s3/s3_parts.h"

#include <stdio.h>
#include <string.h>

#include "assertions/stores/s3/s3_object.h"
#include "assertions/stores/s3/s3_request.h"
#include "assertions/stores/http/http.h"

unsigned s3_parts_of_etag(const char *etag)
{
	unsigned parts = 0;

	if (strlen(etag) < 34 || strlen(etag) > 38 || strspn(etag, "0123456789abcdef") != 32 || etag[32] != '-' ||
	    etag[33] == '0')
		return 0;
	for (const char *at = etag + 33; *at != '\0'; at++) {
		if (*at < '0' || *at > '9')
			return 0;
		parts = parts * 10 + (unsigned)(*at - '0');
	}
	return parts <= S3_PARTS_MAX ? parts : 0;
}

/* Far above what any store takes, and low enough to be multiplied by a number of parts. */
#define OBJECT_MAX (INT64_MAX / (2 * S3_PARTS_MAX))

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

void s3_parts_find(struct s3 *s3, const char *key, struct store_object *object)
{
	struct parts_of parts = {s3, key, object->part_count};

	s3_parts_find_by(ask_for_length, &parts, object);
}

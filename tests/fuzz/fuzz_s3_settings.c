/* test: runs 40000 */
/* What a server may answer when it is asked for a bucket's settings: the document, then its text; and part sizes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/stores/s3/s3_private.h"

static void read_document(enum s3_bucket_document document, const uint8_t *data, size_t size)
{
	struct s3_bucket_reading reading = {.document = document};
	struct error err = {""};
	bool is_read = xml_read(&s3_bucket_events, &reading, data, size, &err) == 0;

	if (reading.lifecycle.count > BUCKET_RULES_MAX || reading.lock.days < 0)
		abort();
	if (is_read && s3_bucket_is_understood(&reading) && reading.root[0] == '\0')
		abort();
	for (size_t i = 0; i < reading.lifecycle.count; i++)
		if (reading.lifecycle.rules[i].expires_days < 0 ||
		    memchr(reading.lifecycle.rules[i].prefix, 0, STORE_KEY_MAX) == NULL)
			abort();
	bucket_lifecycle_release(&reading.lifecycle);
}

struct sizes {
	const uint8_t *data;
	size_t size;
};

static int64_t length_of(void *context, unsigned number)
{
	const struct sizes *sizes = context;

	return sizes->size > 0 ? (int64_t)sizes->data[number % sizes->size] - 1 : -1;
}

static void find_parts(const uint8_t *data, size_t size)
{
	struct sizes sizes = {data, size};
	struct store_object object = {.part_count = 1 + (unsigned)size % S3_PARTS_MAX};
	int64_t sum = 0;
	uint64_t count = 0;

	for (unsigned number = 1; number <= object.part_count; number++)
		object.size_bytes += length_of(&sizes, number) > 0 ? length_of(&sizes, number) : 0;
	s3_parts_find_by(length_of, &sizes, &object);
	for (size_t i = 0; i < object.part_run_count; i++) {
		sum += object.part_runs[i].size * object.part_runs[i].count;
		count += object.part_runs[i].count;
	}
	if (object.part_run_count > 0 && (sum != object.size_bytes || count != object.part_count))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	if (data[0] % 4 == 3)
		find_parts(data + 1, size - 1);
	else
		read_document(data[0] % 4, data + 1, size - 1);
	return 0;
}

/*
 * Names of databases in a dump: the same however the dump is cut into blocks. Input: how long the blocks are, the dump.
 */
#include "assertions/base/buffer.h"
#include "assertions/scan/sql_dump.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take_name(void *context, const char *name, size_t length)
{
	struct buffer *names = context;

	if (length == 0 || length > SQL_NAME_MAX)
		abort();
	buffer_append(names, name, length);
	buffer_append(names, "", 1);
}

static const char *read_in_blocks(const uint8_t *data, size_t size, size_t block, struct buffer *names)
{
	struct sql_dump *dump = sql_dump_new(take_name, names);

	for (size_t at = 0; at < size; at += block) {
		/* On its own, so that a byte read beyond it is told. */
		size_t length = block < size - at ? block : size - at;
		char *copy = malloc(length);
		if (copy == NULL)
			abort();
		memcpy(copy, data + at, length);
		sql_dump_feed(dump, copy, length);
		free(copy);
	}
	const char *unfinished = sql_dump_unfinished(dump);
	sql_dump_free(dump);
	return unfinished;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer whole, parts;

	if (size < 2)
		return 0;
	buffer_init(&whole, (size_t)1 << 16);
	buffer_init(&parts, (size_t)1 << 16);
	const char *first = read_in_blocks(data + 1, size - 1, size - 1, &whole);
	const char *second = read_in_blocks(data + 1, size - 1, (size_t)data[0] % 40 + 1, &parts);
	if (first != second || whole.length != parts.length || memcmp(whole.data, parts.data, whole.length) != 0)
		abort();
	buffer_release(&whole);
	buffer_release(&parts);
	return 0;
}

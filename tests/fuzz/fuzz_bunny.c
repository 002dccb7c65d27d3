/*
 * What a server may send as a folder's listing and as a description. The first byte says in blocks of how many bytes it comes:
 * whatever it is, the same must be read.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/stores/bunny/bunny_private.h"

struct listing {
	const uint8_t *data;
	size_t size, at, block;
};

struct seen {
	size_t entries;
	uint64_t sum;
};

static int next_block(void *context, const unsigned char **ret_data, size_t *ret_length)
{
	struct listing *text = context;
	size_t left = text->size - text->at;

	*ret_data = text->data + text->at;
	*ret_length = left < text->block ? left : text->block;
	text->at += *ret_length;
	return 0;
}

static void check_entry(const struct bunny_file *entry)
{
	const struct store_object *object = &entry->object;

	if (entry->name[0] == '\0' || strchr(entry->name, '/') != NULL || strcmp(entry->name, "..") == 0 ||
	    strcmp(entry->name, ".") == 0)
		abort();
	if (object->size_bytes < 0 || object->checksum_count > 1 || object->etag[0] != '\0')
		abort();
	if (object->checksum_count == 1 &&
	    (strlen(object->checksums[0].hex) != 64 || strspn(object->checksums[0].hex, "0123456789abcdef") != 64))
		abort();
}

static int take(void *context, const struct bunny_file *entry)
{
	struct seen *seen = context;

	check_entry(entry);
	seen->entries++;
	seen->sum = seen->sum * 31 + (uint64_t)entry->object.size_bytes + (uint64_t)entry->object.modified_ms +
		    (uint64_t)strlen(entry->name);
	return 0;
}

static int read_all(const uint8_t *data, size_t size, size_t block, struct seen *seen)
{
	struct listing text = {data, size, 0, block};
	struct bunny_json reader = {.next = next_block, .context = &text};
	struct error err = {""};
	int result = bunny_json_read_all(&reader, take, seen, &err);

	if ((result != 0) != (err.message[0] != '\0'))
		abort();
	return result;
}

static void read_one(const uint8_t *data, size_t size, size_t block)
{
	struct listing text = {data, size, 0, block};
	struct bunny_json reader = {.next = next_block, .context = &text};
	static struct bunny_file entry;
	struct error err = {""};

	if (bunny_json_read(&reader, &entry, &err) == 0)
		check_entry(&entry);
	else if (err.message[0] == '\0')
		abort();
}

static void read_error(const uint8_t *data, size_t size)
{
	static const struct bunny_question question = {.what = "listing",
						       .zone = "z",
						       .key = "k",
						       .origin = "https://h"};
	struct bunny_answer answer = {.http_status = 404};

	bunny_answer_take_body(&answer, (const char *)data, size);
	bunny_answer_judge(&answer, "k");
	if (answer.status == STORE_OK)
		abort();
	bunny_answer_describe(&answer, &question);
	for (const char *at = answer.error.message; *at != '\0'; at++)
		if ((unsigned char)*at < ' ')
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct seen whole = {0, 0}, blocks = {0, 0};

	if (size < 1)
		return 0;

	size_t block = data[0] % 64 + 1u;

	if (read_all(data + 1, size - 1, size, &whole) != read_all(data + 1, size - 1, block, &blocks) ||
	    whole.entries != blocks.entries || whole.sum != blocks.sum)
		abort();
	read_one(data + 1, size - 1, block);
	read_error(data + 1, size - 1);
	return 0;
}

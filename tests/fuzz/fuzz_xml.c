/*
 * What a server may send as a listing and as an error. The first byte says in blocks of how many bytes it comes:
 * whatever it is, the same must be read.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/stores/s3/s3_private.h"

static int read_in_blocks(const struct xml_events *events, void *context, const uint8_t *data, size_t size,
			  size_t block)
{
	struct xml_reader *reader = xml_reader_new(events, context);
	struct error err = {""};
	int result = 0;

	for (size_t at = 0; at < size && result == 0; at += block)
		result = xml_reader_feed(reader, data + at, size - at < block ? size - at : block, &err);
	if (result == 0)
		result = xml_reader_finish(reader, &err);
	if (result != 0 && err.message[0] == '\0')
		abort();
	xml_reader_free(reader);
	return result;
}

static void check_page(struct s3_key_page *page)
{
	struct store_object object;
	struct error err;

	if (s3_key_page_finish(page, &err) != 0)
		return;
	for (size_t i = 0; i < page->count; i++)
		if (s3_key_page_object(page, i, 0, &object, &err) == 0 &&
		    (object.size_bytes < 0 || strcmp(object.key, s3_key_page_key(page, i)) != 0))
			abort();
}

static void read_page(const uint8_t *data, size_t size, size_t block)
{
	struct s3_key_page whole, blocks;

	s3_key_page_init(&whole);
	s3_key_page_init(&blocks);

	int result = read_in_blocks(&s3_key_page_events, &whole, data, size, size + 1);

	if (read_in_blocks(&s3_key_page_events, &blocks, data, size, block) != result || whole.count != blocks.count ||
	    whole.truncated != blocks.truncated || strcmp(whole.next_token, blocks.next_token) != 0)
		abort();
	if (result == 0)
		check_page(&whole);
	s3_key_page_release(&whole);
	s3_key_page_release(&blocks);
}

static void read_error(const uint8_t *data, size_t size, size_t block)
{
	static const struct s3_question question = {.what = "listing",
						    .bucket = "b",
						    .origin = "https://h",
						    .permission = "s3:ListBucket",
						    .credentials = "the environment"};
	struct s3_answer answer = {.http_status = 403};

	read_in_blocks(&s3_answer_error_events, &answer, data, size, block);
	s3_answer_judge(&answer, false);
	if (answer.status == STORE_OK)
		abort();
	s3_answer_describe(&answer, &question);
	for (const char *at = answer.error.message; *at != '\0'; at++)
		if ((unsigned char)*at < ' ')
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;

	size_t block = data[0] % 64 + 1u;

	read_page(data + 1, size - 1, block);
	read_error(data + 1, size - 1, block);
	return 0;
}

/* From the bytes of a stream to the text that patterns are tried on. */
#include "assertions/scan/scan_private.h"

#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"

static void feed_text(struct scanner *scanner, const char *data, size_t length)
{
	const char *text;
	size_t text_length;

	if (scanner->colours == NULL) {
		scanner_add(scanner, data, length);
		return;
	}
	while (colours_next(scanner->colours, &data, &length, &text, &text_length))
		scanner_add(scanner, text, text_length);
}

static void feed_decoded(struct scanner *scanner, const char *data, size_t length)
{
	char text[UTF16_TEXT_MAX];

	if (scanner->utf16 == NULL || scanner->utf16->kind == UTF16_NONE) {
		feed_text(scanner, data, length);
		return;
	}
	if (scanner->raw != NULL)
		scanner_feed(scanner->raw, data, length);
	while (length > 0)
		feed_text(scanner, text, utf16_decode(scanner->utf16, &data, &length, text));
}

/* Another one for the bytes as they are. */
static struct scanner *make_raw(const struct scanner *scanner)
{
	cleanup_free const struct pattern **patterns = memory_array(scanner->count, sizeof(*patterns));

	for (size_t i = 0; i < scanner->count; i++)
		patterns[i] = scanner->searches[i].pattern;
	struct scanner *raw =
		scanner_new_sized(patterns, scanner->count, scanner->options & ~(unsigned)SCANNER_DECODE_UTF16,
				  scanner->block_bytes, scanner->span_bytes);
	for (size_t i = 0; i < scanner->count; i++)
		if (scanner->searches[i].found != NULL)
			scanner_each(raw, i, scanner->searches[i].group, scanner->searches[i].found,
				     scanner->searches[i].context);
	return raw;
}

/* What the stream begins with is there, or all of it. */
static void decide_encoding(struct scanner *scanner)
{
	struct utf16 *utf16 = scanner->utf16;

	utf16_decide(utf16);
	if (utf16->kind != UTF16_NONE && !utf16->is_certain)
		scanner->raw = make_raw(scanner);
	feed_decoded(scanner, utf16->head, utf16->head_length);
}

void scanner_feed(struct scanner *scanner, const char *data, size_t length)
{
	struct utf16 *utf16 = scanner->utf16;

	if (scanner->is_finished)
		return;
	if (utf16 != NULL && utf16->kind == UTF16_UNDECIDED) {
		size_t room = UTF16_HEAD_MAX - utf16->head_length, part = length < room ? length : room;
		memcpy(utf16->head + utf16->head_length, data, part);
		utf16->head_length += part;
		if (utf16->head_length < UTF16_HEAD_MAX)
			return;
		decide_encoding(scanner);
		data += part;
		length -= part;
	}
	feed_decoded(scanner, data, length);
}

static void finish_decoding(struct scanner *scanner)
{
	char text[UTF16_TEXT_MAX];

	if (scanner->utf16 == NULL)
		return;
	if (scanner->utf16->kind == UTF16_UNDECIDED)
		decide_encoding(scanner);
	feed_text(scanner, text, utf16_finish(scanner->utf16, text));
	if (scanner->raw != NULL)
		scanner_finish(scanner->raw);
}

void scanner_finish(struct scanner *scanner)
{
	const char *text;
	size_t text_length;

	if (scanner->is_finished)
		return;
	finish_decoding(scanner);
	if (scanner->colours != NULL && colours_finish(scanner->colours, &text, &text_length))
		scanner_add(scanner, text, text_length);
	scanner_end(scanner);
}

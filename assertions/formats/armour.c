#include "assertions/formats/armour.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/memory.h"

#define OUT_BYTES 4096
#define LINE_BYTES_MAX 1024
#define CRC24_BEGIN 0xb704ceu
#define CRC24_POLYNOMIAL 0x864cfbu

enum part { BEFORE, HEADERS, BODY, AFTER };

struct armour {
	struct source source;
	const struct armour_kind *kind;
	struct cursor *cursor;
	enum part part; /* that the next line is of */
	uint32_t bits; /* of a group of four characters that is not complete */
	unsigned characters, padding; /* of that group */
	bool body_ended; /* padding, or the sum, was met */
	uint32_t crc;
	char line[LINE_BYTES_MAX + 1];
	size_t line_length;
	unsigned char out[OUT_BYTES];
	size_t out_length;
};

static bool is_space(int character)
{
	return character == ' ' || character == '\t' || character == '\r' || character == '\n';
}

bool armour_recognises(const struct armour_kind *kind, const unsigned char *head, size_t length)
{
	char begin[64];
	size_t begin_length = (size_t)snprintf(begin, sizeof(begin), "-----BEGIN %s-----", kind->label);

	while (length > 0 && is_space(*head)) {
		head++;
		length--;
	}
	return length >= begin_length && memcmp(head, begin, begin_length) == 0;
}

static int damaged(const struct armour *armour, const char *what, struct trouble *trouble)
{
	return cursor_damaged(armour->cursor, armour->kind->format, what, trouble);
}

/* 1, 0 at the end, -1. White space at the line's end is taken off. */
static int read_line(struct armour *armour, struct trouble *trouble)
{
	const unsigned char *byte;
	bool any = false;

	armour->line_length = 0;
	while (cursor_piece(armour->cursor, 1, &byte) == 1) {
		any = true;
		if (*byte == '\n')
			break;
		if (armour->line_length == LINE_BYTES_MAX || *byte == '\0')
			return damaged(armour, "a line of its armour makes no sense", trouble);
		armour->line[armour->line_length++] = (char)*byte;
	}
	while (armour->line_length > 0 && is_space(armour->line[armour->line_length - 1]))
		armour->line_length--;
	armour->line[armour->line_length] = '\0';
	return any;
}

static int value_of(char character)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = character != '\0' ? strchr(alphabet, character) : NULL;

	return at != NULL ? (int)(at - alphabet) : -1;
}

static void give(struct armour *armour, unsigned char byte)
{
	armour->out[armour->out_length++] = byte;
	armour->crc ^= (uint32_t)byte << 16;
	for (int i = 0; i < 8; i++)
		armour->crc = (armour->crc << 1 ^ ((armour->crc & 0x800000) != 0 ? CRC24_POLYNOMIAL : 0)) & 0xffffff;
}

static void give_group(struct armour *armour)
{
	unsigned bytes = 3 - armour->padding;

	for (unsigned i = 0; i < bytes; i++)
		give(armour, (unsigned char)(armour->bits >> (16 - 8 * i)));
	armour->body_ended = armour->padding > 0;
	armour->bits = 0;
	armour->characters = 0;
}

static int read_body_line(struct armour *armour, struct trouble *trouble)
{
	for (size_t i = 0; i < armour->line_length; i++) {
		int value = value_of(armour->line[i]);

		if (armour->line[i] == '=' && armour->characters >= 2) {
			armour->padding++;
			value = 0;
		} else if (armour->padding > 0) {
			value = -1;
		}
		if (value < 0 || armour->body_ended)
			return damaged(armour, "its armour has other characters than base64", trouble);
		armour->bits = armour->bits << 6 | (uint32_t)value;
		if (++armour->characters == 4)
			give_group(armour);
	}
	return 0;
}

static int check_sum(struct armour *armour, struct trouble *trouble)
{
	uint32_t told = 0;

	for (size_t i = 1; i < 5; i++) {
		int value = value_of(armour->line[i]);

		if (value < 0)
			return damaged(armour, "the checksum of its armour makes no sense", trouble);
		told = told << 6 | (uint32_t)value;
	}
	if (armour->characters == 0 && told != armour->crc)
		return damaged(armour, "the checksum of its armour is wrong", trouble);
	armour->body_ended = true;
	return 0;
}

static bool is_boundary(const struct armour *armour, const char *word)
{
	char line[64];

	snprintf(line, sizeof(line), "-----%s %s-----", word, armour->kind->label);
	return strcmp(armour->line, line) == 0;
}

static int take_body_line(struct armour *armour, struct trouble *trouble)
{
	if (is_boundary(armour, "END")) {
		if (armour->characters != 0)
			return damaged(armour, "the base64 of its armour is not complete", trouble);
		armour->part = AFTER;
		return 0;
	}
	if (armour->kind->has_headers && armour->line[0] == '=' && armour->line_length == 5)
		return check_sum(armour, trouble);
	return read_body_line(armour, trouble);
}

static int take_line(struct armour *armour, struct trouble *trouble)
{
	switch (armour->part) {
	case BEFORE:
		if (armour->line_length == 0)
			return 0;
		if (!is_boundary(armour, "BEGIN"))
			return damaged(armour, "does not begin as one", trouble);
		armour->part = armour->kind->has_headers ? HEADERS : BODY;
		return 0;
	case HEADERS:
		if (armour->line_length == 0)
			armour->part = BODY;
		else if (strstr(armour->line, ": ") == NULL && armour->line[armour->line_length - 1] != ':')
			return damaged(armour, "a header line of its armour makes no sense", trouble);
		return 0;
	case BODY:
		return take_body_line(armour, trouble);
	default:
		return armour->line_length == 0 ? 0 : damaged(armour, "other bytes follow after its end", trouble);
	}
}

static int armour_next(struct source *source, const unsigned char **ret_data, size_t *ret_length,
		       struct trouble *ret_trouble)
{
	struct armour *armour = (struct armour *)source;

	armour->out_length = 0;
	while (armour->out_length < OUT_BYTES - LINE_BYTES_MAX) {
		int more = read_line(armour, ret_trouble);

		if (more < 0 || (more > 0 && take_line(armour, ret_trouble) < 0))
			return -1;
		if (more == 0 && (cursor_failed(armour->cursor, ret_trouble) || armour->part != AFTER))
			return damaged(armour, "is cut: its armour ends", ret_trouble);
		if (more == 0)
			break;
	}
	*ret_data = armour->out;
	*ret_length = armour->out_length;
	return 0;
}

static void armour_close(struct source *source)
{
	free(source);
}

static struct source *armour_open(const struct armour_kind *kind, struct cursor *cursor)
{
	struct armour *armour = memory_alloc(sizeof(*armour));

	armour->source = (struct source){.next = armour_next, .close = armour_close};
	armour->kind = kind;
	armour->cursor = cursor;
	armour->crc = CRC24_BEGIN;
	return &armour->source;
}

int armour_verify(const struct armour_kind *kind, struct cursor *cursor,
		  int (*verify_binary)(struct cursor *cursor, struct trouble *ret_trouble), struct trouble *ret_trouble)
{
	const unsigned char *head;
	size_t length = cursor_view(cursor, CURSOR_VIEW_MAX, &head);
	struct cursor inner;
	struct source *bytes;
	int result;

	if (!armour_recognises(kind, head, length))
		return verify_binary(cursor, ret_trouble);
	bytes = armour_open(kind, cursor);
	cursor_init(&inner, bytes);
	result = verify_binary(&inner, ret_trouble);
	if (cursor_failed(&inner, ret_trouble))
		result = -1;
	source_close(bytes);
	return result;
}

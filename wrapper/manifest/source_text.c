#include "wrapper/manifest/manifest_private.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/memory.h"

struct writer {
	const char *in;
	size_t position;
	size_t characters_in, characters_out;
	struct json_text *json;
};

static bool is_json(const char *text, size_t length)
{
	json_error_t error;
	size_t blank = strspn(text, " \t\r\n");

	if (text[blank] != '{' && text[blank] != '[')
		return false;
	json_t *value = json_loadb(text, length, JSON_DECODE_INT_AS_REAL | JSON_ALLOW_NUL, &error);
	json_decref(value);
	return value != NULL;
}

static size_t characters_in(const char *text, size_t length)
{
	size_t count = 0;

	for (size_t i = 0; i < length; i++)
		count += ((unsigned char)text[i] & 0xc0) != 0x80;
	return count;
}

static void write_text(struct writer *writer, const char *text, size_t length)
{
	memcpy(writer->json->text + writer->json->length, text, length);
	writer->json->length += length;
	writer->characters_out += characters_in(text, length);
}

static void skip_text(struct writer *writer, size_t length)
{
	writer->characters_in += characters_in(writer->in + writer->position, length);
	writer->position += length;
}

static void copy_text(struct writer *writer, size_t length)
{
	write_text(writer, writer->in + writer->position, length);
	skip_text(writer, length);
}

static void replace_text(struct writer *writer, size_t length, const char *by)
{
	struct json_text *json = writer->json;

	write_text(writer, by, strlen(by));
	skip_text(writer, length);
	json->shifts = memory_room(json->shifts, json->count, sizeof(*json->shifts));
	json->shifts[json->count++] = (struct json_shift){writer->characters_out, writer->characters_in};
}

/* Blanks outside strings mean nothing in JSON; in YAML tabs and line breaks would. */
static void write_blank(struct writer *writer)
{
	write_text(writer, " ", 1);
	skip_text(writer, 1);
}

/* `escape` begins with a backslash and is valid JSON. */
static unsigned read_unit(const char *escape)
{
	char digits[5] = "";

	if (escape[0] != '\\' || escape[1] != 'u')
		return 0;
	memcpy(digits, escape + 2, 4);
	return (unsigned)strtoul(digits, NULL, 16);
}

static bool read_surrogates(const char *escape, unsigned *ret_point)
{
	unsigned high = read_unit(escape), low;

	if (high < 0xd800 || high > 0xdbff)
		return false;
	low = read_unit(escape + 6);
	if (low < 0xdc00 || low > 0xdfff)
		return false;
	*ret_point = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
	return true;
}

static void write_escape(struct writer *writer)
{
	char point[16];
	unsigned value;

	if (read_surrogates(writer->in + writer->position, &value)) {
		snprintf(point, sizeof(point), "\\U%08X", value);
		replace_text(writer, 12, point);
	} else {
		copy_text(writer, 2);
	}
}

static void write_string(struct writer *writer)
{
	static const struct {
		const char *raw, *escape;
	} separators[] = {{"\xc2\x85", "\\N"}, {"\xe2\x80\xa8", "\\L"}, {"\xe2\x80\xa9", "\\P"}};

	copy_text(writer, 1);
	while (writer->in[writer->position] != '"') {
		const char *here = writer->in + writer->position;
		size_t i = 0;
		while (i < 3 && strncmp(here, separators[i].raw, strlen(separators[i].raw)) != 0)
			i++;
		if (i < 3)
			replace_text(writer, strlen(separators[i].raw), separators[i].escape);
		else if (*here == '\\')
			write_escape(writer);
		else
			copy_text(writer, 1);
	}
	copy_text(writer, 1);
}

bool json_text_from(const char *text, size_t length, struct json_text *ret_json)
{
	struct writer writer = {.in = text, .json = ret_json};

	if (!is_json(text, length))
		return false;
	*ret_json = (struct json_text){.text = memory_alloc(length + 1)};
	while (writer.position < length)
		if (text[writer.position] == '"')
			write_string(&writer);
		else if (strchr("\t\r\n", text[writer.position]) != NULL)
			write_blank(&writer);
		else
			copy_text(&writer, 1);
	return true;
}

size_t json_text_original(const struct json_text *json, size_t character)
{
	size_t low = 0, high = json->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (json->shifts[middle].character <= character)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return character;
	return json->shifts[low - 1].original + (character - json->shifts[low - 1].character);
}

void json_text_release(struct json_text *json)
{
	free(json->text);
	free(json->shifts);
	*json = (struct json_text){0};
}

static const struct position beginning = {.place = {1, 1}};

void position_init(struct position_finder *finder, const char *text, size_t length)
{
	*finder = (struct position_finder){.text = text, .length = length, .last = beginning, .before = beginning};
}

static bool is_continuation(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

static void step_over_character(const struct position_finder *finder, struct position *position)
{
	char byte = finder->text[position->byte++];
	bool more = position->byte < finder->length;

	while (more && is_continuation(finder->text[position->byte]))
		more = ++position->byte < finder->length;
	position->character++;
	if (byte == '\n' || (byte == '\r' && !(more && finder->text[position->byte] == '\n'))) {
		position->place.line++;
		position->place.column = 1;
	} else {
		position->place.column++;
	}
}

static const struct position *nearest(const struct position_finder *finder, size_t character, size_t byte)
{
	if (finder->last.character <= character && finder->last.byte <= byte)
		return &finder->last;
	if (finder->before.character <= character && finder->before.byte <= byte)
		return &finder->before;
	return &beginning;
}

static struct position find_position(struct position_finder *finder, size_t character, size_t byte)
{
	struct position position = *nearest(finder, character, byte);

	while (position.character < character && position.byte < byte && position.byte < finder->length)
		step_over_character(finder, &position);
	finder->before = finder->last;
	finder->last = position;
	return position;
}

struct position position_of_character(struct position_finder *finder, size_t character)
{
	return find_position(finder, character, SIZE_MAX);
}

struct position position_of_byte(struct position_finder *finder, size_t byte)
{
	return find_position(finder, SIZE_MAX, byte);
}

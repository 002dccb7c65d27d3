#include "assertions/base/excerpt.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/memory.h"
#include "assertions/base/secrets.h"
#include "assertions/base/utf8.h"

#define LEAD_MAX 60 /* of a long line, before the match */

static const char cut[] = "...";

static bool is_line_end(char byte)
{
	return byte == '\n' || byte == '\r';
}

static size_t find_line_end(const char *text, size_t length, size_t begin, size_t end)
{
	if (end > begin && is_line_end(text[end - 1]))
		return end - 1;
	while (end < length && !is_line_end(text[end]))
		end++;
	return end;
}

bool excerpt_needs_more(const char *text, size_t length, size_t begin, size_t end)
{
	return length - begin <= EXCERPT_REACH && find_line_end(text, length, begin, end) == length;
}

static size_t find_line_begin(const char *text, size_t begin, bool *ret_cut)
{
	size_t first = begin;

	while (first > 0 && begin - first < EXCERPT_REACH && !is_line_end(text[first - 1]))
		first--;
	/* Where the line is long, the match must still be in what is shown. */
	*ret_cut = begin - first > LEAD_MAX;
	return *ret_cut ? utf8_boundary(text, begin - LEAD_MAX / 2) : first;
}

static bool is_harmless(uint32_t code_point)
{
	bool is_control = code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0);
	/* Marks that turn the direction of writing can make a text read as another one. */
	bool turns = (code_point >= 0x202a && code_point <= 0x202e) || (code_point >= 0x2066 && code_point <= 0x2069);

	return !is_control && !turns;
}

/* The character as it may be shown. Returns how many bytes it was. */
static size_t show(const char *text, size_t length, const char **ret_shown, size_t *ret_shown_length)
{
	uint32_t code_point;
	size_t bytes = utf8_character(text, length, &code_point);

	*ret_shown_length = 1;
	if (bytes == 1 && (is_line_end(*text) || *text == '\t')) {
		*ret_shown = " ";
	} else if (bytes > 0 && is_harmless(code_point)) {
		*ret_shown = text;
		*ret_shown_length = bytes;
	} else {
		*ret_shown = "?";
	}
	return bytes > 0 ? bytes : 1;
}

static void make(const char *text, size_t length, size_t begin, size_t end, char *ret_excerpt, size_t size)
{
	bool is_cut;
	size_t place = find_line_begin(text, begin, &is_cut), written = 0;
	size_t last = find_line_end(text, length, begin, end);
	size_t room = size - sizeof(cut);

	if (is_cut) {
		memcpy(ret_excerpt, cut, strlen(cut));
		written = strlen(cut);
	}
	is_cut = false;
	while (place < last && !is_cut) {
		const char *shown;
		size_t shown_length;
		size_t bytes = show(text + place, last - place, &shown, &shown_length);
		is_cut = written + shown_length > room;
		if (!is_cut) {
			memcpy(ret_excerpt + written, shown, shown_length);
			written += shown_length;
			place += bytes;
		}
	}
	while (!is_cut && written > 0 && ret_excerpt[written - 1] == ' ')
		written--;
	memcpy(ret_excerpt + written, is_cut ? cut : "", is_cut ? sizeof(cut) : 1);
}

/* Secrets are made unreadable before anything is cut: a part of one is one too. */
void excerpt_make(const char *text, size_t length, size_t begin, size_t end, char *ret_excerpt, size_t size)
{
	size_t around = EXCERPT_REACH + secrets_longest();
	size_t first = begin > around ? utf8_boundary(text, begin - around) : 0;
	size_t last = end < length - around && length > around ? end + around : length;
	char *copy;

	if (!secrets_any()) {
		make(text, length, begin, end, ret_excerpt, size);
		return;
	}
	copy = memory_substring(text + first, last - first);
	secrets_blot(copy, last - first);
	make(copy, last - first, begin - first, end - first, ret_excerpt, size);
	explicit_bzero(copy, last - first);
	free(copy);
}

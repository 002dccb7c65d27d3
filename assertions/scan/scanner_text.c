/* The text that a scanner reads: colours are taken out of it, its lines are counted, the line of a match is shown. */
#include "assertions/scan/scan_private.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/memory.h"
#include "assertions/base/secrets.h"
#include "assertions/base/utf8.h"

#define ESC 0x1b
#define BEL 0x07
#define CONTROL_MAX 64 /* of a sequence other than an OSC */

enum step { STEP_MORE, STEP_END, STEP_NONE };

static bool between(unsigned char byte, unsigned char first, unsigned char last)
{
	return byte >= first && byte <= last;
}

static enum step move(struct colours *colours, enum colours_state state)
{
	colours->state = state;
	return STEP_MORE;
}

static enum step step_escape(struct colours *colours, unsigned char byte)
{
	if (byte == '[')
		return move(colours, COLOURS_CSI);
	if (byte == ']')
		return move(colours, COLOURS_OSC);
	if (between(byte, 0x20, 0x2f))
		return move(colours, COLOURS_INTERMEDIATE);
	return between(byte, 0x30, 0x7e) ? STEP_END : STEP_NONE;
}

static enum step step_csi(struct colours *colours, unsigned char byte)
{
	if (between(byte, 0x40, 0x7e))
		return STEP_END;
	if (between(byte, 0x20, 0x2f))
		return move(colours, COLOURS_CSI_INTERMEDIATE);
	return colours->state == COLOURS_CSI && between(byte, 0x30, 0x3f) ? STEP_MORE : STEP_NONE;
}

static enum step step(struct colours *colours, unsigned char byte)
{
	size_t maximum =
		colours->state == COLOURS_OSC || colours->state == COLOURS_OSC_ESCAPE ? COLOURS_HELD_MAX : CONTROL_MAX;

	if (colours->held_length >= maximum)
		return STEP_NONE;
	switch (colours->state) {
	case COLOURS_ESCAPE:
		return step_escape(colours, byte);
	case COLOURS_INTERMEDIATE:
		if (between(byte, 0x20, 0x2f))
			return STEP_MORE;
		return between(byte, 0x30, 0x7e) ? STEP_END : STEP_NONE;
	case COLOURS_CSI:
	case COLOURS_CSI_INTERMEDIATE:
		return step_csi(colours, byte);
	case COLOURS_OSC:
		if (byte == ESC)
			return move(colours, COLOURS_OSC_ESCAPE);
		if (byte == BEL)
			return STEP_END;
		return byte == '\n' || byte == '\r' ? STEP_NONE : STEP_MORE;
	case COLOURS_OSC_ESCAPE:
		return byte == '\\' ? STEP_END : STEP_NONE;
	case COLOURS_TEXT:
		break;
	}
	return STEP_NONE;
}

/* Without its ESCs, of which the last may be the first of another sequence. */
static bool give_back(struct colours *colours, const char **ret_text, size_t *ret_length)
{
	bool begins_another = colours->state == COLOURS_OSC_ESCAPE;
	size_t length = colours->held_length - 1 - begins_another;

	*ret_text = colours->held + 1;
	*ret_length = length;
	colours->state = begins_another ? COLOURS_ESCAPE : COLOURS_TEXT;
	/* held[0] is the ESC of either. */
	colours->held_length = begins_another;
	return length > 0;
}

bool colours_next(struct colours *colours, const char **data, size_t *length, const char **ret_text, size_t *ret_length)
{
	while (*length > 0) {
		if (colours->state == COLOURS_TEXT) {
			const char *escape = memchr(*data, ESC, *length);
			size_t stretch = escape != NULL ? (size_t)(escape - *data) : *length;
			*ret_text = *data;
			*ret_length = stretch;
			if (escape != NULL) {
				colours->state = COLOURS_ESCAPE;
				colours->held[0] = ESC;
				colours->held_length = 1;
			}
			*data += stretch + (escape != NULL);
			*length -= stretch + (escape != NULL);
			if (stretch > 0)
				return true;
			continue;
		}
		enum step next = step(colours, (unsigned char)**data);
		if (next == STEP_NONE) {
			if (give_back(colours, ret_text, ret_length))
				return true;
			continue;
		}
		if (next == STEP_END)
			colours->state = COLOURS_TEXT;
		else
			colours->held[colours->held_length++] = **data;
		(*data)++;
		(*length)--;
	}
	return false;
}

bool colours_finish(struct colours *colours, const char **ret_text, size_t *ret_length)
{
	if (colours->state == COLOURS_TEXT)
		return false;
	bool any = give_back(colours, ret_text, ret_length);
	colours->state = COLOURS_TEXT;
	return any;
}

#define LANES 16
#define SUM_MAX 255 /* of a lane */

/* A memchr() for each line costs more where lines are short. */
typedef uint8_t lanes __attribute__((vector_size(LANES)));

uint64_t line_feeds_count(const char *text, size_t length)
{
	uint64_t count = 0;

	while (length >= LANES) {
		size_t steps = length / LANES < SUM_MAX ? length / LANES : SUM_MAX;
		lanes sums = {0}, bytes;
		for (size_t i = 0; i < steps; i++) {
			memcpy(&bytes, text + LANES * i, LANES);
			/* What is equal is -1. */
			sums -= (lanes)(bytes == '\n');
		}
		for (size_t i = 0; i < LANES; i++)
			count += sums[i];
		text += LANES * steps;
		length -= LANES * steps;
	}
	for (size_t i = 0; i < length; i++)
		count += text[i] == '\n';
	return count;
}

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
	size_t at = find_line_begin(text, begin, &is_cut), written = 0;
	size_t last = find_line_end(text, length, begin, end);
	size_t room = size - sizeof(cut);

	if (is_cut) {
		memcpy(ret_excerpt, cut, strlen(cut));
		written = strlen(cut);
	}
	is_cut = false;
	while (at < last && !is_cut) {
		const char *shown;
		size_t shown_length;
		size_t bytes = show(text + at, last - at, &shown, &shown_length);
		is_cut = written + shown_length > room;
		if (!is_cut) {
			memcpy(ret_excerpt + written, shown, shown_length);
			written += shown_length;
			at += bytes;
		}
	}
	while (!is_cut && written > 0 && ret_excerpt[written - 1] == ' ')
		written--;
	memcpy(ret_excerpt + written, is_cut ? cut : "", is_cut ? sizeof(cut) : 1);
}

/* Secrets are made unreadable before anything is cut: a part of one is one too. */
void excerpt_make(const char *text, size_t length, size_t begin, size_t end, char *ret_excerpt, size_t size)
{
	size_t secret = secrets_longest(), around = EXCERPT_REACH + secret;
	size_t first = begin > around ? utf8_boundary(text, begin - around) : 0;
	size_t last = end < length - around && length > around ? end + around : length;
	char *copy;

	if (secret == 0) {
		make(text, length, begin, end, ret_excerpt, size);
		return;
	}
	copy = memory_substring(text + first, last - first);
	secrets_blot(copy, last - first);
	make(copy, last - first, begin - first, end - first, ret_excerpt, size);
	explicit_bzero(copy, last - first);
	free(copy);
}

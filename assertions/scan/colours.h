/*
 * Takes terminal control sequences out of a stream (ECMA-48 / ISO 2022): CSI ("ESC [ 31 m"),
 * OSC ("ESC ] ... BEL" or "... ESC \"), and escapes of two bytes or with intermediate
 * bytes ("ESC ( B").
 *
 *     while (colours_next(&colours, &data, &length, &text, &text_length))
 *             use(text, text_length);
 *
 * What begins like a sequence and is none (an OSC that a line's end or COLOURS_HELD_MAX bytes
 * come before, a stray ESC) is text without its ESC: nothing that a person could have seen is taken out.
 */
#ifndef MUSTER_SCAN_COLOURS_H
#define MUSTER_SCAN_COLOURS_H

#include <stdbool.h>
#include <stddef.h>

#define COLOURS_HELD_MAX 4096

enum colours_state {
	COLOURS_TEXT,
	COLOURS_ESCAPE,
	COLOURS_INTERMEDIATE,
	COLOURS_CSI,
	COLOURS_CSI_INTERMEDIATE,
	COLOURS_OSC,
	COLOURS_OSC_ESCAPE,
};

struct colours { /* zero: the beginning of a stream */
	enum colours_state state;
	size_t held_length;
	char held[COLOURS_HELD_MAX]; /* the sequence so far */
};

/*
 * The next stretch of text, which is valid until the next call; *data and *length are
 * moved on. False where all of it was used up.
 */
bool colours_next(struct colours *colours, const char **data, size_t *length, const char **ret_text,
		  size_t *ret_length);

/* The stream has ended: what a sequence that did not end held back. False where there is nothing. */
bool colours_finish(struct colours *colours, const char **ret_text, size_t *ret_length);

#endif

/*
 * Where the n-th character of a text stands: its byte, line and column.
 *
 * Asked for in ascending order a whole text costs one pass.
 */
#ifndef MUSTER_MANIFEST_POSITION_H
#define MUSTER_MANIFEST_POSITION_H

#include <stddef.h>

#include "assertions/value/parameter.h"

struct position {
	size_t character;               /* from 0 */
	size_t byte;
	struct place place;
};

struct position_finder {
	const char *text;
	size_t length;
	struct position last, before;   /* a little way back costs little */
};

/* `text` is borrowed. */
void position_init(struct position_finder *finder, const char *text, size_t length);

/* The place after the last character where there are fewer. */
struct position position_of_character(struct position_finder *finder, size_t character);
struct position position_of_byte(struct position_finder *finder, size_t byte);

#endif

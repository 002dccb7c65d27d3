/*
 * Reads a source field by field: a place in it that can look ahead a little.
 *
 *     struct cursor cursor;
 *     cursor_init(&cursor, source);
 *     if (cursor_view(&cursor, 512, &block) < 512)
 *             return cursor_failed(&cursor, &trouble) ? -1 : ended_too_early(...);
 *     cursor_advance(&cursor, 512);
 *
 * What is at hand is given out without a copy; only a view across two of the source's
 * blocks is gathered. Once the source has failed or ended, it is not asked again.
 */
#ifndef MUSTER_BYTES_CURSOR_H
#define MUSTER_BYTES_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assertions/bytes/source.h"

#define CURSOR_VIEW_MAX 1024

struct cursor {
	struct source *source;
	const unsigned char *data; /* at hand */
	size_t length;
	uint64_t offset; /* in the stream, of data[0] */
	bool ended; /* the source has no more than what is at hand */
	struct trouble trouble; /* it failed: not SOUND; what is at hand is still good */

	const unsigned char *rest; /* at hand after `data`, where `data` was gathered */
	size_t rest_length;
	unsigned char gathered[CURSOR_VIEW_MAX];
};

void cursor_init(struct cursor *cursor, struct source *source);

/* True, and *ret_trouble set, where the source has failed. */
bool cursor_failed(const struct cursor *cursor, struct trouble *ret_trouble);

/* Always -1: that the source has failed, or else "FORMAT: WHAT at byte N", where the cursor is. */
int cursor_damaged(const struct cursor *cursor, const char *format, const char *what, struct trouble *ret_trouble);

/* The slow part of cursor_view(). */
size_t cursor_gather(struct cursor *cursor, size_t wanted);

/* Up to CURSOR_VIEW_MAX bytes in one piece, without going on; gives how many there are: fewer only before the end. */
static inline size_t cursor_view(struct cursor *cursor, size_t wanted, const unsigned char **ret_data)
{
	size_t got = cursor->length >= wanted ? wanted : cursor_gather(cursor, wanted);

	*ret_data = cursor->data;
	return got;
}

/* Goes on by `count` bytes, which must be at hand. */
static inline void cursor_advance(struct cursor *cursor, size_t count)
{
	cursor->data += count;
	cursor->length -= count;
	cursor->offset += count;
	if (cursor->length == 0 && cursor->rest_length > 0) {
		cursor->data = cursor->rest;
		cursor->length = cursor->rest_length;
		cursor->rest_length = 0;
	}
}

/* What comes next, at most `maximum` bytes of it, and goes on behind it; 0 at the end or where the source failed. */
size_t cursor_piece(struct cursor *cursor, uint64_t maximum, const unsigned char **ret_data);

/* Go on by `count` bytes, keeping them or not; give how many there were. */
size_t cursor_take(struct cursor *cursor, void *into, size_t count);
uint64_t cursor_skip(struct cursor *cursor, uint64_t count);

/* Goes on as long as there are zeros, at most `maximum`; gives how many. */
uint64_t cursor_skip_zeros(struct cursor *cursor, uint64_t maximum);

bool bytes_are_zero(const unsigned char *data, size_t length);

/* Of `kept` bytes in `tail` and those that come behind them, keeps the last `room`; gives how many are kept then. */
size_t bytes_keep_tail(void *tail, size_t room, size_t kept, const unsigned char *data, size_t length);

#endif

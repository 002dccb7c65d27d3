#include "assertions/bytes/cursor.h"

#include <string.h>

void cursor_init(struct cursor *cursor, struct source *source)
{
	cursor->source = source;
	cursor->data = NULL;
	cursor->length = cursor->rest_length = 0;
	cursor->rest = NULL;
	cursor->offset = 0;
	cursor->ended = false;
	trouble_clear(&cursor->trouble);
}

bool cursor_failed(const struct cursor *cursor, struct trouble *ret_trouble)
{
	if (cursor->trouble.soundness == SOUND)
		return false;
	*ret_trouble = cursor->trouble;
	return true;
}

int cursor_damaged(const struct cursor *cursor, const char *format, const char *what, struct trouble *ret_trouble)
{
	if (cursor_failed(cursor, ret_trouble))
		return -1;
	return trouble_set(ret_trouble, DAMAGED, "%s: %s at byte %llu", format, what,
			   (unsigned long long)cursor->offset);
}

static bool pull(struct cursor *cursor, const unsigned char **ret_data, size_t *ret_length)
{
	const unsigned char *data;
	size_t length;

	if (cursor->ended || cursor->trouble.soundness != SOUND)
		return false;
	if (source_next(cursor->source, &data, &length, &cursor->trouble) < 0)
		return false;
	cursor->ended = length == 0;
	if (cursor->ended)
		return false;
	*ret_data = data;
	*ret_length = length;
	return true;
}

size_t cursor_gather(struct cursor *cursor, size_t wanted)
{
	size_t have;

	if (cursor->length == 0 && pull(cursor, &cursor->data, &cursor->length) && cursor->length >= wanted)
		return wanted;
	have = cursor->length;
	if (have > 0)
		memmove(cursor->gathered, cursor->data, have);
	cursor->data = cursor->gathered;
	while (have < wanted) {
		size_t piece;

		if (cursor->rest_length == 0 && !pull(cursor, &cursor->rest, &cursor->rest_length))
			break;
		piece = wanted - have < cursor->rest_length ? wanted - have : cursor->rest_length;
		memcpy(cursor->gathered + have, cursor->rest, piece);
		cursor->rest += piece;
		cursor->rest_length -= piece;
		have += piece;
	}
	cursor->length = have;
	return have;
}

size_t cursor_piece(struct cursor *cursor, uint64_t maximum, const unsigned char **ret_data)
{
	size_t piece;

	if (cursor->length == 0 && !pull(cursor, &cursor->data, &cursor->length))
		return 0;
	piece = maximum < cursor->length ? (size_t)maximum : cursor->length;
	*ret_data = cursor->data;
	cursor_advance(cursor, piece);
	return piece;
}

/* `into` may be NULL. */
static uint64_t take(struct cursor *cursor, unsigned char *into, uint64_t count)
{
	uint64_t done = 0;

	while (done < count) {
		const unsigned char *data;
		size_t piece = cursor_piece(cursor, count - done, &data);

		if (piece == 0)
			break;
		if (into != NULL)
			memcpy(into + done, data, piece);
		done += piece;
	}
	return done;
}

size_t cursor_take(struct cursor *cursor, void *into, size_t count)
{
	return (size_t)take(cursor, into, count);
}

uint64_t cursor_skip(struct cursor *cursor, uint64_t count)
{
	return take(cursor, NULL, count);
}

bool bytes_are_zero(const unsigned char *data, size_t length)
{
	return length == 0 || (data[0] == 0 && memcmp(data, data + 1, length - 1) == 0);
}

size_t bytes_keep_tail(void *tail, size_t room, size_t kept, const unsigned char *data, size_t length)
{
	size_t added = length < room ? length : room, left = kept < room - added ? kept : room - added;

	memmove(tail, (unsigned char *)tail + kept - left, left);
	memcpy((unsigned char *)tail + left, data + length - added, added);
	return left + added;
}

static size_t count_zeros(const unsigned char *data, size_t length)
{
	size_t count = 0;

	if (bytes_are_zero(data, length))
		return length;
	while (data[count] == 0)
		count++;
	return count;
}

uint64_t cursor_skip_zeros(struct cursor *cursor, uint64_t maximum)
{
	uint64_t done = 0;

	while (done < maximum) {
		size_t here, zeros;

		if (cursor->length == 0 && !pull(cursor, &cursor->data, &cursor->length))
			break;
		here = maximum - done < cursor->length ? (size_t)(maximum - done) : cursor->length;
		zeros = count_zeros(cursor->data, here);
		done += zeros;
		cursor_advance(cursor, zeros);
		if (zeros < here)
			break;
	}
	return done;
}

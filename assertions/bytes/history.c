#include "history.h"

#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"

void history_init(struct history *history)
{
	history->ring = memory_grow(NULL, HISTORY_BYTES, 1);
	history->end = 0;
}

void history_release(struct history *history)
{
	free(history->ring);
	history->ring = NULL;
}

void history_add(struct history *history, const unsigned char *data, size_t length)
{
	while (length > 0) {
		size_t at = (size_t)(history->end % HISTORY_BYTES), room = HISTORY_BYTES - at;
		size_t piece = length < room ? length : room;

		memcpy(history->ring + at, data, piece);
		history->end += piece;
		data += piece;
		length -= piece;
	}
}

bool history_copy(const struct history *history, uint64_t offset, void *into, size_t length)
{
	unsigned char *out = into;

	if (offset > history->end || length > history->end - offset || history->end - offset > HISTORY_BYTES)
		return false;
	while (length > 0) {
		size_t at = (size_t)(offset % HISTORY_BYTES), room = HISTORY_BYTES - at;
		size_t piece = length < room ? length : room;

		memcpy(out, history->ring + at, piece);
		offset += piece;
		out += piece;
		length -= piece;
	}
	return true;
}

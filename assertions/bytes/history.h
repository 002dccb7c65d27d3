/*
 * The last bytes that went by, for who learns only afterwards that they matter: a library that reads on
 * says where a header stood when it has gone past it.
 */
#ifndef MUSTER_BYTES_HISTORY_H
#define MUSTER_BYTES_HISTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HISTORY_BYTES (512 * 1024)
#define HISTORY_PIECE_MAX (64 * 1024) /* of what is added at once */

struct history {
	unsigned char *ring;
	uint64_t end; /* bytes that went by */
};

void history_init(struct history *history);
void history_release(struct history *history);
void history_add(struct history *history, const unsigned char *data, size_t length);

/* Copies `length` bytes from the stream's `offset` on; false where they have not come yet, or are gone. */
bool history_copy(const struct history *history, uint64_t offset, void *into, size_t length);

#endif

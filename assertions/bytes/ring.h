/*
 * Reads a source ahead, so that reading, hashing and looking into the bytes go on beside each other.
 *
 *     struct ring *ring = ring_open(source, &digests);
 *     ... source_next(ring_source(ring), ...) until its end or failure ...
 *     ring_finish(ring, &digests);
 *     ring_close(ring);
 *
 * A few blocks go round: one thread fills them, one digests them where digests are asked for,
 * and the caller takes them through ring_source(). The slowest of the three sets the pace. The threads are
 * started when the source turns out to be longer than RING_INLINE_BYTES; up to there, and where no
 * thread can be had, the caller's does everything.
 */
#ifndef MUSTER_BYTES_RING_H
#define MUSTER_BYTES_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "assertions/bytes/digest.h"
#include "assertions/bytes/source.h"

#define RING_BLOCK_BYTES (256 * 1024)
#define RING_BLOCKS 16
#define RING_INLINE_BYTES (1024 * 1024)

struct ring;

/* `source` is borrowed. `cancelled` may be NULL; it is asked in the caller's thread, between blocks and while waiting. */
struct ring *ring_open(struct source *source, const struct digest_request *digests, bool (*cancelled)(void *context),
		       void *context);

struct source *ring_source(struct ring *ring); /* owned by the ring */

/* After the end or the failure of ring_source(): how many bytes were read, and their digests, where that was everything. */
uint64_t ring_finish(struct ring *ring, struct digest_result *ret_digests);

/* Told between blocks, in the caller's thread, with the context of `cancelled`. */
void ring_set_progress(struct ring *ring, void (*progress)(void *context, uint64_t bytes));

/* At any time; waits for a read that is under way. */
void ring_close(struct ring *ring);

#endif

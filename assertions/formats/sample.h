/*
 * What bytes begin and end with, and what that tells without reading the rest.
 *
 *     sample_init(&sample, size_bytes);
 *     ... sample.head_length bytes from the begin to sample.head, tail_length bytes of the end to sample.tail ...
 *     sample_judge(&sample, FORMAT_XZ, &trouble)
 *     sample_release(&sample);
 */
#ifndef MUSTER_FORMATS_SAMPLE_H
#define MUSTER_FORMATS_SAMPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assertions/bytes/source.h"
#include "assertions/formats/format.h"

#define SAMPLE_BYTES ((size_t)1 << 20) /* of the head, and of the tail */

struct sample {
	int64_t size_bytes; /* of the whole */
	unsigned char *head, *tail; /* they overlap where the whole is small: one memory then */
	size_t head_length, tail_length;
	struct trouble trouble; /* SOUND, or why they could not be read */
};

enum sample_end {
	SAMPLE_WRONG, /* it cannot be one, or cannot be all of one: *ret_trouble says why */
	SAMPLE_OPAQUE, /* it is of a version that cannot be read here: *ret_trouble says which */
	SAMPLE_COMPLETE, /* it begins as one and ends as one does */
	SAMPLE_UNTOLD, /* it begins as one; whether it is all there only reading it tells */
};

/* Memory for head and tail; one piece, from `head`, where they meet or overlap. */
void sample_init(struct sample *sample, int64_t size_bytes);
bool sample_is_one_piece(const struct sample *sample);
void sample_release(struct sample *sample);

/* As a layer of that format, the outermost. */
enum sample_end sample_judge(const struct sample *sample, enum format format, struct trouble *ret_trouble);

/* The format that nobody declared: what inspect() would recognise; archives where `members`. FORMAT_UNKNOWN: none. */
enum format sample_recognise(const struct sample *sample, bool members);

#endif

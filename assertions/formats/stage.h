/*
 * Bytes with one more layer taken off, on their way through a pass: what they begin with can be looked at before
 * anything is taken, what they cost is counted, and how they ended can be asked afterwards.
 */
#ifndef MUSTER_FORMATS_STAGE_H
#define MUSTER_FORMATS_STAGE_H

#include "assertions/bytes/budget.h"
#include "assertions/bytes/cursor.h"
#include "assertions/formats/decode.h"

struct stage {
	struct source source;
	struct cursor cursor;
	struct source *decoder; /* NULL: these are the bytes as they lie */
	struct spending spending;
};

void stage_init(struct stage *stage, struct source *raw);
struct stage *stage_new(const struct codec *codec, struct stage *under, struct budget *budget);
void stage_free(struct stage *stage); /* of stage_new() */

/* What they begin with; fewer than RECOGNISE_HEAD_BYTES only where there are no more, or stage_failed(). */
size_t stage_head(struct stage *stage, const unsigned char **ret_head);

bool stage_failed(const struct stage *stage, struct trouble *ret_trouble);
void stage_drain(struct stage *stage); /* to the end, or until it fails */

#endif

/*
 * One pass over the bytes of an artifact or of a member: what inspect() does, for each of them.
 */
#ifndef MUSTER_INSPECT_PASS_H
#define MUSTER_INSPECT_PASS_H

#include "assertions/bytes/budget.h"
#include "assertions/inspect/inspect.h"

struct inspection { /* shared by all passes of one inspect() */
	struct inspect_limits limits; /* none of them 0 */
	struct budget budget;
};

/* `depth` archives are around these bytes. Reads `raw` to its end; the listener's done() is the caller's to call. */
void pass_run(struct inspection *inspection, struct source *raw, struct inspect_listener *listener, unsigned depth,
	      struct inspect_result *ret_result);

#endif

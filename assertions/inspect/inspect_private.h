/*
 * One pass over the bytes of an artifact or of a member: what inspect() does, for each of them; for inspect.c and walk.c only.
 */
#ifndef MUSTER_INSPECT_PRIVATE_H
#define MUSTER_INSPECT_PRIVATE_H

#include "assertions/bytes/budget.h"
#include "assertions/inspect/inspect.h"

struct inspection { /* shared by all passes of one inspect() */
	struct inspect_limits limits; /* none of them 0 */
	struct budget budget;
};

/* `depth` archives are around these bytes. Reads `raw` to its end; the listener's done() is the caller's to call. */
void pass_run(struct inspection *inspection, struct source *raw, struct inspect_listener *listener, unsigned depth,
	      struct inspect_result *ret_result);

/*
 * Members are counted and announced, and inspected where somebody listens. `bytes` is the archive; fills walked and members of the
 * result, gives 0 where it is complete.
 */
int walk_archive(struct inspection *inspection, enum format format, struct source *bytes,
		 struct inspect_listener *listener, unsigned depth, struct inspect_result *result,
		 struct trouble *ret_trouble);

#endif

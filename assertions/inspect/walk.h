/*
 * Walks an archive for a pass: members are counted and announced, and inspected where somebody listens.
 */
#ifndef MUSTER_INSPECT_WALK_H
#define MUSTER_INSPECT_WALK_H

#include "assertions/inspect/pass.h"

/* `bytes` is the archive; fills walked and members of the result, gives 0 where it is complete. */
int walk_archive(struct inspection *inspection, enum format format, struct source *bytes,
		 struct inspect_listener *listener, unsigned depth, struct inspect_result *result,
		 struct trouble *ret_trouble);

#endif

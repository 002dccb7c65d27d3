/* What the wrapper must know of `lifecycle` before it can bring its evidence. */
#ifndef MUSTER_KINDS_LIFECYCLE_KIND_H
#define MUSTER_KINDS_LIFECYCLE_KIND_H

#include "../assertion.h"

/* Below the store's own prefix; "" for everything. */
const char *lifecycle_prefix(const struct check *check);

#endif

/*
 * What can be asked of a zone as a whole: whether it can be written to, and nothing else.
 *
 * Bunny's storage has no versions, no lifecycle and no locks. Without a key it answers 401 to everybody, also for files that a pull zone
 * gives to the world: that proves nothing of who can read them.
 */
#ifndef MUSTER_STORES_BUNNY_BUNNY_BUCKET_H
#define MUSTER_STORES_BUNNY_BUNNY_BUCKET_H

#include "assertions/stores/bucket.h"
#include "assertions/stores/bunny/bunny.h"

/* The object that put() writes is removed again. */
extern const struct bucket_calls bunny_bucket_calls;

#endif

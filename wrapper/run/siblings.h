/*
 * The files or objects that an artifact is chosen from, or that lay in its place before: all that match a glob.
 */
#ifndef MUSTER_RUN_SIBLINGS_H
#define MUSTER_RUN_SIBLINGS_H

#include "assertions/base/glob.h"
#include "assertions/stores/store.h"

struct siblings {
	const struct glob *glob;
	struct store *store; /* NULL: files */
};

/* As in struct examine_request; the context is the struct siblings. */
int siblings_tell(void *context, void (*saw)(void *self, const char *name, int64_t size_bytes, int64_t modified_ms),
		  void *self, struct error *err);

#endif

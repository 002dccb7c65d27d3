/* What a list or a mapping holds, while it is read; and what becomes of a mapping's keys: merged, each once. */
#ifndef MUSTER_MANIFEST_ENTRIES_H
#define MUSTER_MANIFEST_ENTRIES_H

#include "wrapper/manifest/diagnostics.h"
#include "wrapper/manifest/node.h"

struct entries {                        /* all zero: none yet */
	struct node **keys, **items;    /* keys: NULL in a list */
	size_t count, capacity;
};

void entries_add(struct entries *entries, struct node *key, struct node *item);
void entries_release(struct entries *entries);

/*
 * Fills the node. The keys of mappings behind `<<` stand after the mapping's own, which win, as the first of
 * several such mappings does (yaml.org/type/merge.html). Keys that are no scalars are left out.
 */
void entries_to_mapping(const struct entries *entries, struct node *ret_mapping, struct arena *arena,
			struct diagnostics *diagnostics);

#endif

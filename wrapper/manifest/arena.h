/*
 * Memory of many small pieces with one lifetime: a document's tree, a manifest.
 *
 *     struct arena arena = {0};
 *     struct node *node = arena_alloc(&arena, sizeof(*node));
 *     arena_defer(&arena, free_pattern, pattern);
 *     ...
 *     arena_release(&arena);          what was deferred first, last in first out; then the memory
 */
#ifndef MUSTER_MANIFEST_ARENA_H
#define MUSTER_MANIFEST_ARENA_H

#include <stddef.h>

struct arena_block;
struct arena_deferred;

struct arena { /* all zero is an empty one */
	struct arena_block *blocks;
	struct arena_deferred *deferred;
};

void *arena_alloc(struct arena *arena, size_t size); /* zeroed, aligned for anything */
void *arena_array(struct arena *arena, size_t count, size_t size); /* zeroed, overflow checked; never NULL */
/* The array, with room for one more than it holds: the same, or a larger one. */
void *arena_grow(struct arena *arena, void *items, size_t count, size_t size);
char *arena_string(struct arena *arena, const char *text);
char *arena_substring(struct arena *arena, const char *text, size_t length);
void arena_defer(struct arena *arena, void (*release)(void *pointer), void *pointer);
void arena_release(struct arena *arena);

#endif

#include "wrapper/verbs/learn/traits.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/memory.h"

struct seen *seen_new(void)
{
	return memory_alloc(sizeof(struct seen));
}

static void drop_particulars(struct seen *seen)
{
	for (size_t i = 0; i < SEEN_LINES_MAX; i++) {
		free(seen->lines[i]);
		seen->lines[i] = NULL;
	}
	for (size_t kind = 0; kind < MARKERS_INVENTORIES; kind++) {
		for (size_t i = 0; i < seen->items[kind].count; i++)
			free(seen->items[kind].items[i]);
		free(seen->items[kind].items);
		seen->items[kind] = (struct seen_items){0};
	}
	free(seen->skipped);
	seen->skipped = NULL;
	groups_free(seen->members);
	seen->members = NULL;
}

void seen_free(struct seen *seen)
{
	if (seen == NULL)
		return;
	drop_particulars(seen);
	free(seen);
}

static int64_t lesser(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static bool same_layers(const struct seen *a, const struct seen *b)
{
	return !a->layers_differ && !b->layers_differ && a->layer_count == b->layer_count &&
	       memcmp(a->layers, b->layers, a->layer_count * sizeof(a->layers[0])) == 0;
}

void seen_weaken(struct seen *seen, const struct seen *other)
{
	drop_particulars(seen);
	seen->layers_differ = !same_layers(seen, other);
	seen->size_min = lesser(seen->size_min, other->size_min);
	seen->size_max = seen->size_max > other->size_max ? seen->size_max : other->size_max;
	seen->unpacked_min = lesser(seen->unpacked_min, other->unpacked_min);
	seen->lines_min = seen->lines_min < other->lines_min ? seen->lines_min : other->lines_min;
	seen->members_min = seen->members_min < other->members_min ? seen->members_min : other->members_min;
	seen->is_text &= other->is_text;
	seen->walked &= other->walked;
	seen->markers &= other->markers;
	seen->found |= other->found;
	seen->is_opaque |= other->is_opaque;
	seen->is_link |= other->is_link;
	if (seen->trouble.soundness == SOUND)
		seen->trouble = other->trouble;
}

void seen_merge(struct seen *into, struct seen *from)
{
	if (from->count == 0)
		return;
	if (into->count == 0) {
		drop_particulars(into);
		*into = *from;
		*from = (struct seen){0};
		return;
	}
	into->count += from->count;
	seen_weaken(into, from);
}

#include "wrapper/manifest/entries.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"

void entries_add(struct entries *entries, struct node *key, struct node *item)
{
	if (entries->count == entries->capacity) {
		entries->capacity = entries->capacity == 0 ? 8 : entries->capacity * 2;
		entries->keys = memory_grow(entries->keys, entries->capacity, sizeof(*entries->keys));
		entries->items = memory_grow(entries->items, entries->capacity, sizeof(*entries->items));
	}
	entries->keys[entries->count] = key;
	entries->items[entries->count++] = item;
}

void entries_release(struct entries *entries)
{
	free(entries->keys);
	free(entries->items);
}

/* What `<<` refers to: its keys stand behind the mapping's own, which win. */
static void add_merged(struct diagnostics *diagnostics, struct entries *merged, const struct node *key,
		       const struct node *value)
{
	if (value->kind == NODE_MAPPING) {
		for (size_t i = 0; i < value->count; i++)
			entries_add(merged, value->keys[i], value->items[i]);
	} else if (value->kind == NODE_SEQUENCE) {
		for (size_t i = 0; i < value->count; i++)
			if (value->items[i]->kind == NODE_MAPPING || value->items[i]->kind == NODE_BROKEN)
				add_merged(diagnostics, merged, key, value->items[i]);
			else
				diagnostics_error(diagnostics, value->items[i]->place,
						  "refer to them: '<<: [*one, *other]'", "'<<' merges mappings only");
	} else if (value->kind == NODE_SCALAR) {
		diagnostics_error(diagnostics, key->place, "refer to it: '<<: *name'", "'<<' merges mappings only");
	}
}

static bool is_merge(const struct node *key)
{
	return key->kind == NODE_SCALAR && key->plain && strcmp(key->value, "<<") == 0;
}

/* Of several keys of one name the first stays; `own` of them were written in this very mapping. */
static void drop_doubles(struct node *mapping, size_t own, struct arena *arena, struct diagnostics *diagnostics)
{
	cleanup_free bool *dropped = memory_array(mapping->count + 1, sizeof(*dropped));
	const size_t *sorted = mapping->sorted;
	size_t kept = 0, first = 0;

	for (size_t i = 1; i < mapping->count; i++) {
		const struct node *key = mapping->keys[sorted[i]], *earlier = mapping->keys[sorted[first]];
		dropped[sorted[i]] = strcmp(key->value, earlier->value) == 0;
		if (!dropped[sorted[i]])
			first = i;
		else if (sorted[i] < own)
			diagnostics_error(diagnostics, key->place,
					  "the two belong together, or one of them has another name",
					  "duplicate key '%s', first on line %d", key->value, earlier->place.line);
	}
	for (size_t i = 0; i < mapping->count; i++) {
		if (dropped[i])
			continue;
		mapping->keys[kept] = mapping->keys[i];
		mapping->items[kept++] = mapping->items[i];
	}
	if (kept < mapping->count) {
		mapping->count = kept;
		node_sort(mapping, arena);
	}
}

static void sort_out(const struct entries *entries, struct entries *own, struct entries *merged,
		     struct diagnostics *diagnostics)
{
	const struct node *merge = NULL;

	for (size_t i = 0; i < entries->count; i++) {
		const struct node *key = entries->keys[i];
		if (!is_merge(key)) {
			if (key->kind == NODE_SCALAR)
				entries_add(own, entries->keys[i], entries->items[i]);
			continue;
		}
		if (merge != NULL)
			diagnostics_error(diagnostics, key->place, "merge a list: '<<: [*one, *other]'",
					  "duplicate key '<<', first on line %d", merge->place.line);
		merge = key;
		add_merged(diagnostics, merged, key, entries->items[i]);
	}
}

void entries_to_mapping(const struct entries *entries, struct node *ret_mapping, struct arena *arena,
			struct diagnostics *diagnostics)
{
	struct entries all = {0}, merged = {0};

	sort_out(entries, &all, &merged, diagnostics);
	size_t own = all.count;
	for (size_t i = 0; i < merged.count; i++)
		entries_add(&all, merged.keys[i], merged.items[i]);
	ret_mapping->count = all.count;
	ret_mapping->keys = arena_array(arena, all.count, sizeof(*ret_mapping->keys));
	ret_mapping->items = arena_array(arena, all.count, sizeof(*ret_mapping->items));
	for (size_t i = 0; i < all.count; i++) {
		ret_mapping->keys[i] = all.keys[i];
		ret_mapping->items[i] = all.items[i];
	}
	node_sort(ret_mapping, arena);
	drop_doubles(ret_mapping, own, arena, diagnostics);
	entries_release(&all);
	entries_release(&merged);
}

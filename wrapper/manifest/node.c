#include "wrapper/manifest/manifest_private.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/base/utf8.h"

/* The index of the key; SIZE_MAX where it is not there. */
static size_t find_key(const struct node *mapping, const char *key)
{
	size_t low = 0, high = mapping != NULL && mapping->kind == NODE_MAPPING ? mapping->count : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2, index = mapping->sorted[middle];
		int order = strcmp(key, mapping->keys[index]->value);
		if (order == 0)
			return index;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return SIZE_MAX;
}

struct node *node_get(const struct node *mapping, const char *key)
{
	size_t index = find_key(mapping, key);

	return index != SIZE_MAX ? mapping->items[index] : NULL;
}

struct node *node_key(const struct node *mapping, const char *key)
{
	size_t index = find_key(mapping, key);

	return index != SIZE_MAX ? mapping->keys[index] : NULL;
}

static int compare_keys(const void *left, const void *right, void *mapping)
{
	const size_t *one = left, *other = right;
	struct node *const *keys = ((const struct node *)mapping)->keys;
	int order = strcmp(keys[*one]->value, keys[*other]->value);

	return order != 0 ? order : (*one > *other) - (*one < *other);
}

void node_sort(struct node *mapping, struct arena *arena)
{
	mapping->sorted = arena_array(arena, mapping->count, sizeof(*mapping->sorted));
	for (size_t i = 0; i < mapping->count; i++)
		mapping->sorted[i] = i;
	qsort_r(mapping->sorted, mapping->count, sizeof(*mapping->sorted), compare_keys, mapping);
}

const char *node_describe(const struct node *node, char text[NODE_TEXT_MAX])
{
	const size_t room = NODE_TEXT_MAX - 20;

	if (node->kind == NODE_SEQUENCE) {
		strcpy(text, node->count == 0 ? "an empty list" : "a list");
	} else if (node->kind == NODE_MAPPING) {
		strcpy(text, node->count == 0 ? "an empty mapping" : "a mapping");
	} else if (node->kind == NODE_BROKEN) {
		strcpy(text, "nothing");
	} else if (node->value[0] == '\0') {
		strcpy(text, "an empty text");
	} else {
		size_t length = strlen(node->value);
		if (length > room)
			length = utf8_boundary(node->value, room);
		snprintf(text, NODE_TEXT_MAX, "%s'%.*s%s'", node->plain ? "" : "the text ", (int)length, node->value,
			 node->value[length] != '\0' ? "..." : "");
		for (char *c = text; *c != '\0'; c++)
			if ((unsigned char)*c < ' ')
				*c = ' ';
	}
	return text;
}

void node_members_add(struct node_members *members, struct node *key, struct node *item)
{
	if (members->count == members->capacity) {
		members->capacity = members->capacity == 0 ? 8 : members->capacity * 2;
		members->keys = memory_grow(members->keys, members->capacity, sizeof(*members->keys));
		members->items = memory_grow(members->items, members->capacity, sizeof(*members->items));
	}
	members->keys[members->count] = key;
	members->items[members->count++] = item;
}

static void release_members(struct node_members *members)
{
	free(members->keys);
	free(members->items);
}

/* What `<<` refers to: its keys stand behind the mapping's own, which win. */
static void add_merged(struct diagnostics *diagnostics, struct node_members *merged, const struct node *key,
		       const struct node *value)
{
	if (value->kind == NODE_MAPPING) {
		for (size_t i = 0; i < value->count; i++)
			node_members_add(merged, value->keys[i], value->items[i]);
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

static void sort_out(const struct node_members *members, struct node_members *own, struct node_members *merged,
		     struct diagnostics *diagnostics)
{
	const struct node *merge = NULL;

	for (size_t i = 0; i < members->count; i++) {
		const struct node *key = members->keys[i];
		if (!is_merge(key)) {
			if (key->kind == NODE_SCALAR)
				node_members_add(own, members->keys[i], members->items[i]);
			continue;
		}
		if (merge != NULL)
			diagnostics_error(diagnostics, key->place, "merge a list: '<<: [*one, *other]'",
					  "duplicate key '<<', first on line %d", merge->place.line);
		merge = key;
		add_merged(diagnostics, merged, key, members->items[i]);
	}
}

static void fill_node(struct node *node, const struct node_members *members, struct arena *arena)
{
	node->count = members->count;
	node->items = arena_array(arena, members->count, sizeof(*node->items));
	node->keys = node->kind == NODE_MAPPING ? arena_array(arena, members->count, sizeof(*node->keys)) : NULL;
	for (size_t i = 0; i < members->count; i++) {
		node->items[i] = members->items[i];
		if (node->keys != NULL)
			node->keys[i] = members->keys[i];
	}
}

static void fill_mapping(struct node *mapping, const struct node_members *members, struct arena *arena,
			 struct diagnostics *diagnostics)
{
	struct node_members all = {0}, merged = {0};

	sort_out(members, &all, &merged, diagnostics);
	size_t own = all.count;
	for (size_t i = 0; i < merged.count; i++)
		node_members_add(&all, merged.keys[i], merged.items[i]);
	fill_node(mapping, &all, arena);
	node_sort(mapping, arena);
	drop_doubles(mapping, own, arena, diagnostics);
	release_members(&all);
	release_members(&merged);
}

void node_members_take(struct node_members *members, struct node *ret_node, struct arena *arena,
		       struct diagnostics *diagnostics)
{
	if (ret_node->kind == NODE_MAPPING)
		fill_mapping(ret_node, members, arena, diagnostics);
	else
		fill_node(ret_node, members, arena);
	release_members(members);
}

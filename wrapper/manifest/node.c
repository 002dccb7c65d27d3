#include "wrapper/manifest/node.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The index of the key; SIZE_MAX where it is not there. */
static size_t find(const struct node *mapping, const char *key)
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
	size_t index = find(mapping, key);

	return index != SIZE_MAX ? mapping->items[index] : NULL;
}

struct node *node_key(const struct node *mapping, const char *key)
{
	size_t index = find(mapping, key);

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

/* Cut between two characters. */
static size_t cut_length(const char *text, size_t maximum)
{
	size_t length = strlen(text);

	if (length <= maximum)
		return length;
	while (maximum > 0 && ((unsigned char)text[maximum] & 0xc0) == 0x80)
		maximum--;
	return maximum;
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
		size_t length = cut_length(node->value, room);
		snprintf(text, NODE_TEXT_MAX, "%s'%.*s%s'", node->plain ? "" : "the text ", (int)length, node->value,
			 node->value[length] != '\0' ? "..." : "");
		for (char *c = text; *c != '\0'; c++)
			if ((unsigned char)*c < ' ')
				*c = ' ';
	}
	return text;
}

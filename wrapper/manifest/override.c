#include "wrapper/manifest/override.h"

#include <string.h>

#include "wrapper/manifest/variable.h"

static struct node *new_scalar(struct arena *arena, const char *value, size_t length)
{
	struct node *node = arena_alloc(arena, sizeof(*node));

	node->kind = NODE_SCALAR;
	node->value = arena_substring(arena, value, length);
	node->literal = true;
	return node;
}

static void set_entry(struct node *mapping, struct node *key, struct node *item, struct arena *arena)
{
	for (size_t i = 0; i < mapping->count; i++) {
		if (strcmp(mapping->keys[i]->value, key->value) == 0) {
			mapping->items[i] = item;
			return;
		}
	}
	struct node **keys = arena_array(arena, mapping->count + 1, sizeof(struct node *));
	struct node **items = arena_array(arena, mapping->count + 1, sizeof(struct node *));
	for (size_t i = 0; i < mapping->count; i++) {
		keys[i] = mapping->keys[i];
		items[i] = mapping->items[i];
	}
	keys[mapping->count] = key;
	items[mapping->count++] = item;
	mapping->keys = keys;
	mapping->items = items;
	node_sort(mapping, arena);
}

static struct node *find_vars(struct document *document)
{
	struct node *vars = node_get(document->root, "vars");

	if (vars != NULL)
		return vars;
	vars = arena_alloc(&document->arena, sizeof(*vars));
	vars->kind = NODE_MAPPING;
	set_entry(document->root, new_scalar(&document->arena, "vars", strlen("vars")), vars, &document->arena);
	return vars;
}

void override_vars(struct document *document, const char *const *settings, size_t count,
		   struct diagnostics *diagnostics)
{
	struct arena *arena = &document->arena;

	for (size_t i = 0; i < count; i++) {
		const char *value = strchr(settings[i], '=');
		if (value == NULL || value == settings[i]) {
			diagnostics_usage_error(diagnostics, "write --var NAME=VALUE", "'--var %s' has no %s",
						settings[i], value == NULL ? "value" : "name");
			continue;
		}
		if (!variable_is_text(settings[i])) {
			diagnostics_usage_error(diagnostics, NULL, "--var is given something that is no UTF-8 text");
			continue;
		}
		if (document->root->kind != NODE_MAPPING || find_vars(document)->kind != NODE_MAPPING)
			return;
		set_entry(find_vars(document), new_scalar(arena, settings[i], (size_t)(value - settings[i])),
			  new_scalar(arena, value + 1, strlen(value + 1)), arena);
	}
}

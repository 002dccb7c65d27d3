#include "wrapper/verbs/explain/explain_names.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/checks/registry.h"
#include "wrapper/verbs/lint/weakness.h"

struct names {
	const char **items;
	size_t count;
};

static void add(struct names *names, const char *name)
{
	if (names->count < EXPLAIN_NAMES_MAX)
		names->items[names->count++] = name;
}

static void add_notes(struct names *names, const struct reference_note *note)
{
	for (; note->name != NULL; note++)
		add(names, note->name);
}

static int compare(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static size_t drop_doubles(struct names *names)
{
	size_t kept = 0;

	qsort(names->items, names->count, sizeof(*names->items), compare);
	for (size_t i = 0; i < names->count; i++)
		if (kept == 0 || strcmp(names->items[kept - 1], names->items[i]) != 0)
			names->items[kept++] = names->items[i];
	return kept;
}

size_t explain_names(const struct reference *reference, const char *ret_names[EXPLAIN_NAMES_MAX])
{
	struct names names = {.items = ret_names};

	for (size_t i = 0; i < reference->count; i++) {
		const struct parameter *parameter = reference->records[i].record->parameters;
		for (; parameter->name != NULL; parameter++)
			add(&names, parameter->name);
	}
	for (const struct assertion_kind *const *kind = registry_kinds; *kind != NULL; kind++)
		if (reference_is_written(*kind))
			add(&names, (*kind)->name);
	for (const struct weakness *const *weakness = weaknesses; *weakness != NULL; weakness++)
		add(&names, (*weakness)->name);
	add_notes(&names, reference_values);
	add_notes(&names, reference_exit_codes);
	return drop_doubles(&names);
}

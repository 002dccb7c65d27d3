#include "plan.h"

#include <string.h>

#include "../../assertions/base/units.h"

#define EXPECTED_MAX 300

/* Where the checks of a row's list stand: "step:dump/", whatever the row is called. */
static size_t base_length(const struct roll_row *row)
{
	struct buffer name;
	size_t length;

	if (row->check == NULL)
		return strlen(row->id);
	buffer_init(&name, 8192);
	check_row_name(row->check, row->check_row, &name);
	length = strlen(row->id) - name.length;
	buffer_release(&name);
	return length;
}

static bool has_several_rows(const struct roll_row *row)
{
	return row->check != NULL && row->check->kind->rows != NULL;
}

/* The rows of lists are numbered: "never:0" is the same check as "never:3" of yesterday where it expects the same. */
static bool is_of_same_check(const struct roll_row *left, const struct roll_row *right)
{
	size_t length = base_length(left);

	return strcmp(left->kind, right->kind) == 0 && base_length(right) == length &&
	       strncmp(left->id, right->id, length) == 0;
}

static const struct roll_row *find_same(const struct roll *roll, const struct roll_row *wanted)
{
	for (size_t i = 0; i < roll->count; i++) {
		const struct roll_row *row = &roll->rows[i];
		bool same_name = strcmp(row->id, wanted->id) == 0;
		if (strcmp(row->expected, wanted->expected) == 0 &&
		    (same_name || (has_several_rows(wanted) && is_of_same_check(row, wanted))))
			return row;
	}
	return NULL;
}

/* A numbered row that expects something else is another one. */
static bool is_numbered(const struct roll_row *row)
{
	const char *colon = strrchr(row->id, ':');

	return has_several_rows(row) && colon != NULL && colon[1] != '\0' &&
	       strspn(colon + 1, "0123456789") == strlen(colon + 1);
}

static const struct roll_row *find_named(const struct roll *roll, const struct roll_row *wanted)
{
	for (size_t i = 0; i < roll->count && !is_numbered(wanted); i++)
		if (strcmp(roll->rows[i].id, wanted->id) == 0)
			return &roll->rows[i];
	return NULL;
}

static const char *effect_word(enum plan_effect effect)
{
	static const char *const words[] = {"same", "added", "stronger", "changed", "WEAKER", "DROPPED"};

	return words[effect];
}

struct telling {
	FILE *file;
	size_t told, weaker;
};

static void tell(struct telling *telling, enum plan_effect effect, const char *what, const char *before,
		 const char *after)
{
	telling->told++;
	telling->weaker += effect >= PLAN_CHANGED;
	fprintf(telling->file, "%-9s %s\n", effect_word(effect), what);
	if (before != NULL)
		fprintf(telling->file, "          - %.*s\n", EXPECTED_MAX, before);
	if (after != NULL)
		fprintf(telling->file, "          + %.*s\n", EXPECTED_MAX, after);
}

static enum plan_effect compare_rows(const struct roll_row *before, const struct roll_row *after)
{
	enum plan_effect effect;

	if (before->check == NULL || after->check == NULL || before->check->kind != after->check->kind ||
	    before->check->kind->parameters == NULL)
		return PLAN_CHANGED;
	effect = plan_compare(before->check->kind->parameters, before->check->parameters, after->check->parameters);
	return effect == PLAN_SAME ? PLAN_CHANGED : effect;
}

static void tell_dropped_and_changed(struct telling *telling, const struct roll *before, const struct roll *after)
{
	for (size_t i = 0; i < before->count; i++) {
		const struct roll_row *row = &before->rows[i], *now;
		if (row->check == NULL || find_same(after, row) != NULL)
			continue;
		now = find_named(after, row);
		if (now == NULL)
			tell(telling, PLAN_DROPPED, row->id, row->expected, NULL);
		else
			tell(telling, compare_rows(row, now), row->id, row->expected, now->expected);
	}
}

static void tell_added(struct telling *telling, const struct roll *before, const struct roll *after)
{
	for (size_t i = 0; i < after->count; i++) {
		const struct roll_row *row = &after->rows[i];
		if (row->check != NULL && find_same(before, row) == NULL && find_named(before, row) == NULL)
			tell(telling, PLAN_ADDED, row->id, NULL, row->expected);
	}
}

/* A waiver more is a failure less. */
static void tell_waivers(struct telling *telling, const struct roll *before, const struct roll *after)
{
	for (int gone = 0; gone < 2; gone++) {
		const struct roll *from = gone ? before : after, *other = gone ? after : before;
		for (size_t i = 0; i < from->count; i++) {
			const struct roll_row *row = &from->rows[i];
			bool is_there = row->check != NULL;
			for (size_t o = 0; o < other->count && !is_there; o++)
				is_there = other->rows[o].check == NULL &&
					   strcmp(other->rows[o].expected, row->expected) == 0;
			if (!is_there)
				tell(telling, gone ? PLAN_STRONGER : PLAN_WEAKER, "a waiver",
				     gone ? row->expected : NULL, gone ? NULL : row->expected);
		}
	}
}

static void tell_max_age(struct telling *telling, const struct manifest *before, const struct manifest *after)
{
	char old[UNITS_TEXT_MAX] = "none", new[UNITS_TEXT_MAX] = "none";
	bool weaker = after->max_age_ms == PARAMETER_UNSET ||
		      (before->max_age_ms != PARAMETER_UNSET && after->max_age_ms > before->max_age_ms);

	if (before->max_age_ms == after->max_age_ms)
		return;
	if (before->max_age_ms != PARAMETER_UNSET)
		units_format_duration(before->max_age_ms, old);
	if (after->max_age_ms != PARAMETER_UNSET)
		units_format_duration(after->max_age_ms, new);
	tell(telling, weaker ? PLAN_WEAKER : PLAN_STRONGER, "max_age, of 'verify'", old, new);
}

static const struct manifest_inventory *find_inventory(const struct manifest *manifest, const char *name)
{
	for (size_t i = 0; i < manifest->inventories.count; i++)
		if (strcmp(manifest->inventories.entries[i].name, name) == 0)
			return manifest->inventories.entries[i].value;
	return NULL;
}

static bool is_excepted(const struct manifest_inventory *inventory, const char *item)
{
	for (size_t i = 0; inventory != NULL && i < inventory->except.count; i++)
		if (strcmp(((struct manifest_exception *const *)inventory->except.items)[i]->item, item) == 0)
			return true;
	return false;
}

static void tell_exceptions(struct telling *telling, const struct manifest *before, const struct manifest *after)
{
	for (size_t i = 0; i < after->inventories.count; i++) {
		const struct manifest_inventory *now = after->inventories.entries[i].value;
		const struct manifest_inventory *then = find_inventory(before, after->inventories.entries[i].name);
		for (size_t e = 0; e < now->except.count; e++) {
			const char *item = ((struct manifest_exception *const *)now->except.items)[e]->item;
			if (!is_excepted(then, item))
				tell(telling, PLAN_WEAKER, "an item that need not be covered any more", NULL, item);
		}
	}
}

size_t plan_print_difference(const struct run *before, const struct run *after, FILE *file)
{
	struct telling telling = {.file = file};

	tell_dropped_and_changed(&telling, &before->roll, &after->roll);
	tell_waivers(&telling, &before->roll, &after->roll);
	tell_max_age(&telling, before->manifest, after->manifest);
	tell_exceptions(&telling, before->manifest, after->manifest);
	tell_added(&telling, &before->roll, &after->roll);
	if (telling.told == 0)
		fprintf(file, "nothing that is checked changes\n");
	else
		fprintf(file, "%zu change%s, %zu of them weaker, dropped or not to be judged\n", telling.told,
			telling.told == 1 ? "" : "s", telling.weaker);
	return telling.weaker;
}

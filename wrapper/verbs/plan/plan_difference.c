#include "wrapper/verbs/plan/plan.h"

#include <string.h>

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

/* A numbered row that expects something else is another one. */
static bool is_numbered(const struct roll_row *row)
{
	const char *colon = strrchr(row->id, ':');

	return has_several_rows(row) && colon != NULL && colon[1] != '\0' &&
	       strspn(colon + 1, "0123456789") == strlen(colon + 1);
}

static const struct roll_row *find_same(const struct roll *roll, const struct roll_row *wanted)
{
	for (size_t i = 0; i < roll->count; i++) {
		const struct roll_row *row = &roll->rows[i];
		bool same_name = strcmp(row->id, wanted->id) == 0;
		if (strcmp(row->expected, wanted->expected) == 0 &&
		    (same_name || (is_numbered(wanted) && is_numbered(row) && is_of_same_check(row, wanted))))
			return row;
	}
	return NULL;
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
	static const char *const words[] = {"same", "added", "stronger", "other", "changed", "WEAKER", "DROPPED"};

	return words[effect];
}

void plan_tell(struct plan_telling *telling, enum plan_effect effect, const char *what, const char *before,
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
	effect = plan_compare(before->check->kind->parameters, NULL, before->check->parameters,
			      after->check->parameters);
	return effect == PLAN_SAME ? PLAN_CHANGED : effect;
}

static void tell_dropped_and_changed(struct plan_telling *telling, const struct roll *before, const struct roll *after)
{
	for (size_t i = 0; i < before->count; i++) {
		const struct roll_row *row = &before->rows[i], *now;
		if (row->check == NULL || find_same(after, row) != NULL)
			continue;
		now = find_named(after, row);
		if (now == NULL)
			plan_tell(telling, PLAN_DROPPED, row->id, row->expected, NULL);
		else
			plan_tell(telling, compare_rows(row, now), row->id, row->expected, now->expected);
	}
}

static void tell_added(struct plan_telling *telling, const struct roll *before, const struct roll *after)
{
	for (size_t i = 0; i < after->count; i++) {
		const struct roll_row *row = &after->rows[i];
		if (row->check != NULL && find_same(before, row) == NULL && find_named(before, row) == NULL)
			plan_tell(telling, PLAN_ADDED, row->id, NULL, row->expected);
	}
}

/* A waiver more is a failure less. */
static void tell_waivers(struct plan_telling *telling, const struct roll *before, const struct roll *after)
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
				plan_tell(telling, gone ? PLAN_STRONGER : PLAN_WEAKER, "a waiver",
					  gone ? row->expected : NULL, gone ? NULL : row->expected);
		}
	}
}

/* A check whose rows all read as before, and which is another all the same. */
static bool reads_as_before(const struct roll *roll, const struct roll_row *row, const struct roll *other)
{
	for (size_t i = 0; i < roll->count; i++)
		if (roll->rows[i].check == row->check && find_same(other, &roll->rows[i]) == NULL)
			return false;
	return true;
}

static void tell_unworded(struct plan_telling *telling, const struct roll *before, const struct roll *after)
{
	for (size_t i = 0; i < before->count; i++) {
		const struct roll_row *row = &before->rows[i];
		const struct roll_row *now = row->check != NULL && row->check_row == 0 ? find_same(after, row) : NULL;
		const struct assertion_kind *kind = row->check != NULL ? row->check->kind : NULL;
		if (now == NULL || now->check->kind != kind || now->check_row != 0 || kind->parameters == NULL ||
		    now->check->rows != row->check->rows || !reads_as_before(before, row, after))
			continue;
		enum plan_effect effect =
			plan_compare(kind->parameters, NULL, row->check->parameters, now->check->parameters);
		if (effect != PLAN_SAME)
			plan_tell(telling, effect, row->id, NULL, "its parameters are others");
	}
}

size_t plan_print_difference(const struct run *before, const struct run *after, FILE *file)
{
	struct plan_telling telling = {.file = file};

	tell_dropped_and_changed(&telling, &before->roll, &after->roll);
	tell_waivers(&telling, &before->roll, &after->roll);
	tell_unworded(&telling, &before->roll, &after->roll);
	plan_tell_declared(&telling, before->manifest, after->manifest);
	tell_added(&telling, &before->roll, &after->roll);
	if (telling.told == 0)
		fprintf(file, "nothing that is checked changes\n");
	else
		fprintf(file, "%zu change%s, %zu of them weaker, dropped or not to be judged\n", telling.told,
			telling.told == 1 ? "" : "s", telling.weaker);
	return telling.weaker;
}

#include "wrapper/verbs/plan/plan.h"

#include <string.h>

#include "assertions/base/glob.h"
#include "wrapper/verbs/plan/plan_private.h"

#define EXPECTED_MAX 300

enum effect plan_effect(enum value_change change)
{
	static const enum effect effects[] = {[VALUE_SAME] = EFFECT_SAME,
					      [VALUE_STRONGER] = EFFECT_STRONGER,
					      [VALUE_CHANGED] = EFFECT_CHANGED,
					      [VALUE_WEAKER] = EFFECT_WEAKER};

	return effects[change];
}

enum effect plan_compare(const struct record *record, const char *const *names, const void *before, const void *after)
{
	return plan_effect(value_compare_records(record, names, before, after));
}

static const char *effect_word(enum effect effect)
{
	static const char *const words[] = {"same", "added", "stronger", "other", "changed", "WEAKER", "DROPPED"};

	return words[effect];
}

void plan_tell(struct telling *telling, enum effect effect, const char *what, const char *before, const char *after)
{
	telling->told++;
	telling->weaker += effect >= EFFECT_CHANGED;
	fprintf(telling->file, "%-9s %s\n", effect_word(effect), what);
	if (before != NULL)
		fprintf(telling->file, "          - %.*s\n", EXPECTED_MAX, before);
	if (after != NULL)
		fprintf(telling->file, "          + %.*s\n", EXPECTED_MAX, after);
}

/* What a kind tells of its rows by itself is exact; what its table says is the same has other words for a reason not in it. */
static enum effect compare_rows(const struct roll_row *before, const struct roll_row *after)
{
	const struct assertion_kind *kind = before->check != NULL ? before->check->kind : NULL;
	enum effect effect;

	if (kind == NULL || after->check == NULL || kind != after->check->kind)
		return EFFECT_CHANGED;
	if (kind->compare != NULL)
		return plan_effect(kind->compare(before->check->parameters, before->check_row, after->check->parameters,
						 after->check_row));
	if (kind->parameters == NULL)
		return EFFECT_CHANGED;
	effect = plan_compare(kind->parameters, NULL, before->check->parameters, after->check->parameters);
	return effect == EFFECT_SAME ? EFFECT_CHANGED : effect;
}

static void tell_dropped_and_changed(struct telling *telling, const struct plan_rolls *rolls)
{
	for (size_t i = 0; i < rolls->before->count; i++) {
		const struct roll_row *row = &rolls->before->rows[i], *now;
		if (row->check == NULL || plan_find_same(rolls, rolls->after, row) != NULL)
			continue;
		now = plan_find_named(rolls, rolls->after, row);
		enum effect effect = now != NULL ? compare_rows(row, now) : EFFECT_DROPPED;
		if (effect != EFFECT_SAME)
			plan_tell(telling, effect, row->id, row->expected, now != NULL ? now->expected : NULL);
	}
}

/* A row more may let pass what was not let pass before: what is declared is no stranger any more. */
static bool permits_more(const struct plan_rolls *rolls, const struct roll_row *row)
{
	const struct assertion_kind *kind = row->check->kind;
	const struct roll_row *first = &rolls->after->rows[row->check->first_row];
	const struct roll_row *then = kind->permits != NULL ? plan_find_named(rolls, rolls->before, first) : NULL;

	return then != NULL && then->check->kind == kind &&
	       kind->permits(then->check->parameters, row->check->parameters, row->check_row);
}

static void tell_added(struct telling *telling, const struct plan_rolls *rolls)
{
	for (size_t i = 0; i < rolls->after->count; i++) {
		const struct roll_row *row = &rolls->after->rows[i];
		if (row->check == NULL || plan_find_same(rolls, rolls->before, row) != NULL ||
		    plan_find_named(rolls, rolls->before, row) != NULL)
			continue;
		plan_tell(telling, permits_more(rolls, row) ? EFFECT_CHANGED : EFFECT_ADDED, row->id, NULL,
			  row->expected);
	}
}

static const struct manifest_waiver *waiver_at(const struct run *run, size_t i)
{
	return ((const struct manifest_waiver *const *)run->manifest->waivers.items)[i];
}

static const char *waiver_words(const struct run *run, size_t i)
{
	for (size_t row = 0; row < run->roll.count; row++)
		if (run->roll.rows[row].check == NULL && i-- == 0)
			return run->roll.rows[row].expected;
	return NULL;
}

/* The one check that it is for; NULL where there may be more, of which the roll of a run does not show those of 'verify'. */
static const char *only_check(const struct run *run, const struct manifest_waiver *waiver)
{
	for (size_t i = 0; i < run->roll.count && glob_is_literal(waiver->check); i++)
		if (run->roll.rows[i].check != NULL && glob_matches(waiver->check, run->roll.rows[i].id))
			return run->roll.rows[i].id;
	return NULL;
}

/* Whether whatever it waives is waived as long by one of the other manifest's. */
static bool is_waived_anyway(const struct run *run, const struct manifest_waiver *waiver, const struct run *other)
{
	const char *id = only_check(run, waiver);

	for (size_t i = 0; i < other->manifest->waivers.count; i++) {
		const struct manifest_waiver *wider = waiver_at(other, i);
		if (wider->until_ms >= waiver->until_ms &&
		    (strcmp(glob_text(wider->check), glob_text(waiver->check)) == 0 ||
		     (id != NULL && glob_matches(wider->check, id))))
			return true;
	}
	return false;
}

/* A waiver more is a failure less. */
static void tell_waivers(struct telling *telling, const struct run *before, const struct run *after)
{
	for (size_t i = 0; i < after->manifest->waivers.count; i++)
		if (!is_waived_anyway(after, waiver_at(after, i), before))
			plan_tell(telling, EFFECT_WEAKER, "a waiver", NULL, waiver_words(after, i));
	for (size_t i = 0; i < before->manifest->waivers.count; i++)
		if (!is_waived_anyway(before, waiver_at(before, i), after))
			plan_tell(telling, EFFECT_STRONGER, "a waiver", waiver_words(before, i), NULL);
}

/* A check whose rows all read as before, and which is another all the same. */
static bool reads_as_before(const struct plan_rolls *rolls, const struct roll_row *row)
{
	for (size_t i = 0; i < rolls->before->count; i++)
		if (rolls->before->rows[i].check == row->check &&
		    plan_find_same(rolls, rolls->after, &rolls->before->rows[i]) == NULL)
			return false;
	return true;
}

static enum effect compare_unworded(const struct plan_rolls *rolls, const struct roll_row *row,
				    const struct roll_row *now)
{
	const struct assertion_kind *kind = row->check->kind;

	if (now->check->kind != kind || now->check_row != 0 || kind->parameters == NULL)
		return EFFECT_SAME;
	if (kind->compare != NULL)
		return plan_effect(kind->compare(row->check->parameters, 0, now->check->parameters, 0));
	if (now->check->rows != row->check->rows || !reads_as_before(rolls, row))
		return EFFECT_SAME;
	return plan_compare(kind->parameters, NULL, row->check->parameters, now->check->parameters);
}

static void tell_unworded(struct telling *telling, const struct plan_rolls *rolls)
{
	for (size_t i = 0; i < rolls->before->count; i++) {
		const struct roll_row *row = &rolls->before->rows[i];
		const struct roll_row *now =
			row->check != NULL && row->check_row == 0 ? plan_find_same(rolls, rolls->after, row) : NULL;
		enum effect effect = now != NULL ? compare_unworded(rolls, row, now) : EFFECT_SAME;
		if (effect != EFFECT_SAME)
			plan_tell(telling, effect, row->id, NULL, "its parameters are others");
	}
}

size_t plan_print_difference(const struct run *before, const struct run *after, FILE *file)
{
	struct telling telling = {.file = file};
	struct plan_rolls rolls;

	plan_rolls_init(&rolls, &before->roll, &after->roll);
	tell_dropped_and_changed(&telling, &rolls);
	tell_waivers(&telling, before, after);
	tell_unworded(&telling, &rolls);
	plan_tell_declared(&telling, before->manifest, after->manifest);
	tell_added(&telling, &rolls);
	plan_rolls_release(&rolls);
	if (telling.told == 0)
		fprintf(file, "nothing that is checked changes\n");
	else
		fprintf(file, "%zu change%s, %zu of them weaker, dropped or not to be judged\n", telling.told,
			telling.told == 1 ? "" : "s", telling.weaker);
	return telling.weaker;
}

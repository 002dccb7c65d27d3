/*
 * What a change of a manifest does to what is checked, told one by one (plan_difference.c): the rows of the roll, of which those of
 * before are found again among those of after (plan_rows.c), and what no row shows though checks rest on it (plan_declared.c).
 */
#ifndef MUSTER_VERBS_PLAN_PRIVATE_H
#define MUSTER_VERBS_PLAN_PRIVATE_H

#include <stdio.h>

#include "wrapper/manifest/manifest.h"
#include "wrapper/roll.h"

/* What a change does to one check, or to something else that counts. */
enum effect {
	EFFECT_SAME,
	EFFECT_ADDED,
	EFFECT_STRONGER,
	EFFECT_OTHER, /* nothing that is checked: what a step runs */
	EFFECT_CHANGED, /* whether it is weaker cannot be told */
	EFFECT_WEAKER,
	EFFECT_DROPPED,
};

struct telling {
	FILE *file;
	size_t told, weaker; /* changes; those of them that are weaker, dropped or not to be judged */
};

/* `before` and `after`: what is said of it, or NULL. */
void plan_tell(struct telling *telling, enum effect effect, const char *what, const char *before, const char *after);

/*
 * Of what a table describes, a check's parameters for one: a lower minimum, a higher maximum, a longer list of codes. Of the
 * parameters of these names, ended by NULL, or of all.
 */
enum effect plan_compare(const struct record *record, const char *const *names, const void *before, const void *after);
enum effect plan_effect(enum value_change change);

void plan_tell_declared(struct telling *telling, const struct manifest *before, const struct manifest *after);

/*
 * Both rolls, and which checks of the surroundings are the same in both: they have no names, and their numbers change with every
 * one that is added or taken away.
 */
struct plan_rolls {
	const struct roll *before, *after;
	struct plan_pair {
		const struct check *before, *after;
	} * pairs;
	size_t pair_count;
};

void plan_rolls_init(struct plan_rolls *rolls, const struct roll *before, const struct roll *after);
void plan_rolls_release(struct plan_rolls *rolls);

/* The row of the other roll that expects the same, of the same check; NULL. */
const struct roll_row *plan_find_same(const struct plan_rolls *rolls, const struct roll *in,
				      const struct roll_row *wanted);
/* Or the one that stands in its place; NULL. */
const struct roll_row *plan_find_named(const struct plan_rolls *rolls, const struct roll *in,
				       const struct roll_row *wanted);

#endif

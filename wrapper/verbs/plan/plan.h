/*
 * What `muster run` would do with a manifest, in words that a reviewer understands; and what a change of it adds, drops or
 * weakens. Both are read off the roll as it is entered, so that they say neither more nor less than is checked.
 */
#ifndef MUSTER_VERBS_PLAN_PLAN_H
#define MUSTER_VERBS_PLAN_PLAN_H

#include <stdio.h>

#include "wrapper/run/run.h"

/* Stores and preflight, inventories, steps, artifacts and their uploads, clean-up: in the order of the run. */
void plan_print(const struct run *run, FILE *file);

/* What a change does to one check, or to something else that counts. */
enum plan_effect {
	PLAN_SAME,
	PLAN_ADDED,
	PLAN_STRONGER,
	PLAN_OTHER,                     /* nothing that is checked: what a step runs */
	PLAN_CHANGED,                   /* whether it is weaker cannot be told */
	PLAN_WEAKER,
	PLAN_DROPPED,
};

/*
 * Of what a table describes, a check's parameters for one: a lower minimum, a higher maximum, a longer list of codes. Of the
 * parameters of these names, ended by NULL, or of all.
 */
enum plan_effect plan_compare(const struct record *record, const char *const *names, const void *before, const void *after);

struct plan_telling {
	FILE *file;
	size_t told, weaker;            /* changes; those of them that are weaker, dropped or not to be judged */
};

/* `before` and `after`: what is said of it, or NULL. */
void plan_tell(struct plan_telling *telling, enum plan_effect effect, const char *what, const char *before, const char *after);

/* plan_declared.c: what no check's words show, though checks rest on it: places, sources, limits, time-outs. */
void plan_tell_declared(struct plan_telling *telling, const struct manifest *before, const struct manifest *after);

/* Prints the differences; returns how many of them are weaker, dropped, or changed in a way that cannot be judged. */
size_t plan_print_difference(const struct run *before, const struct run *after, FILE *file);

#endif

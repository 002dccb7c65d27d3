/*
 * What `muster run` would do with a manifest, in words that a reviewer understands; and what a change of it adds, drops or
 * weakens. Both are read off the roll as it is entered, so that they say neither more nor less than is checked.
 */
#ifndef MUSTER_VERBS_PLAN_PLAN_H
#define MUSTER_VERBS_PLAN_PLAN_H

#include <stdio.h>

#include "wrapper/run/run.h"

/* Prints the differences; returns how many of them are weaker, dropped, or changed in a way that cannot be judged. */
size_t plan_print_difference(const struct run *before, const struct run *after, FILE *file);

#endif

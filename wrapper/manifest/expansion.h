/*
 * What became of a scalar once its variables were looked up: parts, because where it ends up decides how a
 * value is written. In a glob or a pattern a value means itself, and when verifying, what is different
 * in every run matches anything.
 */
#ifndef MUSTER_MANIFEST_EXPANSION_H
#define MUSTER_MANIFEST_EXPANSION_H

#include <stdbool.h>
#include <stddef.h>

#include "assertions/value/parameter.h"
#include "assertions/value/text.h"
#include "wrapper/manifest/arena.h"

enum expansion_origin {
	EXPANSION_WRITTEN,              /* stands there */
	EXPANSION_VALUE,                /* a variable's value */
	EXPANSION_RUN,                  /* a value that every run has its own of */
	EXPANSION_STEP,                 /* the output of the step that `text` names */
};

struct expansion_part {
	enum expansion_origin origin;
	const char *text;
	struct place place;             /* of the variable; 0 for what is written */
};

struct expansion {
	struct expansion_part *parts;
	size_t count;
	bool variable;                  /* there was one in it */
	bool unknown;                   /* an environment variable is not set, which was a warning: the value means nothing */
};

void expansion_add(struct expansion *expansion, struct arena *arena, struct expansion_part part);

/* The first part that is a step's output, or NULL. */
const struct expansion_part *expansion_find_step(const struct expansion *expansion);

/*
 * Parts from..to-1 as one string of the arena, steps' output left out. `any_run`: ${run...} matches anything in
 * globs and patterns.
 */
char *expansion_render(const struct expansion *expansion, size_t from, size_t to, enum text_quoting quoting,
		       bool any_run, struct arena *arena);

#endif

/*
 * The inside of expand.h: what a variable's name stands for.
 *
 * expand.c finds the variables in a scalar, variable.c looks one up and adds its value to the scalar's parts.
 */
#ifndef MUSTER_MANIFEST_VARIABLE_H
#define MUSTER_MANIFEST_VARIABLE_H

#include "wrapper/manifest/expand.h"

enum expand_state { EXPAND_STATE_BUSY, EXPAND_STATE_DONE, EXPAND_STATE_BROKEN };

struct expand_known {                   /* a scalar that variables refer to, expanded once */
	const struct node *node;
	enum expand_state state;
	struct expansion expansion;
};

struct expander {
	const struct document *document;
	const struct manifest_options *options;
	struct arena *arena;
	struct diagnostics *diagnostics;
	struct expand_known **known;
	size_t known_count;
	unsigned chain;
	size_t total;
	bool exceeded;
};

struct expand_job {                     /* one scalar, while it is expanded */
	struct expander *expander;
	const struct node *node;
	const char *token;              /* the variable that is looked at, in node->value; from its dollar sign on */
	size_t token_length;
	const char *name;               /* what stands between its braces */
	size_t variables;               /* so far */
	struct expansion *expansion;
	bool broken;
};

/* Adds what job->name stands for, or reports why there is nothing. */
void variable_add(struct expand_job *job);

/* Whether a value from outside is UTF-8, as everything that is reported has to be. */
bool variable_is_text(const char *value);

/* At the variable's place; the job is broken then. */
void expand_report(struct expand_job *job, const char *hint, const char *format, ...) __attribute__((format(printf, 3, 4)));
void expand_add_part(struct expand_job *job, enum expansion_origin origin, const char *text);
/* The value of another scalar of the manifest. */
void expand_add_scalar(struct expand_job *job, const struct node *node);
/* Where the variable stands. */
struct place expand_place(const struct expand_job *job);

#endif

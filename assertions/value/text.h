/*
 * A string of the manifest in which ${step.NAME.stdout} may stand: everything else
 * was resolved when the manifest was read, these are when the string is used.
 */
#ifndef MUSTER_VALUE_TEXT_H
#define MUSTER_VALUE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "assertions/base/error.h"

enum text_quoting {
	TEXT_PLAIN,
	TEXT_GLOB,
	TEXT_PATTERN,
	TEXT_SCRIPT
}; /* how the value of a variable is written into the text */

struct text_part {
	const char *literal; /* one of the two */
	const char *step; /* NAME of ${step.NAME.stdout} */
	bool is_value; /* of a script: the literal is what a variable stands for, and no part of the script */
};

struct text_moment { /* where ${run.date} or ${run.time} stands: the globs before it and behind it, as in `anywhen` */
	const char *before, *behind;
};

struct text {
	struct text_part *parts;
	size_t count;
	enum text_quoting quoting;
	const char *written; /* as it stands in the manifest, for messages */
	/* a glob's text with every ${run...} standing for anything; NULL where a part waits for a step */
	const char *anywhen;
	struct text_moment *moments;
	size_t moment_count;
};

/* Gives a step's standard output, trailing line ends removed, or fails. */
typedef int (*text_lookup)(void *context, const char *step, const char **ret_value, struct error *err);

bool text_is_known(const struct text *text); /* no part waits for a step */
int text_resolve(const struct text *text, text_lookup lookup, void *context, char **ret_value, struct error *err);

/* The value where text_is_known(), with "<output of NAME>" for what is not: for messages. */
char *text_describe(const struct text *text);

#endif

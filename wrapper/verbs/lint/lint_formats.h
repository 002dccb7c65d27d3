/* How `muster lint` says what it found: a const struct and a row each. */
#ifndef MUSTER_VERBS_LINT_LINT_FORMATS_H
#define MUSTER_VERBS_LINT_LINT_FORMATS_H

#include <stdio.h>

#include "wrapper/manifest/diagnostics.h"

struct lint_format {
	const char *name;
	/* The diagnostics of every manifest, sorted. */
	void (*print)(const struct diagnostics *all, size_t count, FILE *file);
};

/*
 * "human" is printed by diagnostics_print() and has no function here; "json" is an array of objects; "github" is workflow commands
 * (docs.github.com/actions/reference/workflow-commands-for-github-actions); "sarif" is version 2.1.0 of OASIS's format.
 */
extern const struct lint_format lint_formats[];         /* ended by a NULL name */

/* NULL where there is none of that name. */
const struct lint_format *lint_format_find(const char *name);

#endif

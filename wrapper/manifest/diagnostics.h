/*
 * What is wrong with a manifest: all of it, in the order of the lines, once.
 *
 *     backup.yml:12:1: error: unknown key 'stpes' in a manifest
 *        12 | stpes:
 *           | ^
 *         hint: did you mean 'steps'?
 *
 * One struct per manifest, all zero at the start; document_load() tells it the path and the text.
 */
#ifndef MUSTER_MANIFEST_DIAGNOSTICS_H
#define MUSTER_MANIFEST_DIAGNOSTICS_H

#include <stdbool.h>
#include <stdio.h>

#include "assertions/value/parameter.h"

#define DIAGNOSTICS_MAX 200 /* kept; the rest is counted */

struct diagnostic {
	struct place place; /* line 0: of the manifest as a whole */
	char *message;
	char *hint; /* NULL */
	const char *name; /* of a weak spot, as in wrapper/verbs/lint/lint.h; NULL */
	bool warning;
};

struct diagnostics {
	char *path; /* as people read it */
	char *text; /* the manifest, for the line shown below a message; NULL: none is shown */
	size_t length;
	struct diagnostic *items;
	size_t count, errors, warnings, dropped;
	size_t usage_errors; /* of the errors those that are the command line's, not the manifest's */
};

void diagnostics_error(struct diagnostics *diagnostics, struct place place, const char *hint, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void diagnostics_warning(struct diagnostics *diagnostics, struct place place, const char *hint, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* A warning with a name, which the caller keeps. */
void diagnostics_weakness(struct diagnostics *diagnostics, struct place place, const char *name, const char *hint,
			  const char *message);
/* An error with a name. */
void diagnostics_refusal(struct diagnostics *diagnostics, struct place place, const char *name, const char *hint,
			 const char *format, ...) __attribute__((format(printf, 5, 6)));
/* What is wrong with --var. */
void diagnostics_usage_error(struct diagnostics *diagnostics, const char *hint, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* By place; for those who print the items themselves. */
void diagnostics_sort(struct diagnostics *diagnostics);
/* Sorted by place, each once; secrets masked. */
void diagnostics_print(struct diagnostics *diagnostics, FILE *file);
void diagnostics_release(struct diagnostics *diagnostics);

#endif

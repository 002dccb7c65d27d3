/*
 * What is wrong with a manifest: all of it, in the order of the lines, once.
 *
 *     backup.yml:12:5: error: unknown key 'stpes'
 *         hint: did you mean 'steps'?
 */
#ifndef MUSTER_MANIFEST_DIAGNOSTICS_H
#define MUSTER_MANIFEST_DIAGNOSTICS_H

#include <stdbool.h>
#include <stdio.h>

#include "../../assertions/parameter.h"

#define DIAGNOSTICS_MAX 200             /* kept; the rest is counted */

struct diagnostic {
	struct place place;
	char *message;
	char *hint;                     /* NULL */
	bool warning;
};

struct diagnostics {
	const char *path;
	struct diagnostic *items;
	size_t count, errors, warnings, dropped;
};

void diagnostics_error(struct diagnostics *diagnostics, struct place place, const char *hint, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void diagnostics_warning(struct diagnostics *diagnostics, struct place place, const char *hint, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* Sorted by place, each once; secrets masked. */
void diagnostics_print(struct diagnostics *diagnostics, FILE *file);
void diagnostics_release(struct diagnostics *diagnostics);

#endif

/*
 * From one path to a glob for it and for those that will be like it tomorrow.
 *
 * Each level is more general than the one before, and two paths that have the same glob on one level have the same on
 * every later one.
 */
#ifndef MUSTER_VERBS_LEARN_SHAPE_H
#define MUSTER_VERBS_LEARN_SHAPE_H

#include <stdbool.h>

#include "assertions/base/buffer.h"

enum shape_level {
	SHAPE_STABLE,           /* dates, times, long numbers, hashes and what is no UTF-8 are stars */
	SHAPE_NUMBERS,          /* all numbers */
	SHAPE_ENDING,           /* "folder/ *.ending" */
	SHAPE_FOLDER,           /* "folder/ **" */
	SHAPE_TOP,              /* "first folder/ **" */
	SHAPE_EVERYTHING,       /* "**" */
};

#define SHAPE_TEXT_MAX 2000             /* a path that makes a longer glob is given that of the next level */

/* Appends the glob. The level that was taken. */
enum shape_level shape_of(const char *path, enum shape_level level, struct buffer *out);

bool shape_is_literal(const char *glob);

/* What a person would call it: "db/all-*.sql.gz" is "all". The caller frees. */
char *shape_name(const char *glob);

#endif

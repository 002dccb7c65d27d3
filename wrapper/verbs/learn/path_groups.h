/*
 * From one path to a glob for it and for those that will be like it tomorrow; and paths in a bounded number of globs, however many they
 * are: what is like one another comes together when there are too many.
 *
 *     struct path_groups *groups = path_groups_new();
 *     traits_merge(path_groups_add(groups, path)->traits, ...);
 *     path_groups_reduce(groups, 40);
 */
#ifndef MUSTER_VERBS_LEARN_PATH_GROUPS_H
#define MUSTER_VERBS_LEARN_PATH_GROUPS_H

#include <stdbool.h>
#include <stdint.h>

#include "assertions/base/buffer.h"

/* Each level is more general than the one before, and two paths that have the same glob on one level have the same on every later one. */
enum path_glob_level {
	PATH_GLOB_STABLE, /* dates, times, long numbers, hashes and what is no UTF-8 are stars */
	PATH_GLOB_NUMBERS, /* all numbers */
	PATH_GLOB_ENDING, /* "folder/ *.ending" */
	PATH_GLOB_FOLDER, /* "folder/ **" */
	PATH_GLOB_TOP, /* "first folder/ **" */
	PATH_GLOB_EVERYTHING, /* "**" */
};

#define PATH_GLOB_TEXT_MAX 2000 /* a path that makes a longer glob is given that of the next level */

/* Appends the glob. The level that was taken. */
enum path_glob_level path_glob(const char *path, enum path_glob_level level, struct buffer *out);

bool path_glob_is_literal(const char *glob);

/* What a person would call it: "db/all-*.sql.gz" is "all". The caller frees. */
char *path_glob_name(const char *glob);

#define PATH_GROUPS_MAX 256 /* while paths are added */

struct traits;

struct path_group {
	char *glob;
	char *sample; /* one of its paths */
	enum path_glob_level level;
	uint64_t hashes[PATH_GLOB_EVERYTHING + 1]; /* of the glob on each level */
	uint64_t count;
	struct traits *traits; /* of all of them */
};

struct path_groups {
	struct path_group **items;
	size_t count;
	unsigned levels; /* a bit for each that was ever taken */
};

struct path_groups *path_groups_new(void);
void path_groups_free(struct path_groups *groups); /* NULL is harmless */

/* The group that the path belongs to, counted; good until the next call. */
struct path_group *path_groups_add(struct path_groups *groups, const char *path);

/* One that was added is none after all. A group may be left that is of none. */
void path_groups_take_back(struct path_groups *groups, const char *path);

/* Until there are no more than so many, at least one. */
void path_groups_reduce(struct path_groups *groups, size_t maximum);

/* Those that differ in numbers alone, where there are several. */
void path_groups_join_numbers(struct path_groups *groups);

/* By glob. */
void path_groups_sort(struct path_groups *groups);

#endif

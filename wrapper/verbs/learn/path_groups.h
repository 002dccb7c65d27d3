/*
 * Paths in a bounded number of globs, however many they are: what is like one another comes together when there are too many.
 *
 *     struct groups *groups = groups_new();
 *     seen_merge(groups_add(groups, path)->seen, ...);
 *     groups_reduce(groups, 40);
 */
#ifndef MUSTER_VERBS_LEARN_GROUPS_H
#define MUSTER_VERBS_LEARN_GROUPS_H

#include <stdint.h>

#include "wrapper/verbs/learn/shape.h"

#define GROUPS_MAX 256                  /* while paths are added */

struct seen;

struct group {
	char *glob;
	char *sample;                   /* one of its paths */
	enum shape_level level;
	uint64_t hashes[SHAPE_EVERYTHING + 1];  /* of the glob on each level */
	uint64_t count;
	struct seen *seen;              /* of all of them */
};

struct groups {
	struct group **items;
	size_t count;
	unsigned levels;                /* a bit for each that was ever taken */
};

struct groups *groups_new(void);
void groups_free(struct groups *groups);        /* NULL is harmless */

/* The group that the path belongs to, counted; good until the next call. */
struct group *groups_add(struct groups *groups, const char *path);

/* One that was added is none after all. A group may be left that is of none. */
void groups_take_back(struct groups *groups, const char *path);

/* Until there are no more than so many, at least one. */
void groups_reduce(struct groups *groups, size_t maximum);

/* Those that differ in numbers alone, where there are several. */
void groups_join_numbers(struct groups *groups);

/* By glob. */
void groups_sort(struct groups *groups);

#endif

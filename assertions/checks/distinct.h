/*
 * How many different names there are among many, in memory that is bounded.
 *
 *     struct distinct names = {.limit = distinct_limit(&bounds)};
 *     distinct_add(&names, path);
 *     if (distinct_compare(&names, &bounds) ...)
 *     distinct_release(&names);
 *
 * More than `limit` names are not told apart any more: so many are enough to say whether the bounds are met.
 */
#ifndef MUSTER_CHECKS_DISTINCT_H
#define MUSTER_CHECKS_DISTINCT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bounds;

struct distinct { /* all zero but for `limit` */
	size_t limit;
	size_t count; /* different ones, so far */
	bool is_full; /* there were more */
	uint64_t *slots; /* hashes; 0 free */
	size_t capacity, used;
};

enum distinct_result { DISTINCT_WITHIN, DISTINCT_BELOW, DISTINCT_ABOVE, DISTINCT_UNKNOWN };

size_t distinct_limit(const struct bounds *bounds);
void distinct_add(struct distinct *distinct, const char *name);
void distinct_remove(struct distinct *distinct, const char *name); /* once it was added */
/* UNKNOWN where there are more than can be told apart. */
enum distinct_result distinct_compare(const struct distinct *distinct, const struct bounds *bounds);
void distinct_release(struct distinct *distinct);

#endif

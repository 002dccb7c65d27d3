/*
 * Where matches of many patterns may begin in a stream, judged by the literals that they must contain
 * (literal.h): one look at the stream for all of them.
 *
 *     struct prefilter *prefilter = prefilter_new(sets, count, 2);
 *     while (...) {
 *             prefilter_look(prefilter, window, length, place_of_window);
 *             for (...)
 *                     if (!prefilter_skip(prefilter, i, &place[i]))
 *                             no match of pattern i that begins at place[i] or later ends in this window
 *     }
 *
 * Every few bytes (so few that none of the literals is missed) a gram of up to four bytes is looked up among
 * those that stand in the literals; where it is one of them, the literals that have it are compared.
 */
#ifndef MUSTER_SCAN_PREFILTER_H
#define MUSTER_SCAN_PREFILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assertions/scan/literal.h"

#define PREFILTER_HELD_MAX ((size_t)64 * 1024)

struct prefilter;

/*
 * One set for each pattern (borrowed); NULL and an empty one are those of a pattern of which nothing is known.
 * It does nothing where those that are left are not worth it: a set that is one literal of exact case with which
 * each match begins counts 1, any other 2, and their sum must be `worth_min`. A set whose literals stand in most of
 * the text is dropped.
 */
struct prefilter *prefilter_new(const struct literal_set *const *sets, size_t count, size_t worth_min);
void prefilter_free(struct prefilter *prefilter);

/* The pattern is looked for no longer. */
void prefilter_drop(struct prefilter *prefilter, size_t index);

/*
 * What is there now of the stream, from `place` in it on; what was not there before is looked at. Before the
 * window no match may begin that is of interest.
 */
void prefilter_look(struct prefilter *prefilter, const char *window, size_t length, uint64_t place);

/*
 * Moves *place, before which no match of the pattern is of interest, forward to where the literals allow one to
 * begin, whatever follows the window; at most to the window's end. Returns false where no match can end in the
 * window, true where one may, which is said in every case of doubt. The window is still there as it was looked at.
 *
 * Where false is returned, *place is at most PREFILTER_HELD_MAX before the window's end.
 */
bool prefilter_skip(struct prefilter *prefilter, size_t index, uint64_t *place);

#endif

/*
 * "did you mean": the candidate that is nearest to a misspelt word.
 */
#ifndef MUSTER_BASE_SUGGEST_H
#define MUSTER_BASE_SUGGEST_H

#include <stddef.h>

/*
 * The nearest candidate by edits (a swap of neighbours is one), case ignored, or NULL
 * where none is near enough to be meant: at most a third of the word's length, at least one.
 */
const char *suggest_nearest(const char *word, const char *const *candidates, size_t count);

#endif

/*
 * From a line of a log, or the last of a text, to a pattern that tomorrow's will match too: words stay, what changes from one night to
 * the next does not.
 */
#ifndef MUSTER_VERBS_LEARN_LINE_PATTERN_H
#define MUSTER_VERBS_LEARN_LINE_PATTERN_H

#include <stddef.h>

#define LINE_PATTERN_BYTES_MAX 400      /* of a line; a longer one makes no pattern */

/* NULL where nothing characteristic would be left, or where it may hold a secret. The caller frees. */
char *line_pattern_of(const char *line, size_t length);

#endif

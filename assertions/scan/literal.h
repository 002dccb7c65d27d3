/*
 * What every match of a pattern must contain, read from the pattern's text.
 *
 *     "^.{4}ERROR: (disk|volume) is full$"    "ERROR: "; or "disk" or "volume"; or " is full"
 *
 * Of these the longest is chosen: " is full", before which there are at most 17 bytes of a match.
 *
 * Where a set is found, each match holds at least one of its literals, wholly, and before that at most
 * before_bytes_max of the match's bytes, or else any number without a line's end (CR, LF) among them: in
 * "\w+ is corrupt" all stands on the literal's own line.
 *
 * It reads PCRE2's syntax as far as it is sure of it (plain characters, escapes, classes, groups, alternatives,
 * quantifiers, lines' and words' ends) and gives no literal for any pattern that has something else in it:
 * options other than at the beginning, look-arounds, backreferences, \Q, verbs, bytes over 127.
 */
#ifndef MUSTER_SCAN_LITERAL_H
#define MUSTER_SCAN_LITERAL_H

#include <stdbool.h>
#include <stddef.h>

#define LITERAL_BYTES_MAX 64
#define LITERAL_BEFORE_MAX 1000
#define LITERAL_SET_MAX 8

struct literal {
	size_t length; /* at least 1 */
	size_t before_bytes_max; /* more than LITERAL_BEFORE_MAX: any number, and then without a line's end */
	bool before_has_line_end; /* there may be one */
	char bytes[LITERAL_BYTES_MAX]; /* no NUL; small letters where the case plays no part */
};

struct literal_set {
	size_t count; /* 0: nothing is known */
	bool is_caseless; /* ASCII letters stand for both cases */
	struct literal items[LITERAL_SET_MAX];
};

/* Of a pattern that PCRE2 has compiled with at most PCRE2_MULTILINE, and not as UTF. */
void literal_find(const char *pattern_text, struct literal_set *ret_set);

/* Bytes of the shortest of them, 0 where there is none. */
size_t literal_shortest(const struct literal_set *set);

#endif

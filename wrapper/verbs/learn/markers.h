/*
 * What tools write that says what a text is and that it is whole, and what they say when something went wrong. The patterns are what
 * a manifest gets. Where no marker is known, a line itself becomes a pattern.
 */
#ifndef MUSTER_VERBS_LEARN_MARKERS_H
#define MUSTER_VERBS_LEARN_MARKERS_H

#include <stdbool.h>
#include <stddef.h>

enum marker_use {
	MARKER_SIGN, /* tells what it is, and is not written */
	MARKER_ALWAYS, /* found: it must be found */
	MARKER_NEVER, /* not found: it must not be found */
};

struct marker {
	const char *pattern;
	const char *why;
	enum marker_use use;
	int needs; /* the marker without which this one says nothing; -1 */
};

#define MARKERS_MAX 32

struct marker_table {
	const struct marker *markers; /* ended by a NULL pattern; at most MARKERS_MAX */
};

extern const struct marker_table markers_of_dumps, markers_of_logs;

/* What a dump begins its databases with, by which it is known whose they are; sql_dump.h reads their names. */
#define MARKERS_OF_PG "^(?:-- PostgreSQL database|\\\\connect )"
#define MARKERS_OF_MYSQL "^-- (?:MySQL dump|MariaDB dump|Current Database: )"

enum marker_inventory { MARKERS_PG, MARKERS_MYSQL, MARKERS_INVENTORIES };

struct marker_inventory_kind {
	const char *command; /* YAML of the argv that lists them live */
	const char *server;
	const char *const *ignored; /* items that the live list does not have; ended by NULL */
};

extern const struct marker_inventory_kind markers_inventories[MARKERS_INVENTORIES];

/* The line in which GitLab's backup says what is not in it, and what could stand there. */
#define MARKERS_SKIPPED "^:skipped:[ '\"]*(?<item>[^'\"\\s]*)"
extern const char *const markers_components[];

/* A line that says that something is done, and one that may hold a secret. */
#define MARKERS_DONE \
	"(?i)\\b(?:done|complete|completed|finished|success|successful|successfully|succeeded|can be found at)\\b"
#define MARKERS_SECRET "(?i)pass|secret|token|credential|\\bkey|auth|://[^/\\s]*@|-----BEGIN|signature"

/* As pattern_matches(); 0 where the pattern is none. */
int markers_match(const char *pattern_written, const char *text, size_t length);

/*
 * From a line of a log, or the last of a text, to a pattern that tomorrow's will match too: words stay, what changes from one night to
 * the next does not. NULL where nothing characteristic would be left, or where it may hold a secret. Where colours were
 * taken out of the line that a file has in it, words need not follow one another there. The caller frees.
 */
#define MARKERS_LINE_MAX 400 /* of a line; a longer one makes no pattern */
char *markers_line_pattern(const char *line, size_t length, bool may_have_colours);

#endif

/*
 * Looks for patterns in a stream of any length with bounded memory.
 *
 *     struct scanner *scanner = scanner_new(patterns, count, SCANNER_STRIP_COLOURS);   of what a program prints; 0 of an artifact
 *     while (...)
 *             scanner_feed(scanner, data, length);
 *     scanner_finish(scanner);
 *     scanner_result(scanner, 0, &match);
 *
 * The result is the same however the stream was cut into blocks: \A, \z, ^, $, \b and
 * look-behinds see the stream, not the block. A match may span at most SCANNER_SPAN_MAX
 * bytes; one that began and had not ended by then leaves the pattern SCAN_UNDECIDED
 * unless it is found elsewhere, and so does a pattern that exceeds PCRE2's match limit:
 * what could not be decided is never reported as absent.
 */
#ifndef MUSTER_SCAN_SCANNER_H
#define MUSTER_SCAN_SCANNER_H

#include <stddef.h>
#include <stdint.h>

#include "assertions/scan/pattern.h"

#define SCANNER_SPAN_MAX ((size_t)1 << 20)
#define SCANNER_EXCERPT_MAX 200

enum scanner_options {
	/* Terminal control sequences are removed first, see struct colours: of what is printed, never of an artifact's bytes. */
	SCANNER_STRIP_COLOURS = 1,
	/*
	 * UTF-16 is decoded. Where no byte order mark says that it is, patterns are tried on the bytes as they are as well, and
	 * found where they are in either.
	 */
	SCANNER_DECODE_UTF16 = 2,
};

enum scan_result { SCAN_ABSENT, SCAN_FOUND, SCAN_UNDECIDED };

struct scan_match { /* the first match */
	uint64_t line; /* from 1, in the text as scanned */
	char excerpt[SCANNER_EXCERPT_MAX]; /* the line(s) it stands on, cut, control characters made harmless */
};

struct scanner;

/* The patterns are borrowed and must outlive the scanner. */
struct scanner *scanner_new(const struct pattern *const *patterns, size_t count, unsigned options);
void scanner_free(struct scanner *scanner);

/*
 * Calls back for every match of pattern `index`, with the bytes of the named group
 * (valid during the call), or of the whole match where `group` is NULL; not for a match in which
 * the group took no part. Before the first scanner_feed(). Without it only the first match is looked for.
 */
void scanner_each(struct scanner *scanner, size_t index, const char *group,
		  void (*found)(void *context, const char *data, size_t length), void *context);

void scanner_feed(struct scanner *scanner, const char *data, size_t length);
void scanner_finish(struct scanner *scanner); /* the stream has ended; once */

/* After scanner_finish(). ret_match (may be NULL) is filled for SCAN_FOUND only. */
enum scan_result scanner_result(const struct scanner *scanner, size_t index, struct scan_match *ret_match);

uint64_t scanner_lines(const struct scanner *scanner); /* so far; a last line without its end counts */
uint64_t scanner_bytes(const struct scanner *scanner); /* so far, decoded, colours removed */

#endif

/*
 * A scanner whose measures are small enough that tests can reach them, and whose filter (prefilter.h) is in
 * use always or never. The results differ in nothing but this: what PCRE2 gives up where no match can be
 * is undecided without the filter, and passed over, though a match may be near.
 */
#ifndef MUSTER_SCAN_SCANNER_PRIVATE_H
#define MUSTER_SCAN_SCANNER_PRIVATE_H

#include <stdbool.h>

#include "assertions/scan/scanner.h"

enum scanner_filter_options {
	SCANNER_FILTER_ALWAYS = 1 << 8, /* for one pattern too, and for a literal of one byte */
	SCANNER_FILTER_NEVER = 1 << 9,
};

struct scanner *scanner_new_sized(const struct pattern *const *patterns, size_t count, unsigned options,
				  size_t block_bytes, size_t span_bytes);

/* Whether something could not be decided, even where the pattern was found later. */
bool scanner_gave_up(const struct scanner *scanner, size_t index);

#endif

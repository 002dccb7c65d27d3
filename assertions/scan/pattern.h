/*
 * A pattern of a manifest: PCRE2, multi-line (^ and $ are lines' ends; CR, LF and CR LF
 * end a line), compiled with JIT where there is one.
 *
 * A pattern that holds a byte over 127 is matched as UTF-8 (text that is not UTF-8 is
 * then no error); every other pattern is matched byte by byte.
 * To look for patterns in a stream, see scanner.h.
 */
#ifndef MUSTER_SCAN_PATTERN_H
#define MUSTER_SCAN_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "assertions/base/error.h"

#define PATTERN_TEXT_MAX 16384

struct pattern;

/* The error names the place in the pattern and quotes it. */
int pattern_compile(const char *text, struct pattern **ret_pattern, struct error *err);
void pattern_free(struct pattern *pattern);

const char *pattern_text(const struct pattern *pattern);

/* Whether a named group such as (?<item>...) is in the pattern. */
bool pattern_has_group(const struct pattern *pattern, const char *name);

/* On a whole text. Returns 1 found, 0 not found, -1 when the match limit was reached (then nothing is proven). */
int pattern_matches(const struct pattern *pattern, const char *text, size_t length);

/* Appends the text with every character that PCRE2 knows escaped: a value used inside a pattern. */
struct buffer;
void pattern_quote(const char *text, struct buffer *out);

#endif

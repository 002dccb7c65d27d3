/*
 * Time: monotonic for durations, Unix milliseconds for moments, and the three
 * spellings of a moment that the program meets.
 *
 * Reads go through clock_now_ms() so that a test can set the clock.
 */
#ifndef MUSTER_BASE_CLOCK_H
#define MUSTER_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "assertions/base/error.h"

#define CLOCK_TEXT_MAX 32

int64_t clock_monotonic_ms(void);
int64_t clock_now_ms(void); /* Unix time in UTC */

/* From now on clock_now_ms() says this. */
void clock_set_for_test(int64_t unix_ms);

/* "2026-04-21T02:30:00.000Z" (RFC 3339), "2026-04-21", "20260421T023000Z" (ISO 8601 basic, also SigV4's). */
const char *clock_format_rfc3339(int64_t unix_ms, char text[CLOCK_TEXT_MAX]);
const char *clock_format_date(int64_t unix_ms, char text[CLOCK_TEXT_MAX]);
const char *clock_format_basic(int64_t unix_ms, char text[CLOCK_TEXT_MAX]);

/* RFC 3339 with or without fraction, "Z", an offset, or nothing (which is UTC). */
int clock_parse_rfc3339(const char *text, int64_t *ret_unix_ms, struct error *err);

/*
 * "Tue, 21 Apr 2026 02:30:00 GMT" and the two older forms of RFC 9110 section 5.6.7; and what servers make of the first: days of one
 * digit, fractions, "UTC" and "+0000" for "GMT".
 */
int clock_parse_http(const char *text, int64_t *ret_unix_ms, struct error *err);

/*
 * What clock_format_date() and clock_format_basic() write, where a text begins with it: from when to when that is, which for
 * a date is the day in UTC. Returns how long it is; 0, and nothing told, where the text begins with neither.
 */
size_t clock_read_name(const char *text, int64_t *ret_begin_ms, int64_t *ret_end_ms);

#endif

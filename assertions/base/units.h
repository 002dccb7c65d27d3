/*
 * The words of a manifest that carry a unit, read and written.
 *
 * Sizes: a whole number of bytes, or a decimal number with B, kB, KB, KiB, MB, MiB,
 * GB, GiB, TB, TiB (k and K are 1000 without the i). "1.1GiB" is rounded down to a whole byte;
 * a fraction of B, and what would be rounded down to nothing, are errors.
 * Durations: one or more of 250ms 90s 5m 26h 1d 2w, largest unit first ("1d12h");
 * a bare number is an error, since nobody can tell its unit. Percent: "20%". Fractions: "7.9", "8".
 * Dates: 2026-04-21, the moment at which that day ends in UTC, for "until".
 * Negative values and values over INT64_MAX are errors everywhere.
 */
#ifndef MUSTER_BASE_UNITS_H
#define MUSTER_BASE_UNITS_H

#include <stdint.h>

#include "assertions/base/error.h"

int units_parse_size(const char *text, int64_t *ret_bytes, struct error *err);
int units_parse_duration(const char *text, int64_t *ret_ms, struct error *err);
int units_parse_percent(const char *text, double *ret_percent, struct error *err);
int units_parse_fraction(const char *text, double *ret_value, struct error *err);
int units_parse_integer(const char *text, int64_t *ret_value, struct error *err);
int units_parse_date_end(const char *text, int64_t *ret_unix_ms, struct error *err);

/* What was seen, for people: "1500 B", "2 KiB", "5.0 GiB", "1d 2h", "41.2 s". At most UNITS_TEXT_MAX bytes with the NUL. */
#define UNITS_TEXT_MAX 48
const char *units_format_size(int64_t bytes, char text[UNITS_TEXT_MAX]);
const char *units_format_duration(int64_t ms, char text[UNITS_TEXT_MAX]);

/*
 * What was declared is told as it was written: 120.1KiB, 26h. A manifest's loader remembers the first writing of each value, of
 * which there are not many; of others, the same as above.
 */
void units_remember_size(int64_t bytes, const char *written);
void units_remember_duration(int64_t ms, const char *written);
const char *units_declared_size(int64_t bytes, char text[UNITS_TEXT_MAX]);
const char *units_declared_duration(int64_t ms, char text[UNITS_TEXT_MAX]);

#endif

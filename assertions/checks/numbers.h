/*
 * Numbers that several kinds are about: lower and upper bounds, lists of codes that count as success, the middle of the sizes
 * that backups had and how far another is from it.
 */
#ifndef MUSTER_CHECKS_NUMBERS_H
#define MUSTER_CHECKS_NUMBERS_H

#include <stdint.h>

#include "assertions/base/buffer.h"
#include "assertions/base/error.h"
#include "assertions/value/parameter.h"

enum bounds_unit { BOUNDS_SIZE, BOUNDS_DURATION, BOUNDS_COUNT };

struct bounds {
	int64_t min, max; /* PARAMETER_UNSET where there is none */
};

/* "at least 10 KiB and at most 5 GiB"; "exactly 4". */
void bounds_expect(const struct bounds *bounds, enum bounds_unit unit, struct buffer *out);
/* What other bounds let pass. */
enum value_change bounds_change(const struct bounds *before, const struct bounds *after);
/* -1 below, 0 within, 1 above. */
int bounds_compare(const struct bounds *bounds, int64_t value);
/* For validate(), `self` being a struct bounds: min is not over max. */
int bounds_validate(const void *self, struct error *err);

/* Lists of int64_t. */
bool numbers_hold(const struct parameter_list *numbers, int64_t number);
void numbers_print(const struct parameter_list *numbers, struct buffer *out); /* "0 or 3" */

#define MEDIAN_OF 7 /* so many of the newest, where nothing else is declared */

/* Of at least one. Of an even number the mean of the two in the middle. */
int64_t median_of(const int64_t *sizes, size_t count);
/* In percent, negative where it is smaller. */
double median_drift(int64_t bytes, int64_t median);

#endif

/*
 * Lower and upper bounds, as several kinds have them: their words for people, and the comparison.
 */
#ifndef MUSTER_CHECKS_BOUNDS_H
#define MUSTER_CHECKS_BOUNDS_H

#include <stdint.h>

#include "assertions/base/buffer.h"
#include "assertions/base/error.h"

enum bounds_unit { BOUNDS_SIZE, BOUNDS_DURATION, BOUNDS_COUNT };

struct bounds {
	int64_t min, max;               /* PARAMETER_UNSET where there is none */
};

/* "at least 10 KiB and at most 5 GiB"; "exactly 4". */
void bounds_expect(const struct bounds *bounds, enum bounds_unit unit, struct buffer *out);
/* -1 below, 0 within, 1 above. */
int bounds_compare(const struct bounds *bounds, int64_t value);
/* For validate(): at least one is given, and min is not over max. */
int bounds_validate(const struct bounds *bounds, struct error *err);

#endif

#include "assertions/checks/numbers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/base/units.h"
#include "assertions/value/parameter.h"

static const char *format(int64_t value, enum bounds_unit unit, char text[UNITS_TEXT_MAX])
{
	if (unit == BOUNDS_SIZE)
		return units_declared_size(value, text);
	if (unit == BOUNDS_DURATION)
		return units_declared_duration(value, text);
	snprintf(text, UNITS_TEXT_MAX, "%lld", (long long)value);
	return text;
}

void bounds_expect(const struct bounds *bounds, enum bounds_unit unit, struct buffer *out)
{
	char text[UNITS_TEXT_MAX];

	if (bounds->min == bounds->max && bounds->min != PARAMETER_UNSET) {
		buffer_print(out, "exactly %s", format(bounds->min, unit, text));
		return;
	}
	if (bounds->min != PARAMETER_UNSET)
		buffer_print(out, "at least %s", format(bounds->min, unit, text));
	if (bounds->max != PARAMETER_UNSET)
		buffer_print(out, "%sat most %s", bounds->min != PARAMETER_UNSET ? " and " : "",
			     format(bounds->max, unit, text));
}

/* INT64_MIN, which is no lower bound, is the lowest; no upper bound is the highest. */
enum value_change bounds_change(const struct bounds *before, const struct bounds *after)
{
	int64_t old_max = before->max == PARAMETER_UNSET ? INT64_MAX : before->max;
	int64_t new_max = after->max == PARAMETER_UNSET ? INT64_MAX : after->max;

	if (after->min < before->min || new_max > old_max)
		return VALUE_WEAKER;
	return after->min > before->min || new_max < old_max ? VALUE_STRONGER : VALUE_SAME;
}

int bounds_compare(const struct bounds *bounds, int64_t value)
{
	if (bounds->min != PARAMETER_UNSET && value < bounds->min)
		return -1;
	return bounds->max != PARAMETER_UNSET && value > bounds->max;
}

int bounds_validate(const void *self, struct error *err)
{
	const struct bounds *bounds = self;

	if (bounds->min != PARAMETER_UNSET && bounds->max != PARAMETER_UNSET && bounds->min > bounds->max)
		return error_set(err, "'min' is over 'max': nothing could pass");
	return 0;
}

bool numbers_hold(const struct parameter_list *numbers, int64_t number)
{
	for (size_t i = 0; i < numbers->count; i++)
		if (((const int64_t *)numbers->items)[i] == number)
			return true;
	return false;
}

void numbers_print(const struct parameter_list *numbers, struct buffer *out)
{
	for (size_t i = 0; i < numbers->count; i++)
		buffer_print(out, "%s%lld", i > 0 ? " or " : "", (long long)((const int64_t *)numbers->items)[i]);
}

static int by_size(const void *left, const void *right)
{
	int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

	return (a > b) - (a < b);
}

int64_t median_of(const int64_t *sizes, size_t count)
{
	cleanup_free int64_t *sorted = memory_array(count, sizeof(*sorted));

	memcpy(sorted, sizes, count * sizeof(*sizes));
	qsort(sorted, count, sizeof(*sorted), by_size);
	int64_t lower = sorted[(count - 1) / 2], upper = sorted[count / 2];
	return lower + (upper - lower) / 2;
}

double median_drift(int64_t bytes, int64_t median)
{
	if (median > 0)
		return ((double)bytes - (double)median) * 100.0 / (double)median;
	return bytes > 0 ? 100.0 : 0.0;
}

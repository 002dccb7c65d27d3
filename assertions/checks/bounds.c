#include "assertions/checks/bounds.h"

#include <stdio.h>

#include "assertions/base/units.h"
#include "assertions/value/parameter.h"

static const char *format(int64_t value, enum bounds_unit unit, char text[UNITS_TEXT_MAX])
{
	if (unit == BOUNDS_SIZE)
		return units_format_size(value, text);
	if (unit == BOUNDS_DURATION)
		return units_format_duration(value, text);
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

int bounds_compare(const struct bounds *bounds, int64_t value)
{
	if (bounds->min != PARAMETER_UNSET && value < bounds->min)
		return -1;
	return bounds->max != PARAMETER_UNSET && value > bounds->max;
}

int bounds_validate(const struct bounds *bounds, struct error *err)
{
	if (bounds->min != PARAMETER_UNSET && bounds->max != PARAMETER_UNSET && bounds->min > bounds->max)
		return error_set(err, "'min' is over 'max': nothing could pass");
	return 0;
}

#include "value.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/units.h"
#include "../parameter.h"

static const int64_t no_whole = PARAMETER_UNSET;
static const double no_real = -1;

/* A number without a unit is one to other readers of YAML too, unless it looks like something else to them. */
static int refuse_odd(const struct value_written *written, struct value_error *err)
{
	if (written->text[0] == '0' && isdigit((unsigned char)written->text[1]))
		return error_set(&err->why, "a number begins with no zero: '%.64s'", written->text);
	if (written->plain)
		return 0;
	snprintf(err->hint, sizeof(err->hint), "without the quotes");
	return error_set(&err->why, "'%.64s' in quotes is a text, not a number", written->text);
}

/* Once it has been read. */
static int judge(const struct parameter *parameter, const struct value_written *written, bool is_within,
		 struct value_error *err)
{
	char least[UNITS_TEXT_MAX], most[UNITS_TEXT_MAX];
	const struct value_type *type = parameter->type;

	if (strcmp(type->schema.types[0], "string") != 0 && refuse_odd(written, err) < 0)
		return -1;
	if (is_within)
		return 0;
	type->format(parameter->minimum, least);
	if (parameter->maximum == 0)
		return error_set(&err->why, "%.64s is less than %s", written->text, least);
	return error_set(&err->why, "%.64s is not within %s to %s", written->text, least,
			 type->format(parameter->maximum, most));
}

static int parse_whole(const struct parameter *parameter, const struct value_written *written, void *ret_value,
		       struct value_error *err)
{
	int64_t value, minimum = parameter->minimum, maximum = parameter->maximum;

	err->show_example = parameter->type->read_whole(written->text, &value, &err->why) < 0;
	if (err->show_example ||
	    judge(parameter, written, (minimum == 0 || value >= minimum) && (maximum == 0 || value <= maximum), err) <
		    0)
		return -1;
	*(int64_t *)ret_value = value;
	return 0;
}

static int parse_real(const struct parameter *parameter, const struct value_written *written, void *ret_value,
		      struct value_error *err)
{
	double value, minimum = (double)parameter->minimum, maximum = (double)parameter->maximum;

	err->show_example = parameter->type->read_real(written->text, &value, &err->why) < 0;
	if (err->show_example ||
	    judge(parameter, written, value >= minimum && (parameter->maximum == 0 || value <= maximum), err) < 0)
		return -1;
	*(double *)ret_value = value;
	return 0;
}

/* A bound that was not there before only adds; one that is gone only takes away. */
static enum value_change compare_numbers(const struct parameter *parameter, double before, double after, bool had,
					 bool has)
{
	if (had == has && (!had || (before <= after && before >= after)))
		return VALUE_SAME;
	if (had != has)
		return parameter->more == MORE_IS_UNTOLD ? VALUE_CHANGED : has ? VALUE_STRONGER : VALUE_WEAKER;
	return after > before ? value_more(parameter) : value_less(parameter);
}

static enum value_change compare_wholes(const struct parameter *parameter, const void *before, const void *after)
{
	int64_t old = *(const int64_t *)before, new = *(const int64_t *)after;

	return compare_numbers(parameter, (double)old, (double)new, old != PARAMETER_UNSET, new != PARAMETER_UNSET);
}

static enum value_change compare_reals(const struct parameter *parameter, const void *before, const void *after)
{
	double old = *(const double *)before, new = *(const double *)after;

	return compare_numbers(parameter, old, new, old >= 0, new >= 0);
}

static enum value_change compare_bools(const struct parameter *parameter, const void *before, const void *after)
{
	return compare_numbers(parameter, *(const bool *)before, *(const bool *)after, true, true);
}

static int parse_bool(const struct parameter *parameter, const struct value_written *written, void *ret_value,
		      struct value_error *err)
{
	static const char *const others[] = {"yes", "no", "on", "off", "y", "n", "true", "false"};
	bool is_true = strcmp(written->text, "true") == 0, is_exact = is_true || strcmp(written->text, "false") == 0;
	const char *hint = is_exact ? "without the quotes" : "";

	(void)parameter;
	if (is_exact && written->plain) {
		*(bool *)ret_value = is_true;
		return 0;
	}
	for (size_t i = 0; written->plain && i < sizeof(others) / sizeof(others[0]); i++)
		if (strcasecmp(written->text, others[i]) == 0)
			hint = "only true and false are booleans, in small letters";
	snprintf(err->hint, sizeof(err->hint), "%s", hint);
	err->is_predicate = true;
	return error_set(&err->why, "must be true or false, not %s", written->seen);
}

const struct value_type value_bool = {
	.one = "true or false",
	.many = "booleans",
	.size = sizeof(bool),
	.example = "true",
	.schema = {{"boolean", "string"}, NULL, "only true and false are booleans, without quotes"},
	.parse = parse_bool,
	.compare = compare_bools,
};

#define WHOLE .size = sizeof(int64_t), .unset = &no_whole, .parse = parse_whole, .compare = compare_wholes
#define REAL .size = sizeof(double), .unset = &no_real, .parse = parse_real, .compare = compare_reals

static const char *format_integer(int64_t value, char *text)
{
	snprintf(text, UNITS_TEXT_MAX, "%lld", (long long)value);
	return text;
}

const struct value_type value_integer = {
	WHOLE,
	.one = "a whole number",
	.many = "whole numbers",
	.example = "3",
	.schema = {{"integer", "string"}, NULL, "this is not a whole number"},
	.read_whole = units_parse_integer,
	.format = format_integer,
};

const struct value_type value_size = {
	WHOLE,
	.one = "a size",
	.many = "sizes",
	.example = "10KiB",
	.schema = {{"string", "integer"},
		   "^[0-9]+(\\.[0-9]+)?(B|kB|KB|KiB|MB|MiB|GB|GiB|TB|TiB)?$",
		   "this is not a size, such as 10KiB or 5GB"},
	.read_whole = units_parse_size,
	.format = units_format_size,
};

const struct value_type value_duration = {
	WHOLE,
	.one = "a duration",
	.many = "durations",
	.example = "90s",
	.schema = {{"string"},
		   "^(?=.)([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$",
		   "this is not a duration, such as 90s, 26h or 1d12h"},
	.read_whole = units_parse_duration,
	.format = units_format_duration,
};

static const char *format_date(int64_t end_ms, char *text)
{
	return clock_format_date(end_ms - 1, text);
}

const struct value_type value_date = {
	WHOLE,
	.one = "a date",
	.many = "dates",
	.example = "2026-04-21",
	.schema = {{"string"}, "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "this is not a day, such as 2027-01-31"},
	.read_whole = units_parse_date_end,
	.format = format_date,
};

static const char *format_percent(int64_t value, char *text)
{
	snprintf(text, UNITS_TEXT_MAX, "%lld%%", (long long)value);
	return text;
}

const struct value_type value_percent = {
	REAL,
	.one = "a percentage",
	.many = "percentages",
	.example = "20%",
	.schema = {{"string"}, "^[0-9]+(\\.[0-9]+)?%$", "this is not a percentage, such as 20%"},
	.read_real = units_parse_percent,
	.format = format_percent,
};

const struct value_type value_fraction = {
	REAL,
	.one = "a number",
	.many = "numbers",
	.example = "7.9",
	.schema = {{"number", "string"}, NULL, "this is not a number, such as 7.9"},
	.read_real = units_parse_fraction,
	.format = format_integer,
};

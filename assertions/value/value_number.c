#include "assertions/value/parameter.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "assertions/base/clock.h"
#include "assertions/base/units.h"

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

/* Holds any of either type exactly. */
static long double number_at(const struct value_type *type, const void *value)
{
	return type->read_real != NULL ? (long double)*(const double *)value : (long double)*(const int64_t *)value;
}

static int parse_number(const struct parameter *parameter, const struct value_written *written, void *ret_value,
			struct value_error *err)
{
	const struct value_type *type = parameter->type;
	char least[UNITS_TEXT_MAX], most[UNITS_TEXT_MAX];
	union {
		int64_t whole;
		double real;
	} value;

	err->show_example = (type->read_real != NULL ? type->read_real(written->text, &value.real, &err->why)
						     : type->read_whole(written->text, &value.whole, &err->why)) < 0;
	if (err->show_example || (strcmp(type->schema.types[0], "string") != 0 && refuse_odd(written, err) < 0))
		return -1;
	bool is_less = parameter->minimum != 0 && number_at(type, &value) < (long double)parameter->minimum;
	bool is_more = parameter->maximum != 0 && number_at(type, &value) > (long double)parameter->maximum;
	if (!is_less && !is_more) {
		if (type->remember != NULL && written->by_user)
			type->remember(value.whole, written->text);
		memcpy(ret_value, &value, type->size);
		return 0;
	}
	type->format(parameter->minimum, least);
	type->format(parameter->maximum, most);
	if (parameter->maximum == 0)
		return error_set(&err->why, "%.64s is less than %s", written->text, least);
	return error_set(&err->why, "%.64s is not within %s to %s", written->text, least, most);
}

/* A bound that was not there before only adds; one that is gone only takes away. */
static enum value_change compare_numbers(const struct parameter *parameter, const void *before, const void *after)
{
	const struct value_type *type = parameter->type;
	bool had = memcmp(before, type->unset, type->size) != 0, has = memcmp(after, type->unset, type->size) != 0;

	if (had != has)
		return parameter->more == MORE_IS_UNTOLD ? VALUE_CHANGED : has ? VALUE_STRONGER : VALUE_WEAKER;
	if (memcmp(before, after, type->size) == 0)
		return VALUE_SAME;
	return value_grown(parameter, number_at(type, after) > number_at(type, before));
}

#define WHOLE(read, write)                                                                                       \
	.size = sizeof(int64_t), .unset = &no_whole, .read_whole = read, .format = write, .parse = parse_number, \
	.compare = compare_numbers
#define REAL(read, write)                                                                                     \
	.size = sizeof(double), .unset = &no_real, .read_real = read, .format = write, .parse = parse_number, \
	.compare = compare_numbers

static enum value_change compare_bools(const struct parameter *parameter, const void *before, const void *after)
{
	bool old = *(const bool *)before, new = *(const bool *)after;

	return old == new ? VALUE_SAME : value_grown(parameter, new);
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
	return error_set(&err->why, "must be true or false, not %s", written->quoted);
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

static const char *format_integer(int64_t value, char *text)
{
	snprintf(text, UNITS_TEXT_MAX, "%lld", (long long)value);
	return text;
}

const struct value_type value_integer = {
	WHOLE(units_parse_integer, format_integer),
	.one = "a whole number",
	.many = "whole numbers",
	.example = "3",
	.schema = {{"integer", "string"}, NULL, "this is not a whole number"},
};

const struct value_type value_size = {
	WHOLE(units_parse_size, units_format_size),
	.remember = units_remember_size,
	.one = "a size",
	.many = "sizes",
	.example = "10KiB",
	.schema = {{"string", "integer"},
		   "^[0-9]+(\\.[0-9]+)?(B|kB|KB|KiB|MB|MiB|GB|GiB|TB|TiB)?$",
		   "this is not a size, such as 10KiB or 5GB"},
};

const struct value_type value_duration = {
	WHOLE(units_parse_duration, units_format_duration),
	.remember = units_remember_duration,
	.one = "a duration",
	.many = "durations",
	.example = "90s",
	.schema = {{"string"},
		   "^(?=.)([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$",
		   "this is not a duration, such as 90s, 26h or 1d12h"},
};

static const char *format_date(int64_t end_ms, char *text)
{
	return clock_format_date(end_ms - 1, text);
}

const struct value_type value_date = {
	WHOLE(units_parse_date_end, format_date),
	.one = "a date",
	.many = "dates",
	.example = "2026-04-21",
	.schema = {{"string"}, "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "this is not a day, such as 2027-01-31"},
};

static const char *format_percent(int64_t value, char *text)
{
	snprintf(text, UNITS_TEXT_MAX, "%lld%%", (long long)value);
	return text;
}

const struct value_type value_percent = {
	REAL(units_parse_percent, format_percent),
	.one = "a percentage",
	.many = "percentages",
	.example = "20%",
	.schema = {{"string"}, "^[0-9]+(\\.[0-9]+)?%$", "this is not a percentage, such as 20%"},
};

const struct value_type value_fraction = {
	REAL(units_parse_fraction, format_integer),
	.one = "a number",
	.many = "numbers",
	.example = "7.9",
	.schema = {{"number", "string"}, NULL, "this is not a number, such as 7.9"},
};

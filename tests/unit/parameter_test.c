#include "assertions/value/parameter.h"
#include "assertions/value/text.h"
#include "unit.h"

static void expect_name(struct parameter parameter, const char *expected)
{
	char text[PARAMETER_TYPE_NAME_MAX];

	EXPECT_STRING(parameter_type_name(&parameter, text), expected);
}

TEST(types_have_names)
{
	static const char *const few[] = {"path", "virtual", NULL};
	static const char *const many[] = {"gzip", "zstd",   "xz",        "bzip2", "lz4", "tar",
					   "zip",  "sqlite", "pg_custom", "etcd",  "age", NULL};
	static const struct record record = {.name = "a retry"};
	static const struct parameter pattern = {.type = &value_pattern}, string = {.type = &value_string};
	static const struct parameter list = {.type = &value_list, .item = &string};
	static const struct parameter choice = {.type = &value_choice, .choices = many};
	static const struct parameter a_record = {.type = &value_record, .record = &record};

	expect_name((struct parameter){.type = &value_size}, "a size");
	expect_name((struct parameter){.type = &value_bool}, "true or false");
	expect_name((struct parameter){.type = &value_list, .item = &pattern}, "a list of patterns");
	expect_name((struct parameter){.type = &value_list, .item = &list}, "a list of lists of strings");
	expect_name((struct parameter){.type = &value_choice, .choices = few}, "one of path, virtual");
	expect_name(choice, "one of gzip, zstd, xz, bzip2, lz4, tar, zip, sqlite, ...");
	expect_name((struct parameter){.type = &value_list, .item = &choice},
		    "a list, each one of gzip, zstd, xz, bzip2, lz4, tar, zip, ...");
	expect_name(a_record, "a retry");
	expect_name((struct parameter){.type = &value_list, .item = &a_record}, "a list, each of them a retry");
	expect_name((struct parameter){.type = &value_map, .item = &string}, "names, each with a string");
	expect_name((struct parameter){.type = &value_map, .item = &list}, "names, each with a list of strings");
}

static const struct value_type *const types[] = {
	&value_bool,           &value_integer,   &value_size,    &value_duration,      &value_date,      &value_percent,
	&value_fraction,       &value_string,    &value_text,    &value_store,         &value_inventory, &value_step,
	&value_glob,           &value_glob_text, &value_pattern, &value_version_range, &value_choice,    &value_secret,
	&value_text_or_secret, &value_record,    &value_list,    &value_map,           &value_checks,
};

TEST(every_type_has_a_name_and_a_size)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		const struct value_type *type = types[i];
		EXPECT(type->size > 0);
		EXPECT((type->one != NULL && type->many != NULL) || type->name != NULL);
		EXPECT((type->read_whole == NULL && type->read_real == NULL) || type->format != NULL);
	}
	EXPECT_NUMBER(value_bool.size, sizeof(bool));
	EXPECT_NUMBER(value_choice.size, sizeof(int));
	EXPECT_NUMBER(value_list.size, sizeof(struct parameter_list));
	EXPECT_NUMBER(value_record.size, sizeof(void *));
}

static int parse(const struct parameter *parameter, const char *text, bool plain, void *ret_value,
		 struct value_error *err)
{
	const struct value_written written = {text, text, plain, true};

	*err = (struct value_error){0};
	return parameter->type->parse(parameter, &written, ret_value, err);
}

static void expect_refused(struct parameter parameter, const char *text, const char *why)
{
	union {
		int64_t whole;
		double real;
	} value = {.whole = -7};
	struct value_error err;

	EXPECT_NUMBER(parse(&parameter, text, true, &value, &err), -1);
	EXPECT_STRING(err.why.message, why);
	EXPECT(!err.is_predicate);
	EXPECT_NUMBER(value.whole, -7);
}

static double fraction_of(struct parameter parameter, const char *text)
{
	struct value_error err;
	double value = -7;

	parameter.type = &value_fraction;
	EXPECT_NUMBER(parse(&parameter, text, true, &value, &err), 0);
	return value;
}

TEST(fractions)
{
	const struct parameter any = {.type = &value_fraction}, bits = {.maximum = 8},
			       some = {.minimum = 1, .maximum = 8};
	struct value_error err;
	double value;

	EXPECT(fraction_of(any, "7.9") == 7.9);
	EXPECT(fraction_of(any, "0.25") == 0.25);
	EXPECT(fraction_of(any, "0") == 0);
	EXPECT(fraction_of(any, "123456") == 123456);
	EXPECT(fraction_of(bits, "8") == 8);
	EXPECT(fraction_of(bits, "8.000") == 8);
	EXPECT(fraction_of(some, "1.0") == 1);
	expect_refused(any, "-1", "negative values make no sense here: '-1'");
	expect_refused(any, "7,9", "not a number such as 7.9: '7,9'");
	expect_refused(any, "7.9%", "not a number such as 7.9: '7.9%'");
	expect_refused(any, "7.", "a digit is missing: '7.'");
	expect_refused(any, "07.9", "a number begins with no zero: '07.9'");
	EXPECT_NUMBER(parse(&any, "seven", true, &value, &err), -1);
	EXPECT(err.show_example);
	EXPECT_NUMBER(parse(&any, "7.9", false, &value, &err), -1);
	EXPECT_STRING(err.why.message, "'7.9' in quotes is a text, not a number");
	EXPECT_STRING(err.hint, "without the quotes");
}

TEST(bounds_hold_for_every_number)
{
	const int64_t day_ms = 86400000, year_ms = 365 * day_ms;
	struct value_error err;
	int64_t old;

	expect_refused((struct parameter){.type = &value_integer, .minimum = 2}, "1", "1 is less than 2");
	expect_refused((struct parameter){.type = &value_integer, .maximum = 255}, "256", "256 is not within 0 to 255");
	expect_refused((struct parameter){.type = &value_fraction, .maximum = 8}, "8.1", "8.1 is not within 0 to 8");
	expect_refused((struct parameter){.type = &value_fraction, .minimum = 1}, "0.9", "0.9 is less than 1");
	expect_refused((struct parameter){.type = &value_percent, .maximum = 100}, "100.5%",
		       "100.5% is not within 0% to 100%");
	expect_refused((struct parameter){.type = &value_size, .minimum = 1024}, "1023B", "1023B is less than 1 KiB");
	expect_refused((struct parameter){.type = &value_duration, .minimum = 1000, .maximum = 3600000}, "61m",
		       "61m is not within 1 s to 1h");
	expect_refused((struct parameter){.type = &value_date, .minimum = year_ms}, "1970-12-30",
		       "1970-12-30 is less than 1970-12-31");
	const struct parameter first = {.type = &value_date, .minimum = year_ms}, any = {.type = &value_date};
	EXPECT_NUMBER(parse(&first, "1970-12-31", true, &old, &err), 0);
	EXPECT_NUMBER(parse(&any, "1969-01-01", true, &old, &err), 0);
}

static enum value_change compare(struct parameter parameter, double before, double after)
{
	return parameter.type->compare(&parameter, &before, &after);
}

TEST(fractions_are_compared)
{
	const struct parameter least = {.type = &value_fraction, .more = MORE_IS_STRONGER};
	const struct parameter untold = {.type = &value_fraction};
	double unset;

	value_unset(&value_fraction, &unset);
	EXPECT_NUMBER(compare(least, 7.9, 7.9), VALUE_SAME);
	EXPECT_NUMBER(compare(least, 7.9, 7.8), VALUE_WEAKER);
	EXPECT_NUMBER(compare(least, 7.9, 8), VALUE_STRONGER);
	EXPECT_NUMBER(compare(least, 0, unset), VALUE_WEAKER);
	EXPECT_NUMBER(compare(untold, 7.9, 8), VALUE_CHANGED);
}

TEST(records_are_as_weak_as_their_weakest_field)
{
	struct both {
		struct version_range *version;
		int64_t min;
	} before = {NULL, 7}, after = {(struct version_range *)&before, 7};
	static const struct parameter fields[] = {
		{"version", &value_version_range, .offset = offsetof(struct both, version)},
		{"min", &value_size, .offset = offsetof(struct both, min), .more = MORE_IS_STRONGER},
		{0},
	};
	static const char *const version[] = {"version", NULL};
	const struct record record = {.parameters = fields};

	EXPECT_NUMBER(value_compare_records(&record, NULL, &before, &after), VALUE_SAME);
	after.min = 6;
	EXPECT_NUMBER(value_compare_records(&record, NULL, &before, &after), VALUE_WEAKER);
	EXPECT_NUMBER(value_compare_records(&record, version, &before, &after), VALUE_SAME);
}

UNIT_MAIN

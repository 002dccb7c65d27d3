#include "assertions/base/units.h"
#include "unit.h"

#include <stdlib.h>

typedef int (*parser)(const char *text, int64_t *ret_value, struct error *err);

static void expect_value(parser parse, const char *text, int64_t expected)
{
	struct error err = {""};
	int64_t value = -1;

	if (parse(text, &value, &err) < 0 || value != expected) {
		printf("'%s': expected %lld, saw %lld (%s)\n", text, (long long)expected, (long long)value,
		       err.message);
		unit_failures++;
	}
}

static void expect_error(parser parse, const char *text, const char *part)
{
	struct error err = {""};
	int64_t value = -7;

	if (parse(text, &value, &err) != -1 || value != -7 || strstr(err.message, part) == NULL ||
	    strstr(err.message, text) == NULL) {
		printf("'%s': expected an error about '%s', saw %lld, '%s'\n", text, part, (long long)value,
		       err.message);
		unit_failures++;
	}
}

TEST(sizes)
{
	expect_value(units_parse_size, "0", 0);
	expect_value(units_parse_size, "1500", 1500);
	expect_value(units_parse_size, "200B", 200);
	expect_value(units_parse_size, "1kB", 1000);
	expect_value(units_parse_size, "1KB", 1000);
	expect_value(units_parse_size, "10KiB", 10240);
	expect_value(units_parse_size, "3MB", 3000000);
	expect_value(units_parse_size, "3MiB", 3145728);
	expect_value(units_parse_size, "5.36GB", INT64_C(5360000000));
	expect_value(units_parse_size, "4GiB", INT64_C(4294967296));
	expect_value(units_parse_size, "2TB", INT64_C(2000000000000));
	expect_value(units_parse_size, "2TiB", INT64_C(2199023255552));
	expect_value(units_parse_size, "0.5KiB", 512);
	expect_value(units_parse_size, "1.10kB", 1100);
	expect_value(units_parse_size, "0.000000000001TB", 1);
	expect_value(units_parse_size, "1.0", 1);
	expect_value(units_parse_size, "1.000000000000000000000000000000B", 1);
	expect_value(units_parse_size, "0.1GB", 100000000);
	expect_value(units_parse_size, "1.1GiB", 1181116006);
	expect_value(units_parse_size, "1.9999kB", 1999);
	expect_value(units_parse_size, "0.999999999999999999KiB", 1023);
	expect_value(units_parse_size, "0.0000kB", 0);
	expect_value(units_parse_size, "8388607.999999999999999999TiB", INT64_MAX);
	expect_value(units_parse_size, "9223372036854775807", INT64_MAX);
	expect_value(units_parse_size, "9223372.036854775807TB", INT64_MAX);
	expect_value(units_parse_size, "8388607TiB", INT64_C(8388607) << 40);
}

TEST(what_is_no_size)
{
	expect_error(units_parse_size, "", "a digit is missing");
	expect_error(units_parse_size, "-1", "negative");
	expect_error(units_parse_size, "+1", "a digit is missing");
	expect_error(units_parse_size, " 1", "a digit is missing");
	expect_error(units_parse_size, "1 ", "unknown unit ' '");
	expect_error(units_parse_size, "10 KiB", "unknown unit ' KiB'");
	expect_error(units_parse_size, "1,500", "unknown unit ',500'");
	expect_error(units_parse_size, "10G", "unknown unit 'G'");
	expect_error(units_parse_size, "10gb", "unknown unit 'gb'");
	expect_error(units_parse_size, "10kiB", "unknown unit 'kiB'");
	expect_error(units_parse_size, "10KiBs", "unknown unit 'KiBs'");
	expect_error(units_parse_size, "0x10", "unknown unit 'x10'");
	expect_error(units_parse_size, "1e3", "unknown unit 'e3'");
	expect_error(units_parse_size, "20%", "unknown unit '%'");
	expect_error(units_parse_size, ".5GB", "a digit is missing");
	expect_error(units_parse_size, "5.GB", "a digit is missing");
	expect_error(units_parse_size, "1.5", "not a whole number of bytes");
	expect_error(units_parse_size, "1.5B", "not a whole number of bytes");
	expect_error(units_parse_size, "0.5B", "not a whole number of bytes");
	expect_error(units_parse_size, "0.0001kB", "less than a byte");
	expect_error(units_parse_size, "0.1234567890123456789TB", "too many digits");
	expect_error(units_parse_size, "9223372036854775808", "too large");
	expect_error(units_parse_size, "18446744073709551617", "too large");
	expect_error(units_parse_size, "9223372036854775807KiB", "too large");
	expect_error(units_parse_size, "8388608TiB", "too large");
	expect_error(units_parse_size, "9223372.036854775808TB", "too large");
}

TEST(durations)
{
	expect_value(units_parse_duration, "0s", 0);
	expect_value(units_parse_duration, "250ms", 250);
	expect_value(units_parse_duration, "90s", 90000);
	expect_value(units_parse_duration, "5m", 300000);
	expect_value(units_parse_duration, "26h", 93600000);
	expect_value(units_parse_duration, "1d", 86400000);
	expect_value(units_parse_duration, "2w", 1209600000);
	expect_value(units_parse_duration, "1d12h", 129600000);
	expect_value(units_parse_duration, "1w2d3h4m5s6ms",
		     INT64_C(604800000) + 172800000 + 10800000 + 240000 + 5000 + 6);
	expect_value(units_parse_duration, "1h90s", 3690000);
	expect_value(units_parse_duration, "9223372036854775807ms", INT64_MAX);
}

TEST(what_is_no_duration)
{
	expect_error(units_parse_duration, "", "a digit is missing");
	expect_error(units_parse_duration, "90", "a unit is missing");
	expect_error(units_parse_duration, "1d12", "a unit is missing");
	expect_error(units_parse_duration, "-5m", "negative");
	expect_error(units_parse_duration, "12h1d", "largest first");
	expect_error(units_parse_duration, "1h1h", "once each");
	expect_error(units_parse_duration, "1.5h", "unknown unit '.'");
	expect_error(units_parse_duration, "5 m", "unknown unit ' m'");
	expect_error(units_parse_duration, "5min", "unknown unit 'min'");
	expect_error(units_parse_duration, "5M", "unknown unit 'M'");
	expect_error(units_parse_duration, "h", "a digit is missing");
	expect_error(units_parse_duration, "9223372036854775808ms", "too large");
	expect_error(units_parse_duration, "9223372036854775807s", "too large");
	expect_error(units_parse_duration, "9223372036854775s808ms", "too large");
}

static void expect_percent(const char *text, double expected)
{
	struct error err = {""};
	double percent = -1;

	EXPECT(units_parse_percent(text, &percent, &err) == 0);
	EXPECT(percent == expected);
}

TEST(what_was_declared_is_told_as_it_was_written)
{
	char text[UNITS_TEXT_MAX];

	EXPECT_STRING(units_declared_size(122982, text), "120.0 KiB");
	units_remember_size(122982, "120.1KiB");
	units_remember_size(122982, "122982");
	units_remember_size(1500, "1500");
	units_remember_size(7, "0000000000000000000007B");
	units_remember_duration(129600000, "1d12h");
	EXPECT_STRING(units_declared_size(122982, text), "120.1KiB");
	EXPECT_STRING(units_declared_size(1500, text), "1500B");
	EXPECT_STRING(units_declared_size(7, text), "0000000000000000000007B");
	EXPECT_STRING(units_declared_size(129600000, text), "123.5 MiB");
	EXPECT_STRING(units_declared_duration(129600000, text), "1d12h");
	EXPECT_STRING(units_declared_duration(122982, text), "2m 2s");
	units_remember_size(8, "0000000000000000000000008B");
	EXPECT_STRING(units_declared_size(8, text), "8 B");
	for (int i = 0; i < 1000; i++)
		units_remember_size(10000 + i, "1kB");
	EXPECT_STRING(units_declared_size(10999, text), "10.7 KiB");
	EXPECT_STRING(units_declared_size(122982, text), "120.1KiB");
}

TEST(percents)
{
	static const char *const bad[] = {"",    "20",       "-20%",           "%",   "20 %", "20%%", "20.%",
					  ".5%", "1000000%", "0.12345678901%", "1e2%"};
	struct error err;
	double percent = -7;

	expect_percent("20%", 20);
	expect_percent("0%", 0);
	expect_percent("12.5%", 12.5);
	expect_percent("0.1%", 0.1);
	expect_percent("99.99%", 99.99);
	expect_percent("300%", 300);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		EXPECT(units_parse_percent(bad[i], &percent, &err) == -1);
		EXPECT(percent == -7);
	}
}

TEST(fractions)
{
	static const char *const bad[] = {"", "-1", "7.", ".9", "7,9", "7.9%", "1e2", "1000000", "0.12345678901"};
	struct error err;
	double value = -7;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		EXPECT(units_parse_fraction(bad[i], &value, &err) == -1);
		EXPECT(value == -7);
	}
	EXPECT(units_parse_fraction("7.9", &value, &err) == 0 && value == 7.9);
	EXPECT(units_parse_fraction("8", &value, &err) == 0 && value == 8);
}

TEST(integers)
{
	expect_value(units_parse_integer, "0", 0);
	expect_value(units_parse_integer, "42", 42);
	expect_value(units_parse_integer, "9223372036854775807", INT64_MAX);
	expect_error(units_parse_integer, "9223372036854775808", "too large");
	expect_error(units_parse_integer, "", "a digit is missing");
	expect_error(units_parse_integer, "-1", "negative");
	expect_error(units_parse_integer, "1,500", "not a whole number");
	expect_error(units_parse_integer, "1.0", "not a whole number");
	expect_error(units_parse_integer, "1 ", "not a whole number");
	expect_error(units_parse_integer, "0x1", "not a whole number");
}

TEST(dates)
{
	expect_value(units_parse_date_end, "1970-01-01", 86400000);
	expect_value(units_parse_date_end, "2026-04-21", INT64_C(1776816000000));
	expect_value(units_parse_date_end, "2024-02-29", INT64_C(1709251200000));
	expect_error(units_parse_date_end, "2026-02-29", "not a date");
	expect_error(units_parse_date_end, "1900-02-29", "not a date");
	expect_error(units_parse_date_end, "2026-13-01", "not a date");
	expect_error(units_parse_date_end, "2026-00-01", "not a date");
	expect_error(units_parse_date_end, "2026-04-31", "not a date");
	expect_error(units_parse_date_end, "2026-04-00", "not a date");
	expect_error(units_parse_date_end, "2026-4-21", "not a date");
	expect_error(units_parse_date_end, "2026-04-21 ", "not a date");
	expect_error(units_parse_date_end, "2026-04-21T00:00:00Z", "not a date");
	expect_error(units_parse_date_end, "21.04.2026", "not a date");
	expect_error(units_parse_date_end, "", "not a date");
}

TEST(sizes_for_people)
{
	static const struct {
		int64_t bytes;
		const char *text;
	} cases[] = {
		{2048, "2 KiB"},
		{2047, "2047 B"},
		{0, "0 B"},
		{1500, "1500 B"},
		{9999, "9999 B"},
		{10000, "9.7 KiB"},
		{10239, "9.9 KiB"},
		{10240, "10 KiB"},
		{10241, "10.0 KiB"},
		{INT64_C(5) << 30, "5.0 GiB"},
		{INT64_C(5360000000), "4.9 GiB"},
		{(1 << 20) - 1, "1023.9 KiB"},
		{1 << 20, "1.0 MiB"},
		{10 << 20, "10 MiB"},
		{INT64_C(1) << 40, "1.0 TiB"},
		{INT64_MAX, "7.9 EiB"},
		{-5, "-5 B"},
	};
	char text[UNITS_TEXT_MAX];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		EXPECT_STRING(units_format_size(cases[i].bytes, text), cases[i].text);
}

TEST(durations_for_people)
{
	static const struct {
		int64_t ms;
		const char *text;
	} cases[] = {
		{0, "0 ms"},
		{999, "999 ms"},
		{1000, "1 s"},
		{41234, "41.2 s"},
		{59999, "59.9 s"},
		{60000, "1m"},
		{90000, "1m 30s"},
		{3600000, "1h"},
		{3601000, "1h"},
		{93600000, "1d 2h"},
		{INT64_C(30) * 86400000, "30d"},
		{INT64_MAX, "106751991167d 7h"},
		{-1, "-1 ms"},
	};
	char text[UNITS_TEXT_MAX];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		EXPECT_STRING(units_format_duration(cases[i].ms, text), cases[i].text);
}

UNIT_MAIN

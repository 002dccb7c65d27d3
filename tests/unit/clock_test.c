#include "assertions/base/clock.h"
#include "unit.h"

#define APRIL INT64_C(1776738600000) /* 2026-04-21T02:30:00Z */

typedef int (*parser)(const char *text, int64_t *ret_value, struct error *err);

static void expect_moment(parser parse, const char *text, int64_t expected)
{
	struct error err = {""};
	int64_t moment = -1;

	if (parse(text, &moment, &err) < 0 || moment != expected) {
		printf("'%s': expected %lld, saw %lld (%s)\n", text, (long long)expected, (long long)moment,
		       err.message);
		unit_failures++;
	}
}

static void expect_error(parser parse, const char *text)
{
	struct error err = {""};
	int64_t moment = -7;

	if (parse(text, &moment, &err) != -1 || moment != -7 || strstr(err.message, text) == NULL) {
		printf("'%s': expected an error, saw %lld, '%s'\n", text, (long long)moment, err.message);
		unit_failures++;
	}
}

TEST(moments_are_written)
{
	char text[CLOCK_TEXT_MAX];

	EXPECT_STRING(clock_format_rfc3339(APRIL, text), "2026-04-21T02:30:00.000Z");
	EXPECT_STRING(clock_format_rfc3339(APRIL + 7, text), "2026-04-21T02:30:00.007Z");
	EXPECT_STRING(clock_format_rfc3339(-1, text), "1969-12-31T23:59:59.999Z");
	EXPECT_STRING(clock_format_date(APRIL, text), "2026-04-21");
	EXPECT_STRING(clock_format_basic(APRIL + 999, text), "20260421T023000Z");
	EXPECT_STRING(clock_format_date(INT64_C(-62135596800000), text), "0001-01-01");
	EXPECT(strlen(clock_format_rfc3339(INT64_MAX, text)) < CLOCK_TEXT_MAX);
	EXPECT(strlen(clock_format_rfc3339(INT64_MIN, text)) < CLOCK_TEXT_MAX);
}

static void expect_name(const char *text, size_t length, int64_t begin_ms, int64_t end_ms)
{
	int64_t begin = -7, end = -7;

	EXPECT_NUMBER(clock_read_name(text, &begin, &end), length);
	EXPECT_NUMBER(begin, begin_ms);
	EXPECT_NUMBER(end, end_ms);
}

TEST(names_are_read)
{
	const int64_t day = INT64_C(1776729600000);

	expect_name("2026-04-21", 10, day, day + 86400000);
	expect_name("2026-04-21.sql.gz", 10, day, day + 86400000);
	expect_name("20260421T023000Z.gz", 16, APRIL, APRIL + 1000);
	for (const char *const *text = (const char *const[]){"", "2026", "2026-04-2", "2026-02-29", "2026-13-01",
							     "2026-00-10", "2026-01-00", "20260421", "20260421T023000",
							     "20260421T253000Z", "latest", NULL};
	     *text != NULL; text++)
		expect_name(*text, 0, -7, -7);
}

TEST(rfc3339_is_read)
{
	expect_moment(clock_parse_rfc3339, "2026-04-21T02:30:00Z", APRIL);
	expect_moment(clock_parse_rfc3339, "2026-04-21T02:30:00", APRIL);
	expect_moment(clock_parse_rfc3339, "2026-04-21t02:30:00z", APRIL);
	expect_moment(clock_parse_rfc3339, "2026-04-21 02:30:00Z", APRIL);
	expect_moment(clock_parse_rfc3339, "2026-04-21T02:30:00.000Z", APRIL);
	expect_moment(clock_parse_rfc3339, "2026-04-21T02:30:00.5Z", APRIL + 500);
	expect_moment(clock_parse_rfc3339, "2026-04-21T02:30:00.123999999Z", APRIL + 123);
	expect_moment(clock_parse_rfc3339, "2026-04-21T04:30:00+02:00", APRIL);
	expect_moment(clock_parse_rfc3339, "2026-04-20T21:00:00-05:30", APRIL);
	expect_moment(clock_parse_rfc3339, "2026-04-21T02:30:00-00:00", APRIL);
	expect_moment(clock_parse_rfc3339, "1970-01-01T00:00:00Z", 0);
	expect_moment(clock_parse_rfc3339, "1969-12-31T23:59:59Z", -1000);
	expect_moment(clock_parse_rfc3339, "2016-12-31T23:59:60Z", INT64_C(1483228800000));
	expect_moment(clock_parse_rfc3339, "2038-01-19T03:14:08Z", INT64_C(2147483648000));
}

TEST(what_is_not_rfc3339)
{
	static const char *const bad[] = {
		"",
		"2026-04-21",
		"2026-04-21T02:30Z",
		"2026-04-21T02:30:00.Z",
		"2026-04-21T24:00:00Z",
		"2026-04-21T02:60:00Z",
		"2026-04-21T02:30:61Z",
		"2026-02-30T00:00:00Z",
		"2026-04-21T02:30:00+0200",
		"2026-04-21T02:30:00+24:00",
		"2026-04-21T02:30:00Z ",
		" 2026-04-21T02:30:00Z",
		"2026-04-21T02:30:00ZZ",
		"26-04-21T02:30:00Z",
		"+026-04-21T02:30:00Z",
		"2026-04-21T2:30:00Z",
		"2026-04-21X02:30:00Z",
		"2026/04/21T02:30:00Z",
		"2026-00-21T02:30:00Z",
		"2026-04-21T02:30:00+02:60",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect_error(clock_parse_rfc3339, bad[i]);
}

TEST(http_dates_are_read)
{
	static const char *const bad[] = {
		"",
		"Tue, 21 Apr 2026 02:30:00",
		"Tue, 21 Apr 2026 02:30:00 CET",
		"Tue, 21 Apr 2026 02:30:00 +2",
		"Tue, 21 Apr 2026 02:30:00. GMT",
		"Tue, 21 Apr 26 02:30:00 GMT",
		"Tue, 21 Apr 2026 02:30:00 GMT ",
		"Tue 21 Apr 2026 02:30:00 GMT",
		"Xxx, 21 Apr 2026 02:30:00 GMT",
		"Tue, 21 Xxx 2026 02:30:00 GMT",
		"Tue, 0 Apr 2026 02:30:00 GMT",
		"Tue, 001 Apr 2026 02:30:00 GMT",
		"Tue, 31 Apr 2026 02:30:00 GMT",
		"Tue, 21 Apr 2026 25:30:00 GMT",
		"Tuesday, 21-Apr-2026 02:30:00 GMT",
		"Tuesday, 31-Apr-26 02:30:00 GMT",
		"Tuesd, 21-Apr-26 02:30:00 GMT",
		"Tue Apr 21 02:30:00 2026 GMT",
		"Tue Apr 21 02:30:00 26",
		"Tue Apr 31 02:30:00 2026",
		"Tu",
		"Tue, 21 A",
		"tue, 21 apr 2026 02:30:00 gmt",
	};

	expect_moment(clock_parse_http, "Tue, 21 Apr 2026 02:30:00 GMT", APRIL);
	expect_moment(clock_parse_http, "Tuesday, 21-Apr-26 02:30:00 GMT", APRIL);
	expect_moment(clock_parse_http, "Tue Apr 21 02:30:00 2026", APRIL);
	expect_moment(clock_parse_http, "Sunday, 06-Nov-94 08:49:37 GMT", INT64_C(784111777000));
	expect_moment(clock_parse_http, "Sun Nov  6 08:49:37 1994", INT64_C(784111777000));
	/* As pithos, minio behind some proxies and rclone's server write it. */
	expect_moment(clock_parse_http, "Tue, 21 Apr 2026 02:30:00 UTC", APRIL);
	expect_moment(clock_parse_http, "Sun, 6 Nov 1994 08:49:37 GMT", INT64_C(784111777000));
	expect_moment(clock_parse_http, "Sun, 6 Nov 1994 08:49:37.125999999 GMT", INT64_C(784111777125));
	expect_moment(clock_parse_http, "Tue, 21 Apr 2026 02:30:00 +0000", APRIL);
	expect_moment(clock_parse_http, "Tue, 21 Apr 2026 04:30:00 +0200", APRIL);
	expect_moment(clock_parse_http, "Mon, 20 Apr 2026 21:30:00 -0500", APRIL);
	expect_moment(clock_parse_http, "Thu, 01 Jan 1970 00:00:00 GMT", 0);
	expect_moment(clock_parse_http, "Thu, 29 Feb 2024 23:59:59 GMT", INT64_C(1709251199000));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect_error(clock_parse_http, bad[i]);
}

TEST(clocks_go_on)
{
	int64_t before = clock_monotonic_ms();

	EXPECT(clock_monotonic_ms() >= before);
	EXPECT(clock_now_ms() > INT64_C(1700000000000));
	clock_set_for_test(APRIL);
	EXPECT_NUMBER(clock_now_ms(), APRIL);
}

UNIT_MAIN

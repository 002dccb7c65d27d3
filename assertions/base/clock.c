#include "assertions/base/clock.h"

#include <ctype.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define MS_PER_SECOND INT64_C(1000)
#define MS_PER_DAY (24 * 60 * 60 * MS_PER_SECOND)
#define QUOTED_MAX 64

static atomic_bool is_set;
static _Atomic int64_t set_to_ms;

static int64_t read_clock_ms(clockid_t which)
{
	struct timespec now;

	clock_gettime(which, &now);
	return (int64_t)now.tv_sec * MS_PER_SECOND + now.tv_nsec / 1000000;
}

int64_t clock_monotonic_ms(void)
{
	return read_clock_ms(CLOCK_MONOTONIC);
}

int64_t clock_now_ms(void)
{
	return atomic_load(&is_set) ? atomic_load(&set_to_ms) : read_clock_ms(CLOCK_REALTIME);
}

void clock_set_for_test(int64_t unix_ms)
{
	atomic_store(&set_to_ms, unix_ms);
	atomic_store(&is_set, true);
}

/* Rounded towards the past, moments before 1970 included. */
static void split(int64_t unix_ms, struct tm *ret_fields, int *ret_ms)
{
	int64_t ms = unix_ms % MS_PER_SECOND;
	time_t seconds = (time_t)(unix_ms / MS_PER_SECOND);

	if (ms < 0) {
		ms += MS_PER_SECOND;
		seconds--;
	}
	*ret_ms = (int)ms;
	gmtime_r(&seconds, ret_fields);
}

/* Not strftime()'s, which has fewer digits before the year 1000. Returns how many there are. */
static size_t put_year(int64_t unix_ms, char text[CLOCK_TEXT_MAX], struct tm *ret_day, int *ret_ms)
{
	split(unix_ms, ret_day, ret_ms);
	snprintf(text, CLOCK_TEXT_MAX, "%04d", ret_day->tm_year + 1900);
	return strlen(text);
}

const char *clock_format_rfc3339(int64_t unix_ms, char text[CLOCK_TEXT_MAX])
{
	struct tm day;
	int ms;
	size_t length = put_year(unix_ms, text, &day, &ms);

	length += strftime(text + length, CLOCK_TEXT_MAX - length, "-%m-%dT%H:%M:%S", &day);
	snprintf(text + length, CLOCK_TEXT_MAX - length, ".%03dZ", ms);
	return text;
}

const char *clock_format_date(int64_t unix_ms, char text[CLOCK_TEXT_MAX])
{
	struct tm day;
	int ms;
	size_t length = put_year(unix_ms, text, &day, &ms);

	strftime(text + length, CLOCK_TEXT_MAX - length, "-%m-%d", &day);
	return text;
}

const char *clock_format_basic(int64_t unix_ms, char text[CLOCK_TEXT_MAX])
{
	struct tm day;
	int ms;
	size_t length = put_year(unix_ms, text, &day, &ms);

	strftime(text + length, CLOCK_TEXT_MAX - length, "%m%dT%H%M%SZ", &day);
	return text;
}

/* Exactly `digits` of them; moves on behind them. */
static bool take_number(const char **cursor, int digits, int *ret_value)
{
	int value = 0;

	for (int i = 0; i < digits; i++) {
		if (!isdigit((unsigned char)(*cursor)[i]))
			return false;
		value = value * 10 + ((*cursor)[i] - '0');
	}
	*cursor += digits;
	*ret_value = value;
	return true;
}

static bool take_one_of(const char **cursor, const char *characters)
{
	if (**cursor == '\0' || strchr(characters, **cursor) == NULL)
		return false;
	(*cursor)++;
	return true;
}

static bool is_moment(const struct tm *fields)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int year = fields->tm_year + 1900;
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	if (fields->tm_mon < 0 || fields->tm_mon > 11)
		return false;
	int last = days[fields->tm_mon] + (leap && fields->tm_mon == 1);
	/* 60: a leap second, which is the moment after it. */
	return fields->tm_mday >= 1 && fields->tm_mday <= last && fields->tm_hour <= 23 && fields->tm_min <= 59 &&
	       fields->tm_sec <= 60;
}

static int64_t join(const struct tm *fields, int ms)
{
	struct tm copy = *fields;

	return (int64_t)timegm(&copy) * MS_PER_SECOND + ms;
}

static bool take_date(const char **cursor, struct tm *fields)
{
	int year, month;

	if (!take_number(cursor, 4, &year) || !take_one_of(cursor, "-") || !take_number(cursor, 2, &month) ||
	    !take_one_of(cursor, "-") || !take_number(cursor, 2, &fields->tm_mday))
		return false;
	fields->tm_year = year - 1900;
	fields->tm_mon = month - 1;
	return true;
}

static bool take_time(const char **cursor, struct tm *fields)
{
	return take_number(cursor, 2, &fields->tm_hour) && take_one_of(cursor, ":") &&
	       take_number(cursor, 2, &fields->tm_min) && take_one_of(cursor, ":") &&
	       take_number(cursor, 2, &fields->tm_sec);
}

/* ".123456" cut to milliseconds; nothing is no fraction. */
static bool take_fraction(const char **cursor, int *ret_ms)
{
	int ms = 0, weight = 100;

	*ret_ms = 0;
	if (!take_one_of(cursor, "."))
		return true;
	if (!isdigit((unsigned char)**cursor))
		return false;
	for (; isdigit((unsigned char)**cursor); (*cursor)++) {
		ms += (**cursor - '0') * weight;
		weight /= 10;
	}
	*ret_ms = ms;
	return true;
}

static bool take_offset(const char **cursor, int64_t *ret_offset_ms)
{
	int hours, minutes;
	bool west = **cursor == '-';

	*ret_offset_ms = 0;
	if (**cursor == '\0' || take_one_of(cursor, "Zz"))
		return true;
	if (!take_one_of(cursor, "+-") || !take_number(cursor, 2, &hours) || !take_one_of(cursor, ":") ||
	    !take_number(cursor, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*ret_offset_ms = (hours * 60 + minutes) * 60 * MS_PER_SECOND * (west ? -1 : 1);
	return true;
}

int clock_parse_rfc3339(const char *text, int64_t *ret_unix_ms, struct error *err)
{
	const char *cursor = text;
	struct tm fields = {0};
	int64_t offset_ms;
	int ms;

	if (!take_date(&cursor, &fields) || !take_one_of(&cursor, "Tt ") || !take_time(&cursor, &fields) ||
	    !take_fraction(&cursor, &ms) || !take_offset(&cursor, &offset_ms) || *cursor != '\0' || !is_moment(&fields))
		return error_set(err, "not a date and time such as 2026-04-21T02:30:00Z: '%.*s'", QUOTED_MAX, text);
	*ret_unix_ms = join(&fields, ms) - offset_ms;
	return 0;
}

/* One of the names, which all have three letters. */
static bool take_name(const char **cursor, const char *names, int *ret_index)
{
	if (strnlen(*cursor, 3) < 3)
		return false;
	for (int i = 0; names[i * 3] != '\0'; i++) {
		if (memcmp(*cursor, names + (size_t)i * 3, 3) == 0) {
			*cursor += 3;
			*ret_index = i;
			return true;
		}
	}
	return false;
}

static bool take_text(const char **cursor, const char *text)
{
	size_t length = strlen(text);

	if (strncmp(*cursor, text, length) != 0)
		return false;
	*cursor += length;
	return true;
}

#define MONTHS "JanFebMarAprMayJunJulAugSepOctNovDec"

/* Two digits, or one, as Go's programs write it, with or without a blank in its place. */
static bool take_day(const char **cursor, int *ret_day)
{
	if (take_number(cursor, 2, ret_day))
		return true;
	take_text(cursor, " ");
	return take_number(cursor, 1, ret_day);
}

/* "GMT", and what stands for the same where it should: "UTC", "+0000". */
static bool take_zone(const char **cursor, int64_t *ret_offset_ms)
{
	bool west = **cursor == '-';
	int hours, minutes;

	*ret_offset_ms = 0;
	if (take_text(cursor, "GMT") || take_text(cursor, "UTC"))
		return true;
	if (!take_one_of(cursor, "+-") || !take_number(cursor, 2, &hours) || !take_number(cursor, 2, &minutes) ||
	    hours > 23 || minutes > 59)
		return false;
	*ret_offset_ms = (hours * 60 + minutes) * 60 * MS_PER_SECOND * (west ? -1 : 1);
	return true;
}

struct http_date {
	struct tm fields;
	int year, ms;
	int64_t offset_ms;
};

/* "Tue, 21 Apr 2026 02:30:00 GMT", behind the day of the week. */
static bool take_fixed_form(const char **cursor, struct http_date *date)
{
	return take_text(cursor, ", ") && take_day(cursor, &date->fields.tm_mday) && take_text(cursor, " ") &&
	       take_name(cursor, MONTHS, &date->fields.tm_mon) && take_text(cursor, " ") &&
	       take_number(cursor, 4, &date->year) && take_text(cursor, " ") && take_time(cursor, &date->fields) &&
	       take_fraction(cursor, &date->ms) && take_text(cursor, " ") && take_zone(cursor, &date->offset_ms);
}

/* "Tuesday, 21-Apr-26 02:30:00 GMT" (RFC 850), behind its first three letters. */
static bool take_rfc850(const char **cursor, struct http_date *date)
{
	static const char *const rests[] = {"sday", "day", "nesday", "rsday", "urday"};

	for (size_t i = 0; i < sizeof(rests) / sizeof(rests[0]); i++)
		if (take_text(cursor, rests[i]))
			break;
	if (!take_text(cursor, ", ") || !take_day(cursor, &date->fields.tm_mday) || !take_text(cursor, "-") ||
	    !take_name(cursor, MONTHS, &date->fields.tm_mon) || !take_text(cursor, "-") ||
	    !take_number(cursor, 2, &date->year))
		return false;
	date->year += date->year < 70 ? 2000 : 1900;
	return take_text(cursor, " ") && take_time(cursor, &date->fields) && take_text(cursor, " ") &&
	       take_zone(cursor, &date->offset_ms);
}

/* "Tue Apr 21 02:30:00 2026" (asctime), behind the day of the week. */
static bool take_asctime(const char **cursor, struct http_date *date)
{
	return take_text(cursor, " ") && take_name(cursor, MONTHS, &date->fields.tm_mon) && take_text(cursor, " ") &&
	       take_day(cursor, &date->fields.tm_mday) && take_text(cursor, " ") && take_time(cursor, &date->fields) &&
	       take_text(cursor, " ") && take_number(cursor, 4, &date->year);
}

int clock_parse_http(const char *text, int64_t *ret_unix_ms, struct error *err)
{
	static bool (*const forms[])(const char **cursor, struct http_date *date) = {take_fixed_form, take_rfc850,
										     take_asctime};
	const char *behind = text;
	int weekday;

	if (!take_name(&behind, "SunMonTueWedThuFriSat", &weekday))
		return error_set(err, "not an HTTP date: '%.*s'", QUOTED_MAX, text);
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct http_date date = {.year = 0};
		const char *cursor = behind;
		if (!forms[i](&cursor, &date) || *cursor != '\0')
			continue;
		date.fields.tm_year = date.year - 1900;
		if (!is_moment(&date.fields))
			return error_set(err, "no such moment: '%.*s'", QUOTED_MAX, text);
		*ret_unix_ms = join(&date.fields, date.ms) - date.offset_ms;
		return 0;
	}
	return error_set(err, "not an HTTP date: '%.*s'", QUOTED_MAX, text);
}

static bool take_basic(const char **cursor, struct tm *fields)
{
	int year, month;

	if (!take_number(cursor, 4, &year) || !take_number(cursor, 2, &month) ||
	    !take_number(cursor, 2, &fields->tm_mday) || !take_one_of(cursor, "T") ||
	    !take_number(cursor, 2, &fields->tm_hour) || !take_number(cursor, 2, &fields->tm_min) ||
	    !take_number(cursor, 2, &fields->tm_sec) || !take_one_of(cursor, "Z"))
		return false;
	fields->tm_year = year - 1900;
	fields->tm_mon = month - 1;
	return true;
}

size_t clock_read_name(const char *text, int64_t *ret_begin_ms, int64_t *ret_end_ms)
{
	const char *cursor = text;
	struct tm fields = {0};
	bool is_date = take_date(&cursor, &fields);

	if (!is_date) {
		cursor = text;
		fields = (struct tm){0};
	}
	if ((!is_date && !take_basic(&cursor, &fields)) || !is_moment(&fields))
		return 0;
	*ret_begin_ms = join(&fields, 0);
	*ret_end_ms = *ret_begin_ms + (is_date ? MS_PER_DAY : MS_PER_SECOND);
	return (size_t)(cursor - text);
}

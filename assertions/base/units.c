#include "assertions/base/units.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "assertions/base/clock.h"

#define QUOTED_MAX 64
#define FRACTION_DIGITS_MAX 18
#define DAY_MS INT64_C(86400000)
#define REMEMBERED_MAX 256
#define REMEMBERED_BYTES 24

__extension__ typedef __int128 wide;

struct unit {
	const char *name;
	int64_t value;
};

static const struct unit size_units[] = {
	{"B", 1},
	{"kB", INT64_C(1000)},
	{"KB", INT64_C(1000)},
	{"KiB", INT64_C(1) << 10},
	{"MB", INT64_C(1000000)},
	{"MiB", INT64_C(1) << 20},
	{"GB", INT64_C(1000000000)},
	{"GiB", INT64_C(1) << 30},
	{"TB", INT64_C(1000000000000)},
	{"TiB", INT64_C(1) << 40},
	{NULL, 0},
};

/* Largest first: the order in which a duration is written. */
static const struct unit duration_units[] = {
	{"w", 7 * DAY_MS}, {"d", DAY_MS}, {"h", INT64_C(3600000)}, {"m", INT64_C(60000)}, {"s", INT64_C(1000)},
	{"ms", 1},         {NULL, 0},
};

static const struct unit *find_unit(const struct unit *units, const char *name, size_t length)
{
	for (; units->name != NULL; units++)
		if (strlen(units->name) == length && memcmp(units->name, name, length) == 0)
			return units;
	return NULL;
}

/* The digits at the cursor, at least one; moves on behind them. */
static int take_digits(const char **cursor, const char *whole, int64_t *ret_value, struct error *err)
{
	int64_t value = 0;

	if (!isdigit((unsigned char)**cursor)) {
		if (**cursor == '-')
			return error_set(err, "negative values make no sense here: '%.*s'", QUOTED_MAX, whole);
		return error_set(err, "a digit is missing: '%.*s'", QUOTED_MAX, whole);
	}
	for (; isdigit((unsigned char)**cursor); (*cursor)++)
		if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, **cursor - '0', &value))
			return error_set(err, "too large: '%.*s'", QUOTED_MAX, whole);
	*ret_value = value;
	return 0;
}

/* ".36" as 36 of 100; nothing is 0 of 1. Zeros at its end say nothing and are dropped. */
static int take_fraction(const char **cursor, const char *whole, int64_t *ret_value, int64_t *ret_of, struct error *err)
{
	*ret_value = 0;
	*ret_of = 1;
	if (**cursor != '.')
		return 0;
	const char *digits = ++*cursor;
	size_t count = strspn(digits, "0123456789");
	if (count == 0)
		return error_set(err, "a digit is missing: '%.*s'", QUOTED_MAX, whole);
	*cursor += count;
	while (count > 0 && digits[count - 1] == '0')
		count--;
	if (count > FRACTION_DIGITS_MAX)
		return error_set(err, "too many digits: '%.*s'", QUOTED_MAX, whole);
	for (size_t i = 0; i < count; i++) {
		*ret_value = *ret_value * 10 + (digits[i] - '0');
		*ret_of *= 10;
	}
	return 0;
}

int units_parse_size(const char *text, int64_t *ret_bytes, struct error *err)
{
	const char *cursor = text;
	int64_t number, fraction, of;

	if (take_digits(&cursor, text, &number, err) < 0 || take_fraction(&cursor, text, &fraction, &of, err) < 0)
		return -1;
	const struct unit *unit =
		find_unit(size_units, *cursor != '\0' ? cursor : "B", *cursor != '\0' ? strlen(cursor) : 1);
	if (unit == NULL)
		return error_set(err, "unknown unit '%.*s' in '%.*s' (B, kB, KiB, MB, MiB, GB, GiB, TB, TiB)",
				 QUOTED_MAX, cursor, QUOTED_MAX, text);
	wide parts = (wide)fraction * (wide)unit->value;
	wide bytes = (wide)number * (wide)unit->value + parts / (wide)of;
	if (bytes > INT64_MAX)
		return error_set(err, "too large: '%.*s'", QUOTED_MAX, text);
	if (parts % (wide)of != 0 && unit->value == 1)
		return error_set(err, "not a whole number of bytes: '%.*s'", QUOTED_MAX, text);
	/* As a lower bound it would be none. */
	if (bytes == 0 && parts > 0)
		return error_set(err, "less than a byte: '%.*s'", QUOTED_MAX, text);
	*ret_bytes = (int64_t)bytes;
	return 0;
}

int units_parse_duration(const char *text, int64_t *ret_ms, struct error *err)
{
	const struct unit *allowed = duration_units;
	const char *cursor = text;
	int64_t total = 0;

	do {
		int64_t number;
		if (take_digits(&cursor, text, &number, err) < 0)
			return -1;
		size_t length = strcspn(cursor, "0123456789");
		if (length == 0)
			return error_set(err, "a unit is missing: '%.*s' (ms, s, m, h, d, w)", QUOTED_MAX, text);
		const struct unit *unit = find_unit(duration_units, cursor, length);
		if (unit == NULL)
			return error_set(err, "unknown unit '%.*s' in '%.*s' (ms, s, m, h, d, w)",
					 length < QUOTED_MAX ? (int)length : QUOTED_MAX, cursor, QUOTED_MAX, text);
		if (unit < allowed)
			return error_set(err, "units must stand once each, the largest first: '%.*s'", QUOTED_MAX,
					 text);
		allowed = unit + 1;
		if (__builtin_mul_overflow(number, unit->value, &number) ||
		    __builtin_add_overflow(total, number, &total))
			return error_set(err, "too large: '%.*s'", QUOTED_MAX, text);
		cursor += length;
	} while (*cursor != '\0');
	*ret_ms = total;
	return 0;
}

static int parse_real(const char *text, const char *unit, const char *wrong, double *ret_value, struct error *err)
{
	const char *cursor = text;
	int64_t number, fraction, of;

	if (take_digits(&cursor, text, &number, err) < 0 || take_fraction(&cursor, text, &fraction, &of, err) < 0)
		return -1;
	if (strcmp(cursor, unit) != 0)
		return error_set(err, "%s: '%.*s'", wrong, QUOTED_MAX, text);
	/* So few digits that one division of exact numbers gives the nearest double. */
	if (number >= 1000000 || of > 1000000000)
		return error_set(err, "too many digits: '%.*s'", QUOTED_MAX, text);
	*ret_value = (double)(number * of + fraction) / (double)of;
	return 0;
}

int units_parse_percent(const char *text, double *ret_percent, struct error *err)
{
	return parse_real(text, "%", "not a percentage such as 20%", ret_percent, err);
}

int units_parse_fraction(const char *text, double *ret_value, struct error *err)
{
	return parse_real(text, "", "not a number such as 7.9", ret_value, err);
}

int units_parse_integer(const char *text, int64_t *ret_value, struct error *err)
{
	const char *cursor = text;
	int64_t number;

	if (take_digits(&cursor, text, &number, err) < 0)
		return -1;
	if (*cursor != '\0')
		return error_set(err, "not a whole number: '%.*s'", QUOTED_MAX, text);
	*ret_value = number;
	return 0;
}

int units_parse_date_end(const char *text, int64_t *ret_unix_ms, struct error *err)
{
	char midnight[sizeof("2026-04-21T00:00:00Z")];
	int64_t begin_ms;

	snprintf(midnight, sizeof(midnight), "%.10sT00:00:00Z", text);
	if (strlen(text) != 10 || clock_parse_rfc3339(midnight, &begin_ms, NULL) < 0)
		return error_set(err, "not a date such as 2026-04-21: '%.*s'", QUOTED_MAX, text);
	*ret_unix_ms = begin_ms + DAY_MS;
	return 0;
}

const char *units_format_size(int64_t bytes, char text[UNITS_TEXT_MAX])
{
	static const char *const names[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
	unsigned power = 0;

	/* As it was declared: 2KiB is no 2048 B. */
	if (bytes > 0 && bytes < 10000 && bytes % 1024 == 0) {
		snprintf(text, UNITS_TEXT_MAX, "%lld KiB", (long long)bytes / 1024);
		return text;
	}
	if (bytes < 10000) {
		snprintf(text, UNITS_TEXT_MAX, "%lld B", (long long)bytes);
		return text;
	}
	while (bytes >> (power * 10) >= 1024)
		power++;
	int64_t unit = INT64_C(1) << (power * 10);
	long long number = bytes / unit;
	/* Cut, not rounded: what is short of a limit must not look like the limit. */
	int tenth = (int)((wide)(bytes % unit) * 10 / (wide)unit);
	/* The same precision at both ends of a unit, and none where there is none to be had. */
	if (number >= 10 && bytes % unit == 0)
		snprintf(text, UNITS_TEXT_MAX, "%lld %s", number, names[power]);
	else
		snprintf(text, UNITS_TEXT_MAX, "%lld.%d %s", number, tenth, names[power]);
	return text;
}

const char *units_format_duration(int64_t ms, char text[UNITS_TEXT_MAX])
{
	if (ms < 1000) {
		snprintf(text, UNITS_TEXT_MAX, "%lld ms", (long long)ms);
		return text;
	}
	if (ms < 60000) {
		if (ms % 1000 == 0)
			snprintf(text, UNITS_TEXT_MAX, "%d s", (int)(ms / 1000));
		else
			snprintf(text, UNITS_TEXT_MAX, "%d.%d s", (int)(ms / 1000), (int)(ms % 1000 / 100));
		return text;
	}
	const struct unit *unit = duration_units + 1;
	while (unit->value > ms)
		unit++;
	long long number = ms / unit->value, rest = ms % unit->value / unit[1].value;
	if (rest > 0)
		snprintf(text, UNITS_TEXT_MAX, "%lld%s %lld%s", number, unit->name, rest, unit[1].name);
	else
		snprintf(text, UNITS_TEXT_MAX, "%lld%s", number, unit->name);
	return text;
}

struct remembered {
	int64_t value;
	char written[REMEMBERED_BYTES];
};

/* Filled while manifests are read, before there are threads. */
static struct remembered sizes[REMEMBERED_MAX], durations[REMEMBERED_MAX];

static struct remembered *find_remembered(struct remembered *table, int64_t value)
{
	for (size_t i = 0; i < REMEMBERED_MAX; i++)
		if (table[i].written[0] == '\0' || table[i].value == value)
			return &table[i];
	return NULL;
}

/* A table that is full, or too long a text, only means that it is told in another way. */
static void remember(struct remembered *table, int64_t value, const char *written, const char *unit)
{
	struct remembered *place = find_remembered(table, value);

	if (place == NULL || place->written[0] != '\0' || strlen(written) + strlen(unit) >= REMEMBERED_BYTES)
		return;
	place->value = value;
	snprintf(place->written, REMEMBERED_BYTES, "%s%s", written, unit);
}

static const char *recall(struct remembered *table, int64_t value, char text[UNITS_TEXT_MAX])
{
	const struct remembered *place = find_remembered(table, value);

	if (place == NULL || place->written[0] == '\0')
		return NULL;
	strcpy(text, place->written);
	return text;
}

void units_remember_size(int64_t bytes, const char *written)
{
	remember(sizes, bytes, written, strpbrk(written, "B") == NULL ? "B" : "");
}

void units_remember_duration(int64_t ms, const char *written)
{
	remember(durations, ms, written, "");
}

const char *units_declared_size(int64_t bytes, char text[UNITS_TEXT_MAX])
{
	return recall(sizes, bytes, text) != NULL ? text : units_format_size(bytes, text);
}

const char *units_declared_duration(int64_t ms, char text[UNITS_TEXT_MAX])
{
	return recall(durations, ms, text) != NULL ? text : units_format_duration(ms, text);
}

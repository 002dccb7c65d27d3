/* test: runs 40000 */
/*
 * Everything that reads a word of one line: it must hold on to its bounds, and what is written must be
 * read as the same again. Input: the word.
 */
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/base/units.h"
#include "assertions/base/version.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good)
{
	if (!good)
		abort();
}

static void read_units(const char *word)
{
	char text[UNITS_TEXT_MAX];
	struct error err = {""};
	int64_t value = -1;
	double percent = -1;

	check(units_parse_size(word, &value, &err) == 0 ? value >= 0 : err.message[0] != '\0' && value == -1);
	check(strlen(units_format_size(value, text)) < UNITS_TEXT_MAX);
	value = -1;
	check(units_parse_duration(word, &value, &err) == 0 ? value >= 0 : value == -1);
	check(strlen(units_format_duration(value, text)) < UNITS_TEXT_MAX);
	value = -1;
	check(units_parse_integer(word, &value, &err) == 0 ? value >= 0 : value == -1);
	check(units_parse_percent(word, &percent, &err) == 0 ? percent >= 0 : percent < 0);
}

static void read_moments(const char *word)
{
	char text[CLOCK_TEXT_MAX];
	struct error err = {""};
	int64_t moment, again;

	if (clock_parse_rfc3339(word, &moment, &err) == 0 && word[0] != '0' && word[0] != '9') {
		check(clock_parse_rfc3339(clock_format_rfc3339(moment, text), &again, &err) == 0);
		check(again == moment);
	}
	if (clock_parse_http(word, &moment, &err) == 0)
		check(moment % 1000 == 0);
	if (units_parse_date_end(word, &moment, &err) == 0)
		check(strncmp(clock_format_date(moment - 1, text), word, 10) == 0);
	memcpy(&moment, "\x13\x57\x9b\xdf\x02\x46\x8a\xce", sizeof(moment));
	for (size_t i = 0; word[i] != '\0'; i++)
		moment = (int64_t)((uint64_t)moment * 31 + (unsigned char)word[i]);
	check(strlen(clock_format_rfc3339(moment, text)) < CLOCK_TEXT_MAX);
	check(strlen(clock_format_basic(moment, text)) < CLOCK_TEXT_MAX);
}

static void read_versions(const char *word)
{
	struct version_range *range;
	struct error err = {""};
	char version[32];

	if (version_find(word, version, sizeof(version)) == 0) {
		check(version_range_parse(version, &range, &err) == 0);
		check(version_in_range(range, version));
		version_range_free(range);
	}
	if (version_range_parse(word, &range, &err) == 0) {
		check(!version_in_range(range, "none"));
		version_in_range(range, word);
		version_range_free(range);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *word = memory_substring((const char *)data, size);

	read_units(word);
	read_moments(word);
	read_versions(word);
	free(word);
	return 0;
}

#include "wrapper/verbs/learn/draft.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "assertions/base/utf8.h"
#include "assertions/formats/format.h"

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)

static bool is_plain(const char *text)
{
	static const char *const words[] = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"};

	if (!isalpha((unsigned char)text[0]) && text[0] != '/' && text[0] != '_')
		return false;
	for (const char *at = text; *at != '\0'; at++)
		if (!isalnum((unsigned char)*at) && strchr("_./-", *at) == NULL)
			return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(text, words[i]) == 0)
			return false;
	return true;
}

/* What libyaml reads raw, and no reader folds, inside of quotes. */
static bool is_printable(uint32_t point)
{
	return (point >= 0x20 && point < 0x7f) || (point >= 0xa0 && point < 0x2028) ||
	       (point > 0x2029 && point < 0xfeff) || (point > 0xfeff && point < 0xfffe) || point > 0xffff;
}

static bool needs_escapes(const char *text)
{
	size_t length = strlen(text), size;
	uint32_t point;

	for (; length > 0; text += size, length -= size) {
		size = utf8_character(text, length, &point);
		if (size == 0 || !is_printable(point))
			return true;
	}
	return false;
}

/* A dollar sign that would begin a variable, or be taken for half of another, is written twice. */
static bool is_doubled(const char *at)
{
	return at[0] == '$' && (at[1] == '$' || at[1] == '{');
}

static void append_single(const char *text, struct buffer *out)
{
	buffer_string(out, "'");
	for (const char *at = text; *at != '\0'; at++) {
		if (*at == '\'' || is_doubled(at))
			buffer_append(out, at, 1);
		buffer_append(out, at, 1);
	}
	buffer_string(out, "'");
}

static void append_double(const char *text, struct buffer *out)
{
	size_t length = strlen(text), size;
	uint32_t point;

	buffer_string(out, "\"");
	for (; length > 0; text += size, length -= size) {
		size = utf8_character(text, length, &point);
		if (size == 0) {
			size = 1;
			buffer_string(out, "\\uFFFD");
		} else if (point == '\n') {
			buffer_string(out, "\\n");
		} else if (!is_printable(point)) {
			buffer_print(out, "\\u%04X", (unsigned)point);
		} else {
			if (point == '"' || point == '\\')
				buffer_string(out, "\\");
			if (is_doubled(text))
				buffer_string(out, "$");
			buffer_append(out, text, size);
		}
	}
	buffer_string(out, "\"");
}

void yaml_text_scalar(const char *text, struct buffer *out)
{
	if (is_plain(text))
		buffer_string(out, text);
	else if (needs_escapes(text))
		append_double(text, out);
	else
		append_single(text, out);
}

void yaml_text_comment(const char *text, struct buffer *out)
{
	char printable[RECOGNISE_TEXT_MAX];

	buffer_string(out, recognise_printable(text, strlen(text), printable));
}

const char *yaml_text_size(int64_t bytes, int64_t most, char text[YAML_TEXT_SIZE_MAX])
{
	static const char *const names[] = {"KiB", "MiB", "GiB", "TiB"};
	int64_t unit = 1024;
	size_t name = 0;

	while (name < 3 && bytes / 1024 >= unit) {
		unit *= 1024;
		name++;
	}
	int64_t tenths = bytes / unit * 10 + (bytes % unit * 10 + unit - 1) / unit;
	if (bytes < 1024 || tenths / 10 * unit + tenths % 10 * (unit / 10 + 1) > most)
		snprintf(text, YAML_TEXT_SIZE_MAX, "%lldB", (long long)bytes);
	else if (tenths % 10 == 0)
		snprintf(text, YAML_TEXT_SIZE_MAX, "%lld%s", (long long)(tenths / 10), names[name]);
	else
		snprintf(text, YAML_TEXT_SIZE_MAX, "%lld.%lld%s", (long long)(tenths / 10), (long long)(tenths % 10),
			 names[name]);
	return text;
}

const char *yaml_text_duration(int64_t ms, char text[YAML_TEXT_SIZE_MAX])
{
	int64_t seconds = (ms + 999) / 1000, minutes = (ms + MINUTE_MS - 1) / MINUTE_MS,
		hours = (ms + HOUR_MS - 1) / HOUR_MS;

	if (ms < 10 * MINUTE_MS)
		snprintf(text, YAML_TEXT_SIZE_MAX, "%llds", (long long)(seconds > 0 ? seconds : 1));
	else if (ms < 3 * HOUR_MS)
		snprintf(text, YAML_TEXT_SIZE_MAX, "%lldm", (long long)minutes);
	else if (ms < 3 * DAY_MS || hours % 24 == 0)
		snprintf(text, YAML_TEXT_SIZE_MAX, hours >= 72 ? "%lldd" : "%lldh",
			 (long long)(hours >= 72 ? hours / 24 : hours));
	else
		snprintf(text, YAML_TEXT_SIZE_MAX, "%lldd%lldh", (long long)(hours / 24), (long long)(hours % 24));
	return text;
}

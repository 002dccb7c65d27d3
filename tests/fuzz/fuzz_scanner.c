/*
 * The scanner, with its filter and without it, against PCRE2 on the whole text. Input: a byte for the block, a
 * byte for the feeds, a pattern up to a NUL, the text.
 */
#include "assertions/base/buffer.h"
#include "assertions/base/memory.h"
#include "assertions/scan/scan_private.h"
#include "assertions/base/utf8.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PATTERN_MAX 60
#define TEXT_MAX 2000

/* Where between bytes that are no characters an empty match stands, nobody can say. */
static bool leave_out_empty;

static bool is_utf8(const char *text, size_t length)
{
	while (length > 0) {
		size_t bytes = utf8_character(text, length, NULL);
		if (bytes == 0)
			return false;
		text += bytes;
		length -= bytes;
	}
	return true;
}

static void take(void *context, const char *text, size_t length)
{
	struct buffer *captures = context;

	if (length == 0 && leave_out_empty)
		return;
	buffer_print(captures, "<%zu:", length);
	buffer_append(captures, text, length);
	buffer_string(captures, ">");
}

/*
 * What asks for the search itself and not for the text (verbs, \G, \K), has no meaning in a
 * text that is looked at more than once.
 */
static bool is_comparable(const char *text)
{
	static const char *const others[] = {"(*", "\\G", "\\K", "\\C", "(?C"};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strstr(text, others[i]) != NULL)
			return false;
	/* Recursion takes its time, bounded though it is. */
	for (const char *group = strstr(text, "(?"); group != NULL; group = strstr(group + 1, "(?"))
		if (group[2] != '\0' && strchr("0123456789+-R&P", group[2]) != NULL)
			return false;
	return true;
}

/* False where PCRE2 could not decide. */
static bool by_reference(const struct pattern *pattern, const char *text, size_t length, unsigned options,
			 struct buffer *captures)
{
	pcre2_match_data *data = pcre2_match_data_create_from_pattern(pattern->code, NULL);
	struct pattern_limits limits;
	size_t *places = pcre2_get_ovector_pointer(data), start = 0;
	int found;

	pattern_limits_init(&limits);
	for (;;) {
		while (pattern->is_utf && start < length && ((unsigned char)text[start] & 0xc0) == 0x80)
			start++;
		found = pattern_try(pattern, &limits, text, length, start, options, data);
		if (found < 0)
			break;
		take(captures, text + places[0], places[1] - places[0]);
		start = places[1];
		options &= ~(unsigned)PCRE2_NOTEMPTY_ATSTART;
		options |= places[0] == places[1] ? PCRE2_NOTEMPTY_ATSTART : 0;
	}
	pattern_limits_release(&limits);
	pcre2_match_data_free(data);
	return found == PCRE2_ERROR_NOMATCH;
}

static enum scan_result by_scanner(const struct pattern *pattern, unsigned options, const char *text, size_t length,
				   size_t block, size_t feed, struct buffer *captures)
{
	struct scanner *scanner = scanner_new_sized(&pattern, 1, options, block, TEXT_MAX + 1);
	struct scan_match match;

	if (captures != NULL)
		scanner_each(scanner, 0, NULL, take, captures);
	for (size_t part; length > 0; text += part, length -= part) {
		part = feed < length ? feed : length;
		char *copy = memory_substring(text, part);
		scanner_feed(scanner, copy, part);
		free(copy);
	}
	scanner_finish(scanner);
	enum scan_result result = scanner_gave_up(scanner, 0) ? SCAN_UNDECIDED : scanner_result(scanner, 0, &match);
	scanner_free(scanner);
	return result;
}

static void compare(const struct pattern *pattern, unsigned options, const char *text, size_t length, size_t block,
		    size_t feed, const struct buffer *expected)
{
	struct buffer seen;

	buffer_init(&seen, 1 << 20);
	enum scan_result first = by_scanner(pattern, options, text, length, block, feed, NULL);
	enum scan_result each = by_scanner(pattern, options, text, length, block, feed, &seen);
	if (expected != NULL && first != SCAN_UNDECIDED && each != SCAN_UNDECIDED &&
	    (expected->length != seen.length || memcmp(expected->data, seen.data, seen.length) != 0 || first != each ||
	     (!leave_out_empty && (first == SCAN_FOUND) != (expected->length > 0)))) {
		fprintf(stderr,
			"pattern '%s', options %x, block %zu, feed %zu, result %d %d\nexpected %s\nseen     %s\n",
			pattern_text(pattern), options, block, feed, first, each, expected->data, seen.data);
		abort();
	}
	buffer_release(&seen);
}

static void compare_all(const struct pattern *pattern, const char *text, size_t length, size_t block, size_t feed)
{
	struct buffer expected, interpreted;

	leave_out_empty = pattern->is_utf && !is_utf8(text, length);
	buffer_init(&expected, 1 << 20);
	buffer_init(&interpreted, 1 << 20);
	bool decided = by_reference(pattern, text, length, 0, &expected) &&
		       by_reference(pattern, text, length, PCRE2_NO_JIT, &interpreted);
	/* Where PCRE2 differs from itself there is no right answer. */
	decided = decided && strcmp(expected.data, interpreted.data) == 0;
	compare(pattern, SCANNER_FILTER_NEVER, text, length, block, feed, decided ? &expected : NULL);
	if (pattern->literals.count > 0)
		compare(pattern, SCANNER_FILTER_ALWAYS, text, length, block, feed, decided ? &expected : NULL);
	buffer_release(&expected);
	buffer_release(&interpreted);
}

/* With colours: only that every way of feeding gives the same. */
static void compare_colours(const char *text, size_t length, size_t feed)
{
	uint64_t bytes[2], lines[2];

	for (size_t i = 0; i < 2; i++) {
		struct scanner *scanner = scanner_new(NULL, 0, SCANNER_STRIP_COLOURS);
		size_t part = i == 0 ? length : feed;
		for (size_t done = 0; done < length; done += part)
			scanner_feed(scanner, text + done, part < length - done ? part : length - done);
		scanner_finish(scanner);
		bytes[i] = scanner_bytes(scanner);
		lines[i] = scanner_lines(scanner);
		scanner_free(scanner);
	}
	if (bytes[0] != bytes[1] || lines[0] != lines[1])
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char pattern_text[PATTERN_MAX + 1] = "";
	struct pattern *pattern = NULL;
	struct error err;
	size_t place = 2;

	for (; place < size && data[place] != 0; place++) {
		if (place - 2 == PATTERN_MAX)
			return 0;
		pattern_text[place - 2] = (char)data[place];
	}
	if (place >= size || size - place > TEXT_MAX)
		return 0;
	const char *text = (const char *)data + place + 1;
	size_t length = size - place - 1;
	compare_colours(text, length, data[1] % 16 + 1u);
	if (!is_comparable(pattern_text) || pattern_compile(pattern_text, &pattern, &err) < 0)
		return 0;
	compare_all(pattern, text, length, data[0] + 1u, data[1] % 16 + 1u);
	pattern_free(pattern);
	return 0;
}

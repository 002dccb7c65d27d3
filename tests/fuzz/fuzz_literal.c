/*
 * What is said of a pattern's literals, against everything that PCRE2 can match; and the scanner with its filter
 * against the scanner without it, for several patterns at once. Input: choices of which patterns and a text are made.
 */
#include "assertions/base/memory.h"
#include "assertions/scan/scan_private.h"
#include "tests/unit/made_pattern.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PATTERNS_MAX 4
#define SHORT_TEXT 24
#define SPAN 2000

/* Every part of every beginning of the text, if PCRE2 can match exactly that. */
static void check_literals(const struct pattern *pattern, const char *text, size_t length)
{
	pcre2_match_data *data = pcre2_match_data_create_from_pattern(pattern->code, NULL);
	struct pattern_limits limits;

	length = length < SHORT_TEXT ? length : SHORT_TEXT;
	pattern_limits_init(&limits);
	pcre2_set_match_limit(limits.context, 10000);
	for (size_t begin = 0; pattern->literals.count > 0 && begin <= length; begin++)
		for (size_t end = begin; end <= length; end++)
			if (pattern_try(pattern, &limits, text, end, begin, PCRE2_ANCHORED | PCRE2_ENDANCHORED, data) >=
				    0 &&
			    !made_holds_literal(&pattern->literals, text, begin, end)) {
				fprintf(stderr, "no literal of '%s' in '%.*s'\n", pattern_text(pattern),
					(int)(end - begin), text + begin);
				abort();
			}
	pattern_limits_release(&limits);
	pcre2_match_data_free(data);
}

struct outcome {
	enum scan_result results[PATTERNS_MAX];
	bool gave_up[PATTERNS_MAX];
	struct scan_match matches[PATTERNS_MAX];
	struct buffer captures[PATTERNS_MAX];
};

static void take(void *context, const char *text, size_t length)
{
	struct buffer *captures = context;

	buffer_print(captures, "<%zu:", length);
	buffer_append(captures, text, length);
}

struct measures {
	size_t block, feed, each;
};

static void scan(const struct pattern *const *patterns, size_t count, unsigned options, struct measures measures,
		 const struct buffer *text, struct outcome *outcome)
{
	struct scanner *scanner = scanner_new_sized(patterns, count, options, measures.block, SPAN);

	memset(outcome, 0, sizeof(*outcome));
	for (size_t i = 0; i < count; i++) {
		buffer_init(&outcome->captures[i], 1 << 20);
		if ((measures.each >> i & 1) != 0)
			scanner_each(scanner, i, NULL, take, &outcome->captures[i]);
	}
	for (size_t done = 0, part; done < text->length; done += part) {
		part = measures.feed < text->length - done ? measures.feed : text->length - done;
		scanner_feed(scanner, text->data + done, part);
	}
	scanner_finish(scanner);
	for (size_t i = 0; i < count; i++) {
		outcome->results[i] = scanner_result(scanner, i, &outcome->matches[i]);
		outcome->gave_up[i] = scanner_gave_up(scanner, i);
	}
	scanner_free(scanner);
}

static void compare(const struct pattern *const *patterns, size_t count, struct measures measures,
		    const struct buffer *text)
{
	struct outcome plain, filtered;

	scan(patterns, count, SCANNER_FILTER_NEVER, measures, text, &plain);
	scan(patterns, count, SCANNER_FILTER_ALWAYS, measures, text, &filtered);
	for (size_t i = 0; i < count; i++) {
		if (!plain.gave_up[i] &&
		    (plain.results[i] != filtered.results[i] || plain.matches[i].line != filtered.matches[i].line ||
		     strcmp(plain.matches[i].excerpt, filtered.matches[i].excerpt) != 0 ||
		     plain.captures[i].length != filtered.captures[i].length ||
		     memcmp(plain.captures[i].data, filtered.captures[i].data, plain.captures[i].length) != 0)) {
			fprintf(stderr,
				"pattern '%s' of %zu, block %zu, feed %zu: %d %d\nplain    %s\nfiltered %s\ntext %s\n",
				pattern_text(patterns[i]), count, measures.block, measures.feed, plain.results[i],
				filtered.results[i], plain.captures[i].data, filtered.captures[i].data, text->data);
			abort();
		}
		buffer_release(&plain.captures[i]);
		buffer_release(&filtered.captures[i]);
	}
}

/* Not what asks for the search itself, see fuzz_scanner.c. */
static struct pattern *make_pattern(struct choices *choices)
{
	static const char *const others[] = {"(*", "\\K", "\\C", "(?1)"};
	struct pattern *pattern = NULL;
	struct buffer made;
	struct error err;
	bool is_comparable;

	buffer_init(&made, 1000);
	made_pattern(choices, &made);
	is_comparable = made.length > 0;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		is_comparable = is_comparable && strstr(made.data, others[i]) == NULL;
	if (is_comparable)
		pattern_compile(made.data, &pattern, &err);
	buffer_release(&made);
	return pattern;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct choices choices = {data, size};
	const struct pattern *patterns[PATTERNS_MAX];
	struct buffer text;
	size_t count = 0;

	struct measures measures = {.block = 1 + made_choice(&choices, 250), .feed = 1 + made_choice(&choices, 250)};
	measures.each = made_choice(&choices, 1 << PATTERNS_MAX);
	size_t wanted = 1 + made_choice(&choices, PATTERNS_MAX);
	for (size_t i = 0; i < wanted; i++)
		if ((patterns[count] = make_pattern(&choices)) != NULL)
			count++;
	buffer_init(&text, SPAN / 2);
	made_text(&choices, choices.left, &text);
	for (size_t i = 0; i < count; i++)
		check_literals(patterns[i], text.data, text.length);
	compare(patterns, count, measures, &text);
	for (size_t i = 0; i < count; i++)
		pattern_free((struct pattern *)(uintptr_t)patterns[i]);
	buffer_release(&text);
	return 0;
}

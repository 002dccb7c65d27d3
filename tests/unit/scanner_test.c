/*
 * The scanner against PCRE2 on the whole text: whatever the measures of the window and
 * however the text is cut, the answers are the same.
 */
#include "../../assertions/base/buffer.h"
#include "../../assertions/base/memory.h"
#include "../../assertions/base/pattern_private.h"
#include "../../assertions/base/scanner_private.h"
#include "unit.h"

#include <stdlib.h>

#define CAPTURES_MAX 65536

static struct pattern *compile(const char *text)
{
	struct pattern *pattern = NULL;
	struct error err = {""};

	if (pattern_compile(text, &pattern, &err) < 0) {
		printf("%s: %s\n", text, err.message);
		unit_failures++;
	}
	return pattern;
}

struct answer {
	enum scan_result result;
	uint64_t line;
	struct buffer captures; /* each match between < and > */
};

static void take_capture(void *context, const char *data, size_t length)
{
	struct buffer *captures = context;

	buffer_string(captures, "<");
	buffer_append(captures, data, length);
	buffer_string(captures, ">");
}

static void answer_release(struct answer *answer)
{
	buffer_release(&answer->captures);
}

static bool is_inside_character(const struct pattern *pattern, const char *text, size_t length, size_t place)
{
	return pattern->is_utf && place < length && ((unsigned char)text[place] & 0xc0) == 0x80;
}

/* By PCRE2 alone, on everything at once. */
static void answer_by_reference(const struct pattern *pattern, const char *text, size_t length, unsigned options,
				struct answer *answer)
{
	pcre2_match_data *data = pcre2_match_data_create_from_pattern(pattern->code, NULL);
	const size_t *places = pcre2_get_ovector_pointer(data);
	size_t start = 0;
	bool not_empty = false;

	*answer = (struct answer){SCAN_ABSENT, 0, {0}};
	buffer_init(&answer->captures, CAPTURES_MAX);
	for (;;) {
		while (is_inside_character(pattern, text, length, start))
			start++;
		int found = pcre2_match(pattern->code, (PCRE2_SPTR)text, length, start,
					options | (not_empty ? PCRE2_NOTEMPTY_ATSTART : 0), data, NULL);
		if (found < 0) {
			EXPECT(found == PCRE2_ERROR_NOMATCH);
			break;
		}
		if (answer->result == SCAN_ABSENT) {
			answer->result = SCAN_FOUND;
			answer->line = 1;
			for (size_t i = 0; i < places[0]; i++)
				answer->line += text[i] == '\n';
		}
		take_capture(&answer->captures, text + places[0], places[1] - places[0]);
		start = places[1];
		not_empty = places[0] == places[1];
	}
	pcre2_match_data_free(data);
}

struct measures {
	size_t block, feed, second_feed;
};

static void answer_by_scanner(const struct pattern *pattern, const char *text, size_t length, struct measures measures,
			      bool each, struct answer *answer)
{
	struct scanner *scanner = scanner_new_sized(&pattern, 1, 0, measures.block, 1000);
	struct scan_match match = {0};

	*answer = (struct answer){SCAN_ABSENT, 0, {0}};
	buffer_init(&answer->captures, CAPTURES_MAX);
	if (each)
		scanner_each(scanner, 0, NULL, take_capture, &answer->captures);
	for (size_t done = 0, part; done < length; done += part) {
		part = done == 0 ? measures.feed : measures.second_feed;
		part = part < length - done ? part : length - done;
		/* Memory of its own, so that reading beyond it is seen. */
		char *copy = memory_substring(text + done, part);
		scanner_feed(scanner, copy, part);
		free(copy);
	}
	scanner_finish(scanner);
	answer->result = scanner_result(scanner, 0, &match);
	answer->line = match.line;
	EXPECT_NUMBER(scanner_bytes(scanner), length);
	scanner_free(scanner);
}

static void compare(const struct pattern *pattern, const char *text, size_t length, const struct answer *expected,
		    struct measures measures)
{
	struct answer first, each;

	answer_by_scanner(pattern, text, length, measures, false, &first);
	answer_by_scanner(pattern, text, length, measures, true, &each);
	bool good = first.result == expected->result && first.line == expected->line &&
		    each.result == expected->result && each.line == expected->line &&
		    strcmp(each.captures.data, expected->captures.data) == 0 &&
		    each.captures.length == expected->captures.length;
	if (!good) {
		printf("pattern '%s', text '%s' (%zu), block %zu, feed %zu %zu: result %d %d, expected %d; line %d %d, "
		       "expected "
		       "%d; captures '%s', expected '%s'\n",
		       pattern_text(pattern), text, length, measures.block, measures.feed, measures.second_feed,
		       first.result, each.result, expected->result, (int)first.line, (int)each.line,
		       (int)expected->line, each.captures.data, expected->captures.data);
		unit_failures++;
	}
	answer_release(&first);
	answer_release(&each);
}

static void compare_all_cuts(const struct pattern *pattern, const char *text, size_t length)
{
	struct answer expected, interpreted;

	answer_by_reference(pattern, text, length, 0, &expected);
	answer_by_reference(pattern, text, length, PCRE2_NO_JIT, &interpreted);
	if (strcmp(expected.captures.data, interpreted.captures.data) != 0)
		printf("PCRE2 with JIT and without it differ: pattern '%s', text '%s'\n", pattern_text(pattern), text);
	for (size_t block = 1; block <= length + 1; block++)
		compare(pattern, text, length, &expected, (struct measures){block, length, length});
	for (size_t feed = 1; feed <= length && feed < 12; feed++)
		compare(pattern, text, length, &expected, (struct measures){3, feed, feed});
	for (size_t cut = 1; cut < length; cut++)
		compare(pattern, text, length, &expected, (struct measures){length, cut, length});
	answer_release(&expected);
	answer_release(&interpreted);
}

static const char *const patterns[] = {
	"a",
	"abc",
	"a|abc",
	"abc|a",
	"a|ab|abc",
	"^a",
	"a$",
	"^a$",
	"^$",
	"$",
	"^",
	"\\z",
	"\\Z",
	"\\A",
	"\\Aa",
	"a\\z",
	"a\\Z",
	"\\Aok\\s*\\z",
	"\\Aok$",
	"ok\\s*\\z",
	"\\A\\z",
	"\\A\\s*\\z",
	"\\bab\\b",
	"\\b",
	"\\B",
	"\\Bb",
	"a\\b",
	"a\\B",
	"(?<=a)b",
	"(?<!a)b",
	"(?<=ab)c",
	"(?<=^a)b",
	"(?<=\\n)a",
	"(?<=\\ba)b",
	"(?<=(?<=a)b)c",
	"(?<!^)a",
	"(?<=a$\\n)b",
	"a(?=b)",
	"a(?!b)",
	"a(?=\\n^b)",
	"a(?!\\n)",
	"(?=a)",
	"(?!a)",
	"a(?=.*c)",
	"a(?=\\z)",
	"a(?!\\z)",
	"a+",
	"a+?",
	"a*",
	"a*?",
	"a?",
	"a??",
	"a{2}",
	"a{2,3}?",
	"(?:ab)+",
	"(?:ab)*c",
	"x*",
	"(a|b)*c",
	".",
	".+",
	".*",
	".*?",
	".+$",
	"^.*$",
	"^.+?b",
	".*b",
	".+b",
	"a.*b",
	"a.*?b",
	"(?s)a.*b",
	"(?s)a.*?b",
	"(?s).*b",
	"(?s).+",
	"(?s)a.+\\z",
	"(?s)^a.*^b",
	"[^a]",
	"[^a]+",
	"[^\\n]+",
	"[ab]+$",
	"\\s+",
	"\\S+",
	"\\w+",
	"\\W+",
	"\\d",
	"a\\n",
	"\\na",
	"\\n^",
	"a\\n^",
	"a\\r?\\n^b",
	"\\n^b",
	"\\r^",
	"\\r\\n",
	"\\r",
	"\\n",
	"\\R",
	"\\R+",
	"a\\Rb",
	"\\R^b",
	"$\\R",
	"$\\n^",
	"a$\\n^b",
	"(?-m:a$)",
	"(?-m:^a)",
	"(?-m:$)",
	"(?-m)a$",
	"a\\s$",
	"^\\s",
	"^\\s*a",
	"^\\s*$",
	"\\s*$",
	"b\\s*^a",
	"(?i)A",
	"(?i)aBc",
	"(a)\\1",
	"(a+)b\\1",
	"(?:a(?:b(?:c)?)?)",
	"a++b",
	"(?>a+)b",
	"(?>ab|a)c",
	"a\\Kb",
	"\\Ka",
	"(?:a\\K)*",
	"(?x) a b # c",
	"(?|(a)|(b))\\1",
	"(?(?=a)ab|b)",
	"(?<n>a|b)c",
	"(a(?1)?b)",
	"\\sb",
	"\\Wb",
	"(?s).b",
	"[^a]b",
	"\\sb$",
	"(*UCP)\\sb",
	"(?:^|\\s)b",
	"\\s+^b",
	"\\Qa\\E",
	"\\Qa.c\\E",
	"[[:space:]]b",
	"\\h*b",
	"\\v",
	"\\N+",
	"\\X",
	"(*ANYCRLF)a$",
	"a(*SKIP)b|c",
	"ab(*ACCEPT)c",
	"a(?#c)b",
	"c\\b.\\bb",
	"(^|b)a",
	"(^|\\n)a",
	"a($|b)",
	"b|^",
};

static const char *const texts[] = {
	"",
	"a",
	"b",
	"\n",
	"\r",
	"\r\n",
	"ab",
	"abc",
	"ok",
	"ok\n",
	"ok\r\n\n",
	"ok x",
	"ok\n\nx",
	" ok",
	"aab",
	"aaab aab",
	"a\nb",
	"a\r\nb",
	"a\rb",
	"a\n",
	"a\r\n",
	"a\r",
	"a\n\n",
	"a\n\nb",
	"a\r\n\r\nb",
	"a\n\r\nb",
	"\na",
	"\r\na",
	"\n\n",
	"\r\n\r\n",
	"\n\r",
	"b\na\nb\n",
	"xaxbxc",
	"abcabc",
	"abababc",
	"aaaa",
	"ab\nab\nab",
	"a b c\nd e f",
	"c b\nc b",
	"bbbb",
	"  a",
	"a  \nb",
	"a.c",
	"ABC abc",
	"a\r\n\nb\r\r\nb a",
	"aXb\naXXb",
	"\n\n\na\n\n\n",
	"ba\nab\n\nb",
	"12a\n3",
	"one\r\ntwo\r\nthree",
	"bc\r\nac\rbc\nabc",
};

TEST(cuts_change_nothing)
{
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		struct pattern *pattern = compile(patterns[i]);
		for (size_t j = 0; pattern != NULL && j < sizeof(texts) / sizeof(texts[0]); j++)
			compare_all_cuts(pattern, texts[j], strlen(texts[j]));
		pattern_free(pattern);
	}
}

UNIT_MAIN

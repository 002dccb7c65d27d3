/* test: slow, about 7 */
/*
 * The scanner against PCRE2 on the whole text: whatever the measures of the window and
 * however the text is cut, the answers are the same.
 */
#include "assertions/base/buffer.h"
#include "assertions/base/memory.h"
#include "assertions/scan/scan_private.h"
#include "unit.h"

#include <stdlib.h>
#include <time.h>

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
			      unsigned options, bool each, struct answer *answer)
{
	struct scanner *scanner = scanner_new_sized(&pattern, 1, options, measures.block, 1000);
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

static void compare_with(const struct pattern *pattern, const char *text, size_t length, const struct answer *expected,
			 struct measures measures, unsigned options)
{
	struct answer first, each;

	answer_by_scanner(pattern, text, length, measures, options, false, &first);
	answer_by_scanner(pattern, text, length, measures, options, true, &each);
	bool good = first.result == expected->result && first.line == expected->line &&
		    each.result == expected->result && each.line == expected->line &&
		    strcmp(each.captures.data, expected->captures.data) == 0 &&
		    each.captures.length == expected->captures.length;
	if (!good) {
		printf("pattern '%s', text '%s' (%zu), block %zu, feed %zu %zu, options %x: result %d %d, expected %d; "
		       "line %d %d, expected %d; captures '%s', expected '%s'\n",
		       pattern_text(pattern), text, length, measures.block, measures.feed, measures.second_feed,
		       options, first.result, each.result, expected->result, (int)first.line, (int)each.line,
		       (int)expected->line, each.captures.data, expected->captures.data);
		unit_failures++;
	}
	answer_release(&first);
	answer_release(&each);
}

static void compare(const struct pattern *pattern, const char *text, size_t length, const struct answer *expected,
		    struct measures measures)
{
	compare_with(pattern, text, length, expected, measures, SCANNER_FILTER_NEVER);
	if (pattern->literals.count > 0)
		compare_with(pattern, text, length, expected, measures, SCANNER_FILTER_ALWAYS);
}

static void compare_all_cuts(const struct pattern *pattern, const char *text, size_t length)
{
	static size_t asked;
	struct answer expected, interpreted;

	answer_by_reference(pattern, text, length, 0, &expected);
	answer_by_reference(pattern, text, length, PCRE2_NO_JIT, &interpreted);
	if (strcmp(expected.captures.data, interpreted.captures.data) != 0)
		printf("PCRE2 with JIT and without it differ: pattern '%s', text '%s'\n", pattern_text(pattern), text);
	for (size_t block = 1; block <= length + 1; block++)
		if (block < 3 || unit_turn(asked++, 4))
			compare(pattern, text, length, &expected, (struct measures){block, length, length});
	for (size_t feed = 1; feed <= length && feed < 12; feed++)
		if (unit_turn(asked++, 4))
			compare(pattern, text, length, &expected, (struct measures){3, feed, feed});
	for (size_t cut = 1; cut < length; cut++)
		if (unit_turn(asked++, 4))
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

/* So much before the text that the window has let go of its begin. */
TEST(what_came_long_before_changes_nothing)
{
	static const size_t blocks[] = {1, 2, 3, 5, 64, 401};
	struct buffer text;

	buffer_init(&text, 10000);
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		struct pattern *pattern = compile(patterns[i]);
		for (size_t j = 0; pattern != NULL && j < sizeof(texts) / sizeof(texts[0]); j++) {
			struct answer expected;
			buffer_clear(&text);
			buffer_string(&text, texts[j]);
			for (size_t line = 0; line < 6; line++)
				buffer_print(&text, "%s%080d", line % 2 > 0 ? "\r\n" : "\n", 0);
			buffer_print(&text, "%s\n-%s", texts[j], texts[j]);
			answer_by_reference(pattern, text.data, text.length, 0, &expected);
			for (size_t k = 0; k < sizeof(blocks) / sizeof(blocks[0]); k++)
				if (unit_turn(i + j + k, 3))
					compare(pattern, text.data, text.length, &expected,
						(struct measures){blocks[k], text.length, 1});
			answer_release(&expected);
		}
		pattern_free(pattern);
	}
	buffer_release(&text);
}

TEST(look_behinds_reach_far)
{
	static const char *const far[] = {"(?<=a.{250})b", "(?<=(?<=a.{200})-.{210})b", "(?<=a[^b]{300})(?<!c.{290})b"};
	char text[1200];

	for (size_t i = 0; i < sizeof(far) / sizeof(far[0]); i++) {
		struct pattern *pattern = compile(far[i]);
		for (size_t place = 200; place < 700; place += 10) {
			struct answer expected;
			memset(text, '-', sizeof(text));
			text[100] = 'a';
			text[200] = 'a';
			text[place] = text[place + 1] = 'b';
			text[511] = 'b';
			answer_by_reference(pattern, text, sizeof(text) - 1, 0, &expected);
			for (size_t block = 1; block < 200; block += 33)
				compare(pattern, text, sizeof(text) - 1, &expected,
					(struct measures){block, 2000, 2000});
			answer_release(&expected);
		}
		pattern_free(pattern);
	}
}

/* Among them text that is not UTF-8. */
static const char *const utf8_patterns[] = {
	"\xc3\xa4",        "\xc3\xa4+",      "[\xc3\xa4\xc3\xb6]", "[^\xc3\xa4]+",   "\xc3\xa4.",
	".\xc3\xa4",       "(?<=\xc3\xa4).", "(?<!\xe2\x82\xac)a", "\\b\xc3\xa4",    "\xe2\x82\xac$",
	"^\xe2\x82\xac",   "\xc3\xa4\\n^",   "(?s)\xc3\xa4.*b",    "(?i)\xc3\x84",   "\xf0\x9f\x98\x80",
	"\xc3\xa4|a.c",    "(*UTF).",        "(*UTF)\\w+",         "(*UTF)(?<=..)a", "(*UTF)^.$",
	"(*UTF)(*UCP)\\w", "(*UTF)\\X",      "(*UTF)\\sb",         "(*UTF)[^a]b",    "(*UTF)a(?!.)",
};

static const char *const utf8_texts[] = {
	"",
	"\xc3\xa4",
	"a\xc3\xa4"
	"b",
	"\xc3\xa4\xc3\xa4\xc3\xb6",
	"\xe2\x82\xac",
	"a\xe2\x82\xac\n",
	"\xe2\x82\xac"
	"a\xe2\x82",
	"\xe2\x82",
	"\xe2\x82\n\xac",
	"\xc3",
	"\xa4",
	"a\xff"
	"b",
	"\xf0\x9f\x98\x80",
	"x\xf0\x9f\x98\x80y",
	"\xf0\x9f\x98"
	"a",
	"\xc3\x84\xc3\xa4\r\n\xc3\xa4",
	"a\xc3\xa4\xc3",
	"\x80\x80\x80\x80\x80"
	"a",
	"\xc3\xc3\xa4\xa4"
	"b",
	"\xed\xa0\x80"
	"a",
	"\xc0\xaf"
	"a",
	"\xf5\x80\x80\x80"
	"a",
	"ab\xc3\xa4\r\nb",
	"a\xcc\x88"
	"b",
};

TEST(cuts_change_nothing_in_utf8)
{
	for (size_t i = 0; i < sizeof(utf8_patterns) / sizeof(utf8_patterns[0]); i++) {
		struct pattern *pattern = compile(utf8_patterns[i]);
		for (size_t j = 0; pattern != NULL && j < sizeof(utf8_texts) / sizeof(utf8_texts[0]); j++)
			compare_all_cuts(pattern, utf8_texts[j], strlen(utf8_texts[j]));
		pattern_free(pattern);
	}
}

TEST(long_before_in_utf8)
{
	struct buffer text;

	buffer_init(&text, 10000);
	for (size_t i = 0; i < sizeof(utf8_patterns) / sizeof(utf8_patterns[0]); i++) {
		struct pattern *pattern = compile(utf8_patterns[i]);
		for (size_t j = 0; pattern != NULL && j < sizeof(utf8_texts) / sizeof(utf8_texts[0]); j++) {
			struct answer expected;
			buffer_clear(&text);
			for (size_t k = 0; k < 150; k++)
				buffer_string(&text, "\xe2\x82\xac\xc3\xa4");
			buffer_string(&text, utf8_texts[j]);
			answer_by_reference(pattern, text.data, text.length, 0, &expected);
			for (size_t block = 1; block < 8; block++)
				compare(pattern, text.data, text.length, &expected,
					(struct measures){block, text.length, 1});
			answer_release(&expected);
		}
		pattern_free(pattern);
	}
	buffer_release(&text);
}

/* What a scanner of small measures says of the text, fed at once. */
static enum scan_result scan(const char *pattern_text, const char *text, size_t length, size_t span,
			     struct scan_match *match)
{
	const struct pattern *pattern = compile(pattern_text);
	struct scanner *scanner = scanner_new_sized(&pattern, 1, 0, 16, span);

	EXPECT(scanner_result(scanner, 0, NULL) == SCAN_UNDECIDED);
	scanner_feed(scanner, text, length);
	scanner_finish(scanner);
	enum scan_result result = scanner_result(scanner, 0, match);
	scanner_free(scanner);
	pattern_free((struct pattern *)(uintptr_t)pattern);
	return result;
}

TEST(what_does_not_end_within_the_span_is_undecided)
{
	char text[1000];
	struct scan_match match;

	memset(text, '.', sizeof(text));
	text[10] = 'a';
	EXPECT(scan("(?s)a.*b", text, sizeof(text), 100, NULL) == SCAN_UNDECIDED);
	EXPECT(scan("(?s)a.*b", text, 80, 100, NULL) == SCAN_ABSENT);
	text[900] = 'b';
	EXPECT(scan("(?s)a.*b", text, sizeof(text), 100, NULL) == SCAN_UNDECIDED);
	EXPECT(scan("(?s)a.*b", text, sizeof(text), 1000, NULL) == SCAN_FOUND);
	text[890] = 'a';
	EXPECT(scan("(?s)a.*b", text, sizeof(text), 100, &match) == SCAN_FOUND);
	EXPECT(scan("(?s)a.*c", text, sizeof(text), 100, NULL) == SCAN_UNDECIDED);
	EXPECT(scan("(?s)a.*b(?!.*c)", text, sizeof(text), 100, NULL) == SCAN_UNDECIDED);
	EXPECT(scan("(?s)a.*?b(?!c)", text, sizeof(text), 100, NULL) == SCAN_FOUND);
	EXPECT(scan("(?s)a(?>.{0,200})b", text, sizeof(text), 100, NULL) == SCAN_UNDECIDED);
	EXPECT(scan("(?s)a.*+b", text, sizeof(text), 100, NULL) == SCAN_UNDECIDED);
	text[890] = '.';
	text[900] = '.';
	text[50] = 'b';
	EXPECT(scan("(?s)a(?:.{300})?+.*b", text, sizeof(text), 100, NULL) == SCAN_UNDECIDED);
	EXPECT(scan("\\A\\.+\\z", text, 9, 100, NULL) == SCAN_FOUND);
	EXPECT(scan("\\A[^\\0]+\\z", text, sizeof(text), 100, NULL) == SCAN_UNDECIDED);
	EXPECT(scan("nothing", text, sizeof(text), 100, NULL) == SCAN_ABSENT);
}

static enum scan_result scan_64_mib(const char *pattern_text, const char *text, size_t length)
{
	const struct pattern *pattern = compile(pattern_text);
	struct scanner *scanner = scanner_new(&pattern, 1, 0);

	for (size_t i = 0; i < ((size_t)64 << 20) / length; i++)
		scanner_feed(scanner, text, length);
	scanner_finish(scanner);
	enum scan_result result = scanner_result(scanner, 0, NULL);
	scanner_free(scanner);
	pattern_free((struct pattern *)(uintptr_t)pattern);
	return result;
}

/* Where every byte begins what does not end it must neither take for ever nor fill the memory. */
TEST(a_text_full_of_begins_takes_bounded_time)
{
	static char text[1 << 16];
	clock_t begin = clock();

	memset(text, 'a', sizeof(text));
	EXPECT(scan_64_mib("(?s)a.*b", text, sizeof(text)) == SCAN_UNDECIDED);
	text[1000] = 'b';
	text[3000] = 'c';
	EXPECT(scan_64_mib("(?s)a.*+bc", text, sizeof(text)) == SCAN_UNDECIDED);
	memset(text, '\n', sizeof(text));
	EXPECT(scan_64_mib("\\n^a", text, sizeof(text)) == SCAN_UNDECIDED);
	EXPECT(clock() - begin < 10 * CLOCKS_PER_SEC);
}

TEST(a_match_that_costs_too_much_is_undecided)
{
	static char text[100000];
	struct scan_match match;

	memset(text, 'a', sizeof(text));
	EXPECT(scan("(a+)+(a+)+(a+)+b\\z", text, 3000, 100, NULL) == SCAN_UNDECIDED);
	memcpy(text + sizeof(text) - 4, "\naab", 4);
	EXPECT(scan("(?:(?:a+)+)+b\\z|\\naab", text, sizeof(text), 1 << 20, &match) != SCAN_ABSENT);
	memset(text, 'a', 4200);
	for (size_t i = 40; i < 4200; i += 42)
		memcpy(text + i, "x\n", 2);
	EXPECT(scan("(a+)+(a+)+(a+)+[bc]", text, 4200, 100, NULL) == SCAN_UNDECIDED);
	memcpy(text + 60, "ab", 2);
	EXPECT(scan("(a+)+(a+)+(a+)+[bc]", text, 4200, 100, NULL) != SCAN_ABSENT);
	EXPECT(scan("(?1)(a(?1)?b)", "aabbab", 6, 100, NULL) == SCAN_FOUND);
}

TEST(empty_lines_do_not_fill_the_memory)
{
	char text[2000];

	memset(text, '\n', sizeof(text));
	EXPECT(scan("never", text, sizeof(text), 100, NULL) == SCAN_ABSENT);
	EXPECT(scan("\\n^b", text, sizeof(text), 100, NULL) == SCAN_UNDECIDED);
	EXPECT(scan("\\n[^a]b", text, sizeof(text), 100, NULL) == SCAN_ABSENT);
	text[1999] = 'b';
	EXPECT(scan("\\n^b", text, sizeof(text), 100, NULL) == SCAN_FOUND);
	EXPECT(scan("\\nb$", text, sizeof(text), 100, NULL) == SCAN_FOUND);
}

TEST(many_patterns_share_a_window)
{
	const struct pattern *all[] = {compile("one"), compile("(?s)t.*?o\\b"), compile("three$"), compile("\\Aone"),
				       compile("\\z")};
	struct scanner *scanner = scanner_new_sized(all, 5, 0, 4, 100);
	struct scan_match match;

	scanner_feed(scanner, "one\ntwo\nthre", 12);
	scanner_feed(scanner, "e\nfour", 6);
	EXPECT_NUMBER(scanner_lines(scanner), 4);
	scanner_finish(scanner);
	scanner_feed(scanner, "five", 4);
	scanner_finish(scanner);
	EXPECT_NUMBER(scanner_bytes(scanner), 18);
	for (size_t i = 0; i < 5; i++) {
		EXPECT(scanner_result(scanner, i, &match) == SCAN_FOUND);
		EXPECT_NUMBER(match.line, ((const int[]){1, 2, 3, 1, 4})[i]);
		EXPECT_STRING(match.excerpt, ((const char *const[]){"one", "two", "three", "one", "four"})[i]);
		pattern_free((struct pattern *)(uintptr_t)all[i]);
	}
	scanner_free(scanner);
	scanner_free(NULL);
}

static size_t count_lines(const char *text, size_t feed)
{
	struct scanner *scanner = scanner_new(NULL, 0, 0);

	for (size_t i = 0; i < strlen(text); i += feed)
		scanner_feed(scanner, text + i, feed < strlen(text) - i ? feed : strlen(text) - i);
	size_t before = (size_t)scanner_lines(scanner);
	scanner_finish(scanner);
	EXPECT_NUMBER(scanner_lines(scanner), before);
	EXPECT_NUMBER(scanner_bytes(scanner), strlen(text));
	scanner_free(scanner);
	return before;
}

TEST(lines_are_counted)
{
	EXPECT_NUMBER(count_lines("", 1), 0);
	EXPECT_NUMBER(count_lines("a", 1), 1);
	EXPECT_NUMBER(count_lines("\n", 1), 1);
	EXPECT_NUMBER(count_lines("a\nb", 2), 2);
	EXPECT_NUMBER(count_lines("a\nb\n", 3), 2);
	EXPECT_NUMBER(count_lines("a\r\nb\r\n", 100), 2);
	EXPECT_NUMBER(count_lines("\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n", 100), 17);
	EXPECT_NUMBER(count_lines("\x0b\x0a\x09\x8a\x0a\x00\x0a\xff\x0a\x0a", 100), 2);
}

static void take_item(void *context, const char *data, size_t length)
{
	struct buffer *items = context;

	buffer_append(items, data, length);
	buffer_string(items, ";");
}

static void expect_items(const char *pattern_text, const char *group, const char *text, const char *expected)
{
	const struct pattern *pattern = compile(pattern_text);
	struct buffer items;

	buffer_init(&items, 1000);
	for (size_t block = 1; block < 20; block++) {
		struct scanner *scanner = scanner_new_sized(&pattern, 1, 0, block, 100);
		scanner_each(scanner, 0, group, take_item, &items);
		scanner_feed(scanner, text, strlen(text));
		scanner_finish(scanner);
		EXPECT_STRING(items.data, expected);
		scanner_free(scanner);
		buffer_clear(&items);
	}
	buffer_release(&items);
	pattern_free((struct pattern *)(uintptr_t)pattern);
}

TEST(each_match_gives_its_group)
{
	expect_items("^\\\\connect (?:-reuse-previous=on )?\"?(?<item>[^\"\\s]+)", "item",
		     "\\connect one\n\\connect -reuse-previous=on \"two\"\n\\connect three\n", "one;two;three;");
	expect_items("a(?<item>x)?", "item", "a ax a", "x;");
	expect_items("(?J)a(?:(?<item>x)|(?<item>y))", "item", "ax ay", "x;y;");
	expect_items("(?<item>a*)", "item", "baac", ";aa;;;");
	expect_items("a(?<item>b)", "other", "ab", "");
	expect_items("a\\Kb", NULL, "abab", "b;b;");
	expect_items("$", NULL, "a\r\nb", ";;");
}

/* The text without its colours, fed in every way. */
static void expect_stripped(const char *text, const char *expected)
{
	const struct pattern *pattern = compile("(?s).+");
	struct buffer seen;

	buffer_init(&seen, 10000);
	for (size_t feed = 1; feed <= strlen(text); feed++) {
		struct scanner *scanner = scanner_new(&pattern, 1, SCANNER_STRIP_COLOURS);
		scanner_each(scanner, 0, NULL, take_item, &seen);
		for (size_t i = 0; i < strlen(text); i += feed)
			scanner_feed(scanner, text + i, feed < strlen(text) - i ? feed : strlen(text) - i);
		scanner_finish(scanner);
		if (seen.length > 0)
			seen.data[--seen.length] = '\0';
		EXPECT_STRING(seen.data, expected);
		EXPECT_NUMBER(scanner_bytes(scanner), strlen(expected));
		scanner_free(scanner);
		buffer_clear(&seen);
	}
	buffer_release(&seen);
	pattern_free((struct pattern *)(uintptr_t)pattern);
}

TEST(colours_are_removed)
{
	expect_stripped("plain", "plain");
	expect_stripped("\033[34mBucket not found: x\033[0m\n", "Bucket not found: x\n");
	expect_stripped("\033[1;31m[Error]\033[m", "[Error]");
	expect_stripped("a\033[38;2;1;2;3mb\033[2 qc\033[?25hd\033[Ke", "abcde");
	expect_stripped("a\033((Bb", "ab");
	expect_stripped("a\033(B\033[mb\0337c\033=d", "abcd");
	expect_stripped("a\033]0;title\007b\033]8;;http://x\033\\c", "abc");
	expect_stripped("Buck\033[0met", "Bucket");
	expect_stripped("\033[0m", "");
}

/* Nothing that could be a message is lost in a sequence that is none. */
TEST(what_only_looks_like_a_colour_is_kept)
{
	expect_stripped("\033", "");
	expect_stripped("a\033\nb", "a\nb");
	expect_stripped("a\033\033[0mb", "ab");
	expect_stripped("\033]Bucket not found\nmore", "]Bucket not found\nmore");
	expect_stripped("\033]Bucket not found", "]Bucket not found");
	expect_stripped("\033]x\nfailed\007", "]x\nfailed\007");
	expect_stripped("\033]0;one\033[31mtwo", "]0;onetwo");
	expect_stripped("\033]0;one\033]0;two\007three", "]0;onethree");
	expect_stripped("\033[31\nfailed", "[31\nfailed");
	expect_stripped("\033[31", "[31");
	expect_stripped("\033[ 1m", "[ 1m");
	expect_stripped("\033\xc3\xa4", "\xc3\xa4");
	expect_stripped("\033[1\033[2mx", "[1x");
	expect_stripped("a\033(\nb", "a(\nb");
}

TEST(an_osc_without_end_swallows_nothing)
{
	static char text[20000], expected[20000];

	memset(text, 'x', sizeof(text) - 1);
	memcpy(text, "\033]", 2);
	memcpy(text + 15000, "failed", 6);
	memcpy(expected, text + 1, sizeof(text) - 1);
	const struct pattern *all[] = {compile("failed"), compile("\\A]x")};
	struct scanner *scanner = scanner_new(all, 2, SCANNER_STRIP_COLOURS);
	scanner_feed(scanner, text, sizeof(text) - 1);
	scanner_finish(scanner);
	EXPECT(scanner_result(scanner, 0, NULL) == SCAN_FOUND);
	EXPECT(scanner_result(scanner, 1, NULL) == SCAN_FOUND);
	EXPECT_NUMBER(scanner_bytes(scanner), strlen(expected));
	scanner_free(scanner);
	pattern_free((struct pattern *)(uintptr_t)all[0]);
	pattern_free((struct pattern *)(uintptr_t)all[1]);
}

static void expect_excerpt(const char *pattern, const char *text, uint64_t line, const char *expected)
{
	struct scan_match match = {0};

	EXPECT(scan(pattern, text, strlen(text), 10000, &match) == SCAN_FOUND);
	EXPECT_NUMBER(match.line, line);
	EXPECT_STRING(match.excerpt, expected);
}

TEST(an_excerpt_is_the_line_made_harmless)
{
	char text[1000], expected[1000];

	expect_excerpt("not found", "one\nBucket not found: the-bucket-that-is-missing\nthree\n", 2,
		       "Bucket not found: the-bucket-that-is-missing");
	expect_excerpt("two", "one\rone\rtwo three\rfour\r", 1, "two three");
	expect_excerpt("one\\ntwo", "zero\none\ntwo three\nfour", 2, "one two three");
	expect_excerpt("one\\n", "zero\none\ntwo", 2, "one");
	expect_excerpt("b", "a\tb\x01\x1b[0m\x7f\n", 1, "a b??[0m?");
	expect_excerpt("b", "\xc3\xa4 b \xc3 \xc2\x9b \xe2\x80\xae.\xff", 1, "\xc3\xa4 b ? ? ?.?");
	expect_excerpt("\\z", "a\n", 2, "");
	memset(text, 'x', sizeof(text));
	memcpy(text + 500, "needle", 7);
	snprintf(expected, sizeof(expected), "...%.*sneedle", 30, text);
	expect_excerpt("needle", text, 1, expected);
	text[506] = 'x';
	text[999] = '\0';
	snprintf(expected, sizeof(expected), "...%.*sneedle%.*s...", 30, text, 157, text);
	expect_excerpt("needle", text, 1, expected);
	EXPECT_NUMBER(strlen(expected), SCANNER_EXCERPT_MAX - 1);
	for (size_t i = 0; i < 333; i++)
		memcpy(text + 3 * i, "\xe2\x82\xac", 4);
	memcpy(text + 300, "needle", 6);
	snprintf(expected, sizeof(expected), "...%.*sneedle%.*s...", 30, text, 156, text);
	expect_excerpt("needle", text, 1, expected);
}

/* A line's rest that comes in a later block still is in the excerpt. */
TEST(an_excerpt_waits_for_the_line)
{
	struct buffer text;

	buffer_init(&text, 1 << 20);
	for (size_t place = 65400; place < 65600; place += 7) {
		const struct pattern *pattern = compile("needle");
		struct scan_match match = {0};
		buffer_clear(&text);
		while (text.length < place)
			buffer_print(&text, "%s", text.length % 100 == 99 ? "\n" : ".");
		buffer_string(&text, "\nsome needle in a line that goes on for a while\nnext\n");
		while (text.length < 200000)
			buffer_string(&text, "....\n");
		struct scanner *scanner = scanner_new(&pattern, 1, 0);
		scanner_feed(scanner, text.data, text.length);
		scanner_finish(scanner);
		EXPECT(scanner_result(scanner, 0, &match) == SCAN_FOUND);
		EXPECT_STRING(match.excerpt, "some needle in a line that goes on for a while");
		scanner_free(scanner);
		pattern_free((struct pattern *)(uintptr_t)pattern);
	}
	buffer_release(&text);
}

UNIT_MAIN

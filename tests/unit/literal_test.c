#include "assertions/scan/scan_private.h"
#include "assertions/base/memory.h"
#include "made_pattern.h"
#include "unit.h"

#include <stdlib.h>

#define ROUNDS (unit_is_full() ? 5000 : 1500)

/* "text@bytes before it" ("line": any on its line) of each, "~" before them where the case plays no part. */
static void expect_literals(const char *pattern, const char *expected)
{
	struct literal_set set;
	struct buffer seen;

	buffer_init(&seen, 1000);
	literal_find(pattern, &set);
	if (set.count > 0 && set.is_caseless)
		buffer_string(&seen, "~");
	for (size_t i = 0; i < set.count; i++)
		if (set.items[i].before_bytes_max > LITERAL_BEFORE_MAX)
			buffer_print(&seen, "%s%.*s@line", i > 0 ? "|" : "", (int)set.items[i].length,
				     set.items[i].bytes);
		else
			buffer_print(&seen, "%s%.*s@%zu", i > 0 ? "|" : "", (int)set.items[i].length,
				     set.items[i].bytes, set.items[i].before_bytes_max);
	if (strcmp(seen.data, expected) != 0)
		printf("pattern '%s':\n", pattern);
	EXPECT_STRING(seen.data, expected);
	buffer_release(&seen);
}

TEST(plain_text)
{
	expect_literals("Bucket not found", "Bucket not found@0");
	expect_literals("^\\[Error\\]", "[Error]@0");
	expect_literals("^ERROR:\\s+\\S+", "ERROR:@0");
	expect_literals("\\bfoo\\b bar\\z", "foo bar@0");
	expect_literals("a\\nb\\tc\\rd\\fe", "a\nb\tc\rd\fe@0");
	expect_literals("dumping my\\-db\\ 1\\_x", "dumping my-db 1_x@0");
	expect_literals("{\"a\": \"b\"}", "");
	expect_literals("\\{\"a\": \"b\"}", "{\"a\": \"b\"}@0");
	expect_literals("]x", "]x@0");
	expect_literals("\x01x#\x7f", "\x01x#\x7f@0");
}

TEST(what_stands_before)
{
	expect_literals("^\\d\\d ERROR", " ERROR@2");
	expect_literals("..x?yz", "yz@3");
	expect_literals("[ab]{3}[^\\]\\n]abc", "abc@4");
	expect_literals("a{2,5}bcd", "bcd@5");
	expect_literals(".{0,1000}abc", "abc@1000");
	expect_literals(".{0,1001}abc", "abc@line");
	expect_literals("[^x]{0,1001}abc", "");
	expect_literals(".{0,999}ab.abc", "abc@line");
	expect_literals("\\s{0,999}ab.abc", "ab@999");
	expect_literals("(?:.{500}){2}.abc", "abc@line");
	expect_literals("(?:\\s{500}){2}.abc", "");
	expect_literals("(?:.{65535}){65535}abc", "abc@line");
	expect_literals("(?:\\D{65535}){65535}abc", "");
	expect_literals("\\d+abc", "abc@line");
	expect_literals("x.*abc", "abc@line");
	expect_literals("(?s)x.*abc", "x@0");
	expect_literals("x\\s*?abc", "x@0");
	expect_literals("xyz.{1,}abc", "xyz@0");
	expect_literals("(a|bcd|)efg", "efg@3");
	expect_literals("(a|b*|)efg", "efg@line");
	expect_literals("(a|\\W*|)efg", "");
	expect_literals("(?:){5}abc", "abc@0");
}

/* How much of a line there may be is of no matter, but all that may hold a line's end is. */
TEST(what_stands_before_on_the_line)
{
	static const char *const harmless[] = {".",     "\\d",   "\\w",         "\\h",       "\\S",
					       "\\V",   "a",     "\\.",         "\\t",       "[a-z]",
					       "[ -~]", "[\\w]", "[\\S\\V\\d]", "(?:a|[.])", "(a.)"};
	static const char *const doubtful[] = {"\\s",    "\\v",   "\\D",     "\\W",         "\\H",          "\\n",
					       "\\r",    "\n",    "\r",      "[^a]",        "[\\s]",        "[\\n]",
					       "[\\r]",  "[\\D]", "[\\W]",   "[\\H]",       "[\\v]",        "[a\n]",
					       "[\t-z]", "[\r]",  "[\\t-z]", "[[:space:]]", "[[:^alpha:]]", "(a|\\n)"};
	char text[100];

	for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++) {
		snprintf(text, sizeof(text), "(?:%s)*xabc", harmless[i]);
		expect_literals(text, "xabc@line");
	}
	for (size_t i = 0; i < sizeof(doubtful) / sizeof(doubtful[0]); i++) {
		snprintf(text, sizeof(text), "(?:%s)*xabc", doubtful[i]);
		expect_literals(text, "");
		snprintf(text, sizeof(text), ".*%s?xabc", doubtful[i]);
		expect_literals(text, "");
	}
	expect_literals("(?i).*abc", "~abc@line");
	expect_literals("(?s).*abc", "");
	expect_literals("(?si).*abc", "");
	expect_literals("\\n.*abc", "\n@0");
	expect_literals("\\n(.*abc|d.*efg)", "\n@0");
	expect_literals("a.*(.abc|d[xy]efg)", "abc@line|efg@line");
	expect_literals("(.+abc|..efg)", "abc@line|efg@2");
}

TEST(repeated)
{
	expect_literals("ab+cde", "cde@line");
	expect_literals("abc+de", "abc@0");
	expect_literals("ab*", "a@0");
	expect_literals("abc?def", "def@3");
	expect_literals("abc{0}def", "def@2");
	expect_literals("abc{1}def", "abcdef@0");
	expect_literals("abc{1,1}?def", "abcdef@0");
	expect_literals("abc{2}def", "abc@0");
	expect_literals("abc{2}defg", "defg@4");
	expect_literals("abc++", "abc@0");
	expect_literals("a?", "");
	expect_literals("(abc)?", "");
	expect_literals("(abc)*d", "d@line");
	expect_literals("(ab\nc)*d", "");
	expect_literals("(abc){0,2}d", "d@6");
	expect_literals("(abc)+d", "abc@0");
	expect_literals("(abc){2}de", "abc@0");
	expect_literals("(.abc){2,3}defg", "defg@12");
}

TEST(groups)
{
	expect_literals("(abc)(?:defg)", "defg@3");
	expect_literals("x(?<item>abc)y", "abc@1");
	expect_literals("x(?P<it_3m>abc)y", "abc@1");
	expect_literals("ERROR|FATAL|PANIC", "ERROR@0|FATAL@0|PANIC@0");
	expect_literals("^(?:.ERROR|..FATAL): ", "ERROR@1|FATAL@2");
	expect_literals("^(?:[ab]|x): abc", ": abc@1");
	expect_literals("abc|", "");
	expect_literals("abc|*def", "");
	expect_literals("abc|d?", "");
	expect_literals("a|b|c|d|e|f|g|h", "a@0|b@0|c@0|d@0|e@0|f@0|g@0|h@0");
	expect_literals("a|b|c|d|e|f|g|h|i", "");
	expect_literals("((((((((((((((((a))))))))))))))))", "a@0");
	expect_literals("(((((((((((((((((a)))))))))))))))))", "");
	expect_literals("\\A(?:abc)", "abc@0");
	expect_literals("(?:abc)\\s*\\z", "abc@0");
}

TEST(case)
{
	expect_literals("(?i)Permission DENIED", "~permission denied@0");
	expect_literals("(?si)a\\[@", "~a[@@0");
	expect_literals("(?s)ABC", "ABC@0");
	expect_literals("(?m)ABC", "ABC@0");
}

TEST(classes)
{
	expect_literals("[a]bc", "bc@1");
	expect_literals("[^a\\]]bc", "bc@1");
	expect_literals("[[:alpha:]]bc", "bc@1");
	expect_literals("[[:^alpha:]x[:digit:]]bc", "bc@1");
	expect_literals("[[]bc", "bc@1");
	expect_literals("[a\\s\\d\\n-]bc", "bc@1");
	expect_literals("[(|]bc", "bc@1");
	expect_literals("[]bc]bc", "");
	expect_literals("[^]bc]bc", "");
	expect_literals("[[:<:]]bc", "");
	expect_literals("[[.a.]]bc", "");
	expect_literals("[[=a=]]bc", "");
	expect_literals("[[:alpha]bc", "");
	expect_literals("[\\Qa]\\E]bc", "");
	expect_literals("[\\x41]bc", "");
	expect_literals("[a", "");
	expect_literals("[a\\", "");
}

/* One of these anywhere, and nothing is known. */
TEST(what_is_not_understood)
{
	static const char *const odd[] = {
		"(?i)",    "(?x)",    "(?-i)", "(?i:a)",    "(?=a)",     "(?!a)",  "(?<=a)",   "(?<!a)", "(?>a)",
		"(?|a)",   "(?#a)",   "(?J)",  "(?U)",      "(?1)",      "(?R)",   "(?&n)",    "(?P>n)", "(?P=n)",
		"(?'n'a)", "(?(1)a)", "(?C)",  "(*ACCEPT)", "(*COMMIT)", "(*UTF)", "\\1",      "\\g1",   "\\k<n>",
		"\\K",     "\\G",     "\\Q",   "\\E",       "\\R",       "\\X",    "\\C",      "\\N",    "\\x41",
		"\\0",     "\\o{1}",  "\\cA",  "\\p{L}",    "\\a",       "\\e",    "\xc3\xa4", "a{",     "a{,2}",
		"a{ 1}",   "a{1, 2}", "a{1",   "a{65536}",  "^*",        "\\b+",   "$?",       "a**",    "a+{2}",
		"(",       ")",       "[",     "\\",
	};
	char text[100];

	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		snprintf(text, sizeof(text), "%sabc", odd[i]);
		if (i != 0)
			expect_literals(text, "");
		snprintf(text, sizeof(text), "abc%s", odd[i]);
		expect_literals(text, "");
		snprintf(text, sizeof(text), "abc(%s)?def", odd[i]);
		expect_literals(text, "");
		snprintf(text, sizeof(text), "abc|def%s", odd[i]);
		expect_literals(text, "");
	}
}

TEST(long_runs_are_cut)
{
	char pattern[201];
	struct literal_set set;

	memset(pattern, 'a', 200);
	pattern[200] = '\0';
	literal_find(pattern, &set);
	EXPECT_NUMBER(set.count, 1);
	EXPECT_NUMBER(set.items[0].length, LITERAL_BYTES_MAX);
	EXPECT_NUMBER(set.items[0].before_bytes_max, 0);
	EXPECT_NUMBER(literal_shortest(&set), LITERAL_BYTES_MAX);
	memset(pattern, '.', 100);
	pattern[199] = '|';
	literal_find(pattern, &set);
	EXPECT_NUMBER(set.count, 0);
	EXPECT_NUMBER(literal_shortest(&set), 0);
}

/* Whatever part of the text PCRE2 can match, a literal of the pattern is in it. */
static void expect_in_every_match(const struct pattern *pattern, const char *text, size_t length)
{
	pcre2_match_data *data = pcre2_match_data_create_from_pattern(pattern->code, NULL);
	struct pattern_limits limits;

	pattern_limits_init(&limits);
	for (size_t begin = 0; begin <= length; begin++)
		for (size_t end = begin; end <= length; end++)
			if (pattern_try(pattern, &limits, text, end, begin, PCRE2_ANCHORED | PCRE2_ENDANCHORED, data) >=
				    0 &&
			    !made_holds_literal(&pattern->literals, text, begin, end)) {
				printf("no literal of '%s' in '%.*s' of '%.*s'\n", pattern_text(pattern),
				       (int)(end - begin), text + begin, (int)end, text);
				unit_failures++;
			}
	pattern_limits_release(&limits);
	pcre2_match_data_free(data);
}

TEST(every_match_has_one)
{
	size_t known = 0;
	struct buffer made, text;
	uint8_t bytes[200];

	srandom(1 + unit_run());
	buffer_init(&made, 1000);
	buffer_init(&text, 1000);
	for (int round = 0; round < ROUNDS; round++) {
		struct choices choices = {bytes, sizeof(bytes)};
		struct pattern *pattern;
		struct error err;
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)(random() >> 8);
		buffer_clear(&made);
		buffer_clear(&text);
		made_text(&choices, 10, &text);
		made_pattern(&choices, &made);
		if (made.length == 0 || pattern_compile(made.data, &pattern, &err) < 0)
			continue;
		known += pattern->literals.count > 0;
		if (pattern->literals.count > 0)
			expect_in_every_match(pattern, text.data, text.length);
		pattern_free(pattern);
	}
	EXPECT(known > ROUNDS / 4);
	buffer_release(&made);
	buffer_release(&text);
}

UNIT_MAIN

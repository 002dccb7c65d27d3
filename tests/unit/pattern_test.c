#include "assertions/base/buffer.h"
#include "assertions/scan/pattern.h"
#include "unit.h"

#include <stdlib.h>

static int matches_bytes(const char *text, const char *subject, size_t length)
{
	struct pattern *pattern = NULL;
	struct error err = {""};

	EXPECT(pattern_compile(text, &pattern, &err) == 0);
	EXPECT_STRING(err.message, "");
	if (pattern == NULL)
		return -2;
	EXPECT_STRING(pattern_text(pattern), text);
	int found = pattern_matches(pattern, subject, length);
	pattern_free(pattern);
	return found;
}

static int matches(const char *text, const char *subject)
{
	return matches_bytes(text, subject, strlen(subject));
}

static void expect_error(const char *text, const char *expected)
{
	struct pattern *pattern = NULL;
	struct error err = {""};

	EXPECT(pattern_compile(text, &pattern, &err) == -1);
	EXPECT(pattern == NULL);
	EXPECT_STRING(err.message, expected);
}

TEST(patterns_are_multi_line)
{
	EXPECT(matches("^b$", "a\nb\nc") == 1);
	EXPECT(matches("^b$", "a\r\nb\r\nc") == 1);
	EXPECT(matches("^b$", "a\rb\rc") == 1);
	EXPECT(matches("^b$", "abc") == 0);
	EXPECT(matches("a.b", "a\nb") == 0);
	EXPECT(matches("\\Aok\\s*\\z", "ok\n") == 1);
	EXPECT(matches("\\Aok\\s*\\z", "row 1 missing\nok\n") == 0);
	EXPECT(matches("B", "b") == 0);
}

TEST(cr_lf_is_one_line_end)
{
	EXPECT(matches("^$", "a\r\nb") == 0);
	EXPECT(matches("^$", "a\r\n\r\nb") == 1);
	EXPECT(matches("^\\W(?=b)", "a\r\nb") == 0);
	EXPECT(matches("^[^a](?=b)", "a\r\nb") == 0);
	EXPECT(matches("^[^^](?=b)", "a\r\nb") == 0);
	EXPECT(matches("[]^](?=b)|^[^a](?=b)", "a\r\nb") == 0);
	EXPECT(matches("[\\]^](?=b)|\\sb", "a\r\nb") == 1);
}

/* A blank before a word is one in every text, whatever ends its lines. */
TEST(a_line_feed_is_white_space_after_a_cr_too)
{
	EXPECT(matches("\\sError", "a\nError") == 1);
	EXPECT(matches("\\sError", "a\r\nError") == 1);
	EXPECT(matches("[[:space:]]Error", "\r\nError") == 1);
	EXPECT(matches("[^a-z]Error", "a\r\nError") == 1);
	EXPECT(matches("(*UCP)\\sError", "a\r\nError") == 1);
	EXPECT(matches("(?x) \\s Error # a comment", "a\r\nError") == 1);
	EXPECT(matches("\\WError|\\^", "a\r\nError") == 1);
	EXPECT(matches("(?:^|\\s)Error", "a\r\nError") == 1);
}

TEST(bytes_and_utf8)
{
	EXPECT(matches("a.c", "a\xff"
			      "c") == 1);
	EXPECT(matches_bytes("a.c", "a\0c", 3) == 1);
	EXPECT(matches("^.$", "\xc3\xa4") == 0);
	EXPECT(matches("^\xc3\xa4?.$", "\xc3\xb6") == 1);
	EXPECT(matches("\xc3\xa4", "\xff\xfe\xc3\xa4") == 1);
	EXPECT(matches("(?i)\xc3\x84", "\xc3\xa4") == 1);
	EXPECT(matches("(*UTF)^.$", "\xc3\xa4") == 1);
	EXPECT(matches("(*UTF)a", "\xff"
				  "a") == 1);
	EXPECT(matches(".*\xc3\xa4", "\xff \xc3\xa4") == 1);
	EXPECT(matches("(?s).*\xc3\xa4", "a\xff \xc3\xa4") == 1);
	EXPECT(matches_bytes("\\z", NULL, 0) == 1);
}

TEST(errors_name_the_place)
{
	expect_error("foo(ba", "missing closing parenthesis at offset 6 of the pattern 'foo(ba'");
	expect_error("a[b", "missing terminating ] for character class at offset 3 of the pattern 'a[b'");
	expect_error("*a", "quantifier does not follow a repeatable item at offset 0 of the pattern '*a'");
	expect_error("?\\s", "quantifier does not follow a repeatable item at offset 0 of the pattern '?\\s'");
	expect_error("", "an empty pattern matches everything");
}

TEST(what_is_too_large_is_an_error)
{
	static char text[PATTERN_TEXT_MAX + 2];
	struct pattern *pattern = NULL;
	struct error err = {""};

	memset(text, 'a', sizeof(text) - 1);
	EXPECT(pattern_compile(text, &pattern, &err) == -1);
	EXPECT(strstr(err.message, "longer than") != NULL);
	text[PATTERN_TEXT_MAX] = '\0';
	EXPECT(pattern_compile(text, &pattern, &err) == 0);
	pattern_free(pattern);
	EXPECT(pattern_compile("(?<=(?<=a{60000})b{60000})c", &pattern, &err) == -1);
	EXPECT(strstr(err.message, "too far behind") != NULL);
}

TEST(what_costs_too_much_is_not_decided)
{
	static char text[40];

	memset(text, 'a', sizeof(text) - 1);
	EXPECT(matches("^(a+)+(a+)+(a+)+b", text) == 0);
	EXPECT(matches("^(a+)+(a+)+(a+)+[bc]", text) == -1);
	EXPECT(matches("((?1)?a)", "a") == -1);
}

TEST(groups_are_known_by_name)
{
	struct pattern *pattern = NULL;
	struct error err;

	EXPECT(pattern_compile("(?J)(?<item>a)|(?<item>b)|(?<other>c)|(d)", &pattern, &err) == 0);
	EXPECT(pattern_has_group(pattern, "item"));
	EXPECT(pattern_has_group(pattern, "other"));
	EXPECT(!pattern_has_group(pattern, "none"));
	EXPECT(!pattern_has_group(pattern, ""));
	pattern_free(pattern);
	pattern_free(NULL);
}

TEST(quoted_text_matches_itself)
{
	char all[128];
	struct buffer quoted;

	for (int i = 0; i < 127; i++)
		all[i] = (char)(i + 1);
	all[127] = '\0';
	buffer_init(&quoted, 1000);
	buffer_string(&quoted, "\\A");
	pattern_quote(all, &quoted);
	buffer_string(&quoted, "\\z");
	EXPECT(matches(quoted.data, all) == 1);
	buffer_clear(&quoted);
	buffer_string(&quoted, "(?x)\\A");
	pattern_quote(" # a.b\n", &quoted);
	buffer_string(&quoted, "\\z");
	EXPECT(matches(quoted.data, " # a.b\n") == 1);
	EXPECT(matches(quoted.data, " # aXb\n") == 0);
	buffer_clear(&quoted);
	pattern_quote("\xc3\xa4_1", &quoted);
	EXPECT_STRING(quoted.data, "\xc3\xa4_1");
	buffer_release(&quoted);
}

UNIT_MAIN

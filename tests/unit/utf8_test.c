#include "assertions/base/utf8.h"
#include "unit.h"

static void expect_character(const char *text, size_t bytes, uint32_t expected)
{
	uint32_t code_point = 0;

	EXPECT_NUMBER(utf8_character(text, strlen(text), &code_point), bytes);
	EXPECT_NUMBER(code_point, expected);
	EXPECT_NUMBER(utf8_character(text, strlen(text), NULL), bytes);
}

TEST(characters)
{
	expect_character("", 0, 0);
	expect_character("a", 1, 'a');
	expect_character("\x7f", 1, 0x7f);
	expect_character("\xc2\x80", 2, 0x80);
	expect_character("\xc3\xa4x", 2, 0xe4);
	expect_character("\xdf\xbf", 2, 0x7ff);
	expect_character("\xe0\xa0\x80", 3, 0x800);
	expect_character("\xe2\x82\xac", 3, 0x20ac);
	expect_character("\xef\xbf\xbf", 3, 0xffff);
	expect_character("\xf0\x90\x80\x80", 4, 0x10000);
	expect_character("\xf4\x8f\xbf\xbf", 4, 0x10ffff);
	EXPECT_NUMBER(utf8_character("\0", 1, NULL), 1);
}

TEST(what_is_no_character)
{
	static const char *const bad[] = {"\x80",
					  "\xbf",
					  "\xc0\x80",
					  "\xc1\xbf",
					  "\xc3",
					  "\xc3x",
					  "\xe2\x82",
					  "\xe0\x9f\xbf",
					  "\xed\xa0\x80",
					  "\xed\xbf\xbf",
					  "\xf0\x8f\xbf\xbf",
					  "\xf4\x90\x80\x80",
					  "\xf5\x80\x80\x80",
					  "\xf8\x88\x80\x80\x80",
					  "\xff",
					  "\xf0\x9f\x98"};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect_character(bad[i], 0, 0);
}

TEST(unfinished_characters)
{
	EXPECT_NUMBER(utf8_unfinished("", 0), 0);
	EXPECT_NUMBER(utf8_unfinished("a", 1), 0);
	EXPECT_NUMBER(utf8_unfinished("a\xc3", 2), 1);
	EXPECT_NUMBER(utf8_unfinished("\xc3\xa4", 2), 0);
	EXPECT_NUMBER(utf8_unfinished("\xe2\x82", 2), 2);
	EXPECT_NUMBER(utf8_unfinished("a\xf0\x9f\x98", 4), 3);
	EXPECT_NUMBER(utf8_unfinished("\xf0\x9f\x98\x80", 4), 0);
	EXPECT_NUMBER(utf8_unfinished("\x80\x80\x80\x80", 4), 0);
	EXPECT_NUMBER(utf8_unfinished("\x80", 1), 0);
	EXPECT_NUMBER(utf8_unfinished("\xff", 1), 0);
}

TEST(boundaries)
{
	static const char text[] = "a\xf0\x9f\x98\x80\x80\x80z";

	EXPECT_NUMBER(utf8_boundary(text, 0), 0);
	EXPECT_NUMBER(utf8_boundary(text, 1), 1);
	EXPECT_NUMBER(utf8_boundary(text, 3), 1);
	EXPECT_NUMBER(utf8_boundary(text, 4), 1);
	EXPECT_NUMBER(utf8_boundary(text, 6), 6);
	EXPECT_NUMBER(utf8_boundary(text, 7), 7);
	EXPECT_NUMBER(utf8_boundary("\x80\x80", 1), 1);
}

UNIT_MAIN

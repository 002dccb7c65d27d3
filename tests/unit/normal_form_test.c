/* Names that look the same. */
#include "unit.h"

#include "assertions/base/normal_form.h"

TEST(what_looks_the_same)
{
	EXPECT(normal_form_is_equal("", ""));
	EXPECT(normal_form_is_equal("caf\xc3\xa9", "cafe\xcc\x81"));
	EXPECT(normal_form_is_equal("\xc3\x9c"
				    "ber/\xc3\xa4\xc3\xb6",
				    "U\xcc\x88"
				    "ber/a\xcc\x88"
				    "o\xcc\x88"));
	EXPECT(normal_form_is_equal("\xc5\xbb\xc3\xb3\xc5\x82w", "Z\xcc\x87o\xcc\x81\xc5\x82w"));
	EXPECT(normal_form_is_equal("\xed\x95\x9c\xea\xb8\x80",
				    "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab\xe1\x84\x80\xe1\x85\xb3\xe1\x86\xaf"));
	EXPECT(normal_form_is_equal("\xea\xb0\x80", "\xe1\x84\x80\xe1\x85\xa1"));
}

TEST(what_does_not)
{
	EXPECT(!normal_form_is_equal("caf\xc3\xa9", "cafe"));
	EXPECT(!normal_form_is_equal("caf\xc3\xa9", "cafe\xcc\x80"));
	EXPECT(!normal_form_is_equal("caf\xc3\xa9", "cafe\xcc\x81s"));
	EXPECT(!normal_form_is_equal("caf\xc3\xa9", "caf\xe9"));
	EXPECT(!normal_form_is_equal("\xe9", "\xea"));
	EXPECT(!normal_form_is_equal("\xea\xb0\x80", "\xea\xb0\x81"));
	EXPECT(!normal_form_is_equal("a", "A"));
}

TEST(what_cannot_be_written_otherwise)
{
	EXPECT_NUMBER(normal_form_plain_length(""), 0);
	EXPECT_NUMBER(normal_form_plain_length("pg/a"), 4);
	EXPECT_NUMBER(normal_form_plain_length("pg/caf\xc3\xa9"), 5);
	EXPECT_NUMBER(normal_form_plain_length("pg/cafe\xcc\x81"), 6);
	EXPECT_NUMBER(normal_form_plain_length("\xc3\xa9"), 0);
}

UNIT_MAIN

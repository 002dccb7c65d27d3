#include "assertions/base/error.h"
#include "unit.h"

TEST(a_message_is_set)
{
	struct error err = {"old"};

	EXPECT_NUMBER(error_set(&err, "cannot read '%s': %d", "x", 5), -1);
	EXPECT_STRING(err.message, "cannot read 'x': 5");
	EXPECT_NUMBER(error_set(NULL, "nobody asks"), -1);
	EXPECT_NUMBER(error_wrap(NULL, "nobody asks"), -1);
}

TEST(a_message_is_wrapped)
{
	struct error err = {"inner"};

	EXPECT_NUMBER(error_wrap(&err, "outer %d", 1), -1);
	EXPECT_STRING(err.message, "outer 1: inner");
}

TEST(a_message_may_be_part_of_itself)
{
	struct error err = {"inner"};

	error_set(&err, "again: %s", err.message);
	EXPECT_STRING(err.message, "again: inner");
	error_wrap(&err, "<%s>", err.message);
	EXPECT_STRING(err.message, "<again: inner>: again: inner");
}

TEST(long_messages_are_cut)
{
	char text[3 * ERROR_MAX];
	struct error err;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	error_set(&err, "%s", text);
	EXPECT_NUMBER(strlen(err.message), ERROR_MAX - 1);
	error_wrap(&err, "front");
	EXPECT_NUMBER(strlen(err.message), ERROR_MAX - 1);
	EXPECT(strncmp(err.message, "front: xxx", 10) == 0);
	error_wrap(&err, "%s", text);
	EXPECT_NUMBER(strlen(err.message), ERROR_MAX - 1);
}

UNIT_MAIN

#include "assertions/base/buffer.h"
#include "unit.h"

#include <stdint.h>
#include <stdlib.h>

TEST(a_buffer_is_always_a_text)
{
	struct buffer buffer;

	buffer_init(&buffer, 100);
	EXPECT_STRING(buffer.data, "");
	buffer_clear(&buffer);
	buffer_append(&buffer, "", 0);
	buffer_append(&buffer, NULL, 0);
	buffer_print(&buffer, "%s", "");
	EXPECT_STRING(buffer.data, "");
	buffer_string(&buffer, "one ");
	buffer_append(&buffer, "two", 2);
	buffer_print(&buffer, " %d", 3);
	EXPECT_STRING(buffer.data, "one tw 3");
	EXPECT_NUMBER(buffer.length, 8);
	EXPECT(!buffer.truncated);
	buffer_clear(&buffer);
	EXPECT_STRING(buffer.data, "");
	EXPECT_NUMBER(buffer.length, 0);
	buffer_release(&buffer);
	EXPECT_STRING(buffer.data, "");
	buffer_release(&buffer);
}

TEST(what_does_not_fit_is_dropped)
{
	struct buffer buffer;

	buffer_init(&buffer, 5);
	buffer_string(&buffer, "12345");
	EXPECT(!buffer.truncated);
	buffer_string(&buffer, "6");
	EXPECT(buffer.truncated);
	EXPECT_STRING(buffer.data, "12345");
	buffer_clear(&buffer);
	EXPECT(!buffer.truncated);
	buffer_print(&buffer, "%s", "123");
	buffer_print(&buffer, "%s", "456");
	EXPECT_STRING(buffer.data, "12345");
	EXPECT(buffer.truncated);
	buffer_print(&buffer, "%s", "7");
	EXPECT_STRING(buffer.data, "12345");
	EXPECT_NUMBER(buffer.length, 5);
	EXPECT(buffer.capacity <= 6);
	buffer_release(&buffer);
	buffer_init(&buffer, 0);
	buffer_string(&buffer, "x");
	EXPECT_STRING(buffer.data, "");
	EXPECT(buffer.truncated);
	buffer_release(&buffer);
}

TEST(a_buffer_grows)
{
	struct buffer buffer;

	buffer_init(&buffer, SIZE_MAX);
	for (int i = 0; i < 10000; i++)
		buffer_print(&buffer, "%04d", i);
	EXPECT_NUMBER(buffer.length, 40000);
	EXPECT(memcmp(buffer.data + 39996, "9999", 5) == 0);
	buffer_append(&buffer, "a\0b", 3);
	EXPECT(memcmp(buffer.data + 40000, "a\0b", 4) == 0);
	buffer_release(&buffer);
}

TEST(a_text_is_taken)
{
	struct buffer buffer;

	buffer_init(&buffer, 100);
	char *nothing = buffer_take(&buffer);
	EXPECT_STRING(nothing, "");
	free(nothing);
	buffer_string(&buffer, "text");
	char *text = buffer_take(&buffer);
	EXPECT_STRING(text, "text");
	EXPECT_STRING(buffer.data, "");
	buffer_string(&buffer, "more");
	EXPECT_STRING(text, "text");
	EXPECT_STRING(buffer.data, "more");
	free(text);
	buffer_release(&buffer);
}

UNIT_MAIN

#include "assertions/base/memory.h"
#include "assertions/value/text.h"
#include "unit.h"

#include <stdlib.h>

static int look_up(void *context, const char *step, const char **ret_value, struct error *err)
{
	if (strcmp(step, "none") == 0)
		return error_set(err, "no output of '%s'", step);
	*ret_value = context;
	return 0;
}

static void add(struct text *text, const char *literal, const char *step)
{
	text->parts = memory_grow(text->parts, text->count + 1, sizeof(*text->parts));
	text->parts[text->count++] = (struct text_part){.literal = memory_string(literal), .step = memory_string(step)};
}

static struct text *begin_with(const char *literal)
{
	struct text *text = memory_alloc(sizeof(*text));

	text->written = memory_string(literal);
	add(text, literal, NULL);
	return text;
}

static void release(struct text *text)
{
	for (size_t i = 0; i < text->count; i++) {
		free((char *)(size_t)text->parts[i].literal);
		free((char *)(size_t)text->parts[i].step);
	}
	free(text->parts);
	free((char *)(size_t)text->written);
	free(text);
}

static void expect_text(struct text *text, char *late, const char *expected)
{
	struct error err = {""};
	char *value = NULL;

	EXPECT_NUMBER(text_resolve(text, look_up, late, &value, &err), 0);
	EXPECT_STRING(value, expected);
	free(value);
}

TEST(a_literal_is_known)
{
	struct text *text = begin_with("a*b");

	EXPECT(text_is_known(text));
	EXPECT_STRING(text->written, "a*b");
	expect_text(text, NULL, "a*b");
	text->quoting = TEXT_GLOB;
	expect_text(text, NULL, "a*b");
	char *described = text_describe(text);
	EXPECT_STRING(described, "a*b");
	free(described);
	release(text);
}

TEST(a_late_value_is_put_in)
{
	struct text *text = begin_with("pg/");
	char late[] = "x*y{1}";

	add(text, NULL, "name");
	add(text, "-*.gz", NULL);
	EXPECT(!text_is_known(text));
	expect_text(text, late, "pg/x*y{1}-*.gz");
	text->quoting = TEXT_GLOB;
	expect_text(text, late, "pg/x\\*y\\{1\\}-*.gz");
	char *described = text_describe(text);
	EXPECT_STRING(described, "pg/<output of name>-*.gz");
	free(described);
	release(text);
}

TEST(what_cannot_be_known_is_an_error)
{
	struct text *text = begin_with("a");
	struct error err = {""};
	char *value = NULL, *late = memory_alloc(2 << 20);

	memset(late, 'x', (2 << 20) - 1);
	add(text, NULL, "name");
	EXPECT_NUMBER(text_resolve(text, look_up, late, &value, &err), -1);
	EXPECT(strstr(err.message, "longer than") != NULL);
	add(text, NULL, "none");
	late[0] = '\0';
	EXPECT_NUMBER(text_resolve(text, look_up, late, &value, &err), -1);
	EXPECT_STRING(err.message, "no output of 'none'");
	EXPECT(value == NULL);
	free(late);
	release(text);
}

UNIT_MAIN

#include "../../assertions/parameter.h"
#include "../../assertions/text.h"
#include "unit.h"

static void expect_name(struct parameter parameter, const char *expected)
{
	char text[PARAMETER_TYPE_NAME_MAX];

	EXPECT_STRING(parameter_type_name(&parameter, text), expected);
}

TEST(types_have_names)
{
	static const char *const few[] = {"path", "virtual", NULL};
	static const char *const many[] = {"gzip", "zstd",   "xz",        "bzip2", "lz4", "tar",
					   "zip",  "sqlite", "pg_custom", "etcd",  "age", NULL};
	static const struct record record = {.name = "a retry"};
	static const struct parameter pattern = {.type = PARAMETER_PATTERN}, string = {.type = PARAMETER_STRING};
	static const struct parameter list = {.type = PARAMETER_LIST, .item = &string};
	static const struct parameter choice = {.type = PARAMETER_CHOICE, .choices = many};
	static const struct parameter a_record = {.type = PARAMETER_RECORD, .record = &record};

	expect_name((struct parameter){.type = PARAMETER_SIZE}, "a size");
	expect_name((struct parameter){.type = PARAMETER_BOOL}, "true or false");
	expect_name((struct parameter){.type = PARAMETER_LIST, .item = &pattern}, "a list of patterns");
	expect_name((struct parameter){.type = PARAMETER_LIST, .item = &list}, "a list of lists of strings");
	expect_name((struct parameter){.type = PARAMETER_CHOICE, .choices = few}, "one of path, virtual");
	expect_name(choice, "one of gzip, zstd, xz, bzip2, lz4, tar, zip, sqlite, ...");
	expect_name((struct parameter){.type = PARAMETER_LIST, .item = &choice},
		    "a list, each one of gzip, zstd, xz, bzip2, lz4, tar, zip, ...");
	expect_name(a_record, "a retry");
	expect_name((struct parameter){.type = PARAMETER_LIST, .item = &a_record}, "a list, each of them a retry");
	expect_name((struct parameter){.type = PARAMETER_MAP, .item = &string}, "names, each with a string");
	expect_name((struct parameter){.type = PARAMETER_MAP, .item = &list}, "names, each with a list of strings");
}

TEST(every_type_has_a_name_and_a_size)
{
	for (int type = PARAMETER_BOOL; type <= PARAMETER_CHECKS; type++) {
		EXPECT(parameter_type_size((enum parameter_type)type) > 0);
		if (type != PARAMETER_CHOICE && type != PARAMETER_RECORD && type != PARAMETER_LIST &&
		    type != PARAMETER_MAP) {
			char text[PARAMETER_TYPE_NAME_MAX];
			struct parameter parameter = {.type = (enum parameter_type)type};
			EXPECT(strlen(parameter_type_name(&parameter, text)) > 3);
		}
	}
	EXPECT_NUMBER(parameter_type_size(PARAMETER_BOOL), sizeof(bool));
	EXPECT_NUMBER(parameter_type_size(PARAMETER_CHOICE), sizeof(int));
	EXPECT_NUMBER(parameter_type_size(PARAMETER_LIST), sizeof(struct parameter_list));
	EXPECT_NUMBER(parameter_type_size(PARAMETER_RECORD), sizeof(void *));
}

UNIT_MAIN

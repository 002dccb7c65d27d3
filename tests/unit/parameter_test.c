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
	static const struct parameter pattern = {.type = &value_pattern}, string = {.type = &value_string};
	static const struct parameter list = {.type = &value_list, .item = &string};
	static const struct parameter choice = {.type = &value_choice, .choices = many};
	static const struct parameter a_record = {.type = &value_record, .record = &record};

	expect_name((struct parameter){.type = &value_size}, "a size");
	expect_name((struct parameter){.type = &value_bool}, "true or false");
	expect_name((struct parameter){.type = &value_list, .item = &pattern}, "a list of patterns");
	expect_name((struct parameter){.type = &value_list, .item = &list}, "a list of lists of strings");
	expect_name((struct parameter){.type = &value_choice, .choices = few}, "one of path, virtual");
	expect_name(choice, "one of gzip, zstd, xz, bzip2, lz4, tar, zip, sqlite, ...");
	expect_name((struct parameter){.type = &value_list, .item = &choice},
		    "a list, each one of gzip, zstd, xz, bzip2, lz4, tar, zip, ...");
	expect_name(a_record, "a retry");
	expect_name((struct parameter){.type = &value_list, .item = &a_record}, "a list, each of them a retry");
	expect_name((struct parameter){.type = &value_map, .item = &string}, "names, each with a string");
	expect_name((struct parameter){.type = &value_map, .item = &list}, "names, each with a list of strings");
}

static const struct value_type *const types[] = {
	&value_bool,      &value_integer, &value_size,          &value_duration,  &value_date,   &value_percent,
	&value_string,    &value_text,    &value_store,         &value_inventory, &value_step,   &value_glob,
	&value_glob_text, &value_pattern, &value_version_range, &value_choice,    &value_secret, &value_text_or_secret,
	&value_record,    &value_list,    &value_map,           &value_checks,
};

TEST(every_type_has_a_name_and_a_size)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		const struct value_type *type = types[i];
		EXPECT(type->size > 0);
		EXPECT((type->one != NULL && type->many != NULL) || type->name != NULL);
		EXPECT((type->read_whole == NULL && type->read_real == NULL) || type->format != NULL);
	}
	EXPECT_NUMBER(value_bool.size, sizeof(bool));
	EXPECT_NUMBER(value_choice.size, sizeof(int));
	EXPECT_NUMBER(value_list.size, sizeof(struct parameter_list));
	EXPECT_NUMBER(value_record.size, sizeof(void *));
}

UNIT_MAIN

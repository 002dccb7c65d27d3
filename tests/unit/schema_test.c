#include "assertions/base/cleanup.h"
#include "wrapper/verbs/schema/schema.h"
#include "unit.h"

#include <stdlib.h>

#define VARIABLE "\\\\$\\\\{[^}]+\\\\}"

static void expect_json(json_t *value, const char *expected)
{
	cleanup_free char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));

	EXPECT_STRING(text, expected);
	json_decref(value);
}

TEST(bounds_are_told_where_a_number_is_one_to_json)
{
	const struct parameter fraction = {.type = &value_fraction, .maximum = 8};
	const struct parameter size = {.type = &value_size, .minimum = 1024};
	const struct parameter percent = {.type = &value_percent, .maximum = 100};

	expect_json(schema_scalar(&fraction), "{\"type\": [\"number\", \"string\"], \"pattern\": \"" VARIABLE
					      "\", \"patternErrorMessage\": \"this is not a number, such as 7.9\", "
					      "\"minimum\": 0, \"maximum\": 8}");
	json_t *made = schema_scalar(&size);
	EXPECT_NUMBER(json_integer_value(json_object_get(made, "minimum")), 1024);
	EXPECT(json_object_get(made, "maximum") == NULL);
	json_decref(made);
	made = schema_scalar(&percent);
	EXPECT(json_object_get(made, "maximum") == NULL);
	json_decref(made);
}

TEST(examples)
{
	expect_json(schema_example("7.9"), "7.9");
	expect_json(schema_example("7"), "7");
	expect_json(schema_example("'7.9'"), "\"7.9\"");
	expect_json(schema_example("20%"), "\"20%\"");
	expect_json(schema_example("2.3.1"), "\"2.3.1\"");
	expect_json(schema_example("{max: 7.9}"), "{\"max\": 7.9}");
}

UNIT_MAIN

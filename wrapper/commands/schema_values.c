#include "schema_values.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../../assertions/base/cleanup.h"
#include "../../assertions/base/memory.h"
#include "../manifest/document.h"

#define VARIABLE "\\$\\{[^}]+\\}"

/* How the values are written that are neither plain texts nor numbers; a variable may always stand in them. */
static const struct value_form {
	enum parameter_type type;
	const char *pattern, *example;
} forms[] = {
	{PARAMETER_SIZE, "^[0-9]+(\\.[0-9]+)?(B|kB|KB|KiB|MB|MiB|GB|GiB|TB|TiB)?$", "a size, such as 10KiB or 5GB"},
	{PARAMETER_DURATION, "^(?=.)([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$",
	 "a duration, such as 90s, 26h or 1d12h"},
	{PARAMETER_PERCENT, "^[0-9]+(\\.[0-9]+)?%$", "a percentage, such as 20%"},
	{PARAMETER_DATE, "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "a day, such as 2027-01-31"},
};

/* As a JSON parser would have it: texts without quotes are booleans and numbers where they look like it. */
static json_t *scalar_to_json(const struct node *node)
{
	char *end;
	long long number = strtoll(node->value, &end, 10);

	if (node->plain && (strcmp(node->value, "true") == 0 || strcmp(node->value, "false") == 0))
		return json_boolean(node->value[0] == 't');
	if (node->plain && isdigit((unsigned char)node->value[0]) && *end == '\0')
		return json_integer(number);
	return json_string(node->value);
}

static json_t *node_to_json(const struct node *node)
{
	json_t *value;

	if (node->kind == NODE_SCALAR)
		return scalar_to_json(node);
	value = node->kind == NODE_MAPPING ? json_object() : json_array();
	for (size_t i = 0; i < node->count; i++) {
		if (node->kind == NODE_MAPPING)
			json_object_set_new(value, node->keys[i]->value, node_to_json(node->items[i]));
		else
			json_array_append_new(value, node_to_json(node->items[i]));
	}
	return value;
}

json_t *schema_example(const char *yaml)
{
	struct diagnostics diagnostics = {0};
	struct document document;
	json_t *value = NULL;

	if (document_parse("example", yaml, strlen(yaml), &document, &diagnostics) == 0 && diagnostics.errors == 0)
		value = node_to_json(document.root);
	document_release(&document);
	diagnostics_release(&diagnostics);
	return value != NULL ? value : json_string(yaml);
}

/* One schema and not a choice of two: an editor then completes and explains the key, not one of its forms. */
static json_t *mixed_schema(const char *type, const char *message)
{
	return json_pack("{s:[s,s],s:s,s:s}", "type", type, "string", "pattern", VARIABLE, "patternErrorMessage",
			 message);
}

static json_t *form_schema(const struct parameter *parameter)
{
	const struct value_form *form = forms;

	while (form->type != parameter->type)
		form++;
	cleanup_free char *pattern = memory_format("%s|%s", form->pattern, VARIABLE);
	cleanup_free char *message = memory_format("this is not %s", form->example);
	json_t *value =
		json_pack("{s:s,s:s,s:s}", "type", "string", "pattern", pattern, "patternErrorMessage", message);
	if (parameter->type == PARAMETER_SIZE) {
		json_object_set_new(value, "type", json_pack("[s,s]", "string", "integer"));
		json_object_set_new(value, "minimum", json_integer(0));
	}
	return value;
}

static json_t *integer_schema(const struct parameter *parameter)
{
	json_t *integer;

	if (parameter->minimum == parameter->maximum && parameter->minimum != 0)
		return json_pack("{s:I}", "const", (json_int_t)parameter->minimum);
	integer = mixed_schema("integer", "this is not a whole number");
	json_object_set_new(integer, "minimum", json_integer(parameter->minimum));
	if (parameter->maximum != 0 && parameter->maximum != INT64_MAX)
		json_object_set_new(integer, "maximum", json_integer(parameter->maximum));
	return integer;
}

static json_t *choice_schema(const struct parameter *parameter)
{
	json_t *choices = json_array();

	for (size_t i = 0; parameter->choices[i] != NULL; i++)
		json_array_append_new(choices, json_string(parameter->choices[i]));
	return json_pack("{s:[{s:o},{s:s,s:s}]}", "anyOf", "enum", choices, "type", "string", "pattern", VARIABLE);
}

/* What is written without quotes is a number or a boolean to a parser of YAML, whatever it means here. */
static json_t *text_schema(const struct parameter *parameter)
{
	bool is_name = parameter->type == PARAMETER_STORE || parameter->type == PARAMETER_STEP ||
		       parameter->type == PARAMETER_INVENTORY;
	json_t *text = json_pack("{s:[s,s]}", "type", "string", "number");

	if (!is_name && parameter->pattern == NULL)
		json_array_append_new(json_object_get(text, "type"), json_string("boolean"));
	if ((parameter->flags & PARAMETER_MAY_BE_EMPTY) == 0)
		json_object_set_new(text, "minLength", json_integer(1));
	if (parameter->pattern != NULL) {
		cleanup_free char *pattern = memory_format("%s|%s", parameter->pattern, VARIABLE);
		json_object_set_new(text, "pattern", json_string(pattern));
	}
	return text;
}

json_t *schema_scalar(const struct parameter *parameter)
{
	switch (parameter->type) {
	case PARAMETER_BOOL:
		return mixed_schema("boolean", "only true and false are booleans, without quotes");
	case PARAMETER_INTEGER:
		return integer_schema(parameter);
	case PARAMETER_SIZE:
	case PARAMETER_DURATION:
	case PARAMETER_PERCENT:
	case PARAMETER_DATE:
		return form_schema(parameter);
	case PARAMETER_CHOICE:
		return choice_schema(parameter);
	default:
		return text_schema(parameter);
	}
}

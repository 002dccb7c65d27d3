#include "wrapper/verbs/schema/schema_values.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/base/units.h"
#include "wrapper/manifest/document.h"

#define VARIABLE "\\$\\{[^}]+\\}"

/* As a JSON parser would have it: texts without quotes are booleans and numbers where they look like it. */
static json_t *scalar_to_json(const struct node *node)
{
	struct error err;
	double fraction;
	char *end;
	long long number = strtoll(node->value, &end, 10);

	if (node->plain && (strcmp(node->value, "true") == 0 || strcmp(node->value, "false") == 0))
		return json_boolean(node->value[0] == 't');
	if (node->plain && isdigit((unsigned char)node->value[0]) && *end == '\0')
		return json_integer(number);
	if (node->plain && units_parse_fraction(node->value, &fraction, &err) == 0)
		return json_real(fraction);
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

static json_t *choice_schema(const struct parameter *parameter)
{
	json_t *choices = json_array();

	for (size_t i = 0; parameter->choices[i] != NULL; i++)
		json_array_append_new(choices, json_string(parameter->choices[i]));
	return json_pack("{s:[{s:o},{s:s,s:s}]}", "anyOf", "enum", choices, "type", "string", "pattern", VARIABLE);
}

static void add_pattern(json_t *value, const char *pattern, const char *message)
{
	cleanup_free char *either =
		pattern != NULL ? memory_format("%s|%s", pattern, VARIABLE) : memory_string(VARIABLE);

	if (pattern != NULL || message != NULL)
		json_object_set_new(value, "pattern", json_string(either));
	if (message != NULL)
		json_object_set_new(value, "patternErrorMessage", json_string(message));
}

/* One schema and not a choice of several: an editor then completes and explains the key, not one of its forms. */
json_t *schema_scalar(const struct parameter *parameter)
{
	const struct value_schema *schema = &parameter->type->schema;
	json_t *types, *value;
	bool is_number = false;

	if (parameter->choices != NULL)
		return choice_schema(parameter);
	if (strcmp(schema->types[0], "integer") == 0 && parameter->minimum == parameter->maximum &&
	    parameter->minimum != 0)
		return json_pack("{s:I}", "const", (json_int_t)parameter->minimum);
	types = json_array();
	for (const char *const *type = schema->types; *type != NULL; type++) {
		is_number |= schema->message != NULL && (strcmp(*type, "integer") == 0 || strcmp(*type, "number") == 0);
		/* A text without quotes may be a boolean to a parser of YAML, but no word of a pattern is. */
		if (parameter->pattern == NULL || strcmp(*type, "boolean") != 0)
			json_array_append_new(types, json_string(*type));
	}
	value = json_pack("{s:O}", "type", json_array_size(types) > 1 ? types : json_array_get(types, 0));
	json_decref(types);
	if (schema->message == NULL && (parameter->flags & PARAMETER_MAY_BE_EMPTY) == 0)
		json_object_set_new(value, "minLength", json_integer(1));
	add_pattern(value, schema->pattern != NULL ? schema->pattern : parameter->pattern, schema->message);
	if (is_number)
		json_object_set_new(value, "minimum", json_integer(parameter->minimum));
	if (is_number && parameter->maximum != 0)
		json_object_set_new(value, "maximum", json_integer(parameter->maximum));
	return value;
}

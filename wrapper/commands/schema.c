#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../assertions/base/cleanup.h"
#include "../../assertions/base/memory.h"
#include "../../assertions/registry.h"
#include "../command.h"
#include "../manifest/document.h"
#include "../manifest/manifest.h"
#include "../manifest/scalar.h"
#include "../roll.h"

/*
 * JSON Schema 2020-12 (json-schema.org/draft/2020-12) of the manifest. Every record and every subject's checks are a
 * definition, so that checks inside checks end. Wherever a value is no text it may be a text with a variable.
 */

#define RECORDS_MAX 256
#define NAME_LENGTH_MAX 100

struct definition {
	const struct record *record;
	char *name;
};

struct schema {
	json_t *definitions;
	struct definition records[RECORDS_MAX];
	size_t count;
};

static const char *const subject_names[SUBJECT_COUNT] = {
	[SUBJECT_STEP] = "checks_on_a_step",
	[SUBJECT_BYTES] = "checks_on_bytes",
	[SUBJECT_ARTIFACT] = "checks_on_an_artifact",
	[SUBJECT_UPLOAD] = "checks_on_an_upload",
	[SUBJECT_STORE] = "checks_on_a_store",
	[SUBJECT_SURROUNDINGS] = "checks_on_the_surroundings",
	[SUBJECT_INVENTORY] = "checks_on_an_inventory",
};

static json_t *record_reference(struct schema *schema, const struct record *record);
static json_t *value_schema(struct schema *schema, const struct parameter *parameter);

static json_t *reference_to(const char *name)
{
	cleanup_free char *path = memory_format("#/$defs/%s", name);

	return json_pack("{s:s}", "$ref", path);
}

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

/* YAML as a value. What is no YAML by itself, such as a glob that begins with a star, is a text. */
static json_t *yaml_to_json(const char *yaml)
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

/* "an exception of an inventory" is "exception_of_an_inventory"; names are given once. */
static char *make_name(const struct schema *schema, const struct record *record)
{
	const char *words = record->name;
	cleanup_buffer struct buffer base;

	words += strncmp(words, "a ", 2) == 0 ? 2 : strncmp(words, "an ", 3) == 0 ? 3 : 0;
	buffer_init(&base, NAME_LENGTH_MAX);
	for (; *words != '\0'; words++) {
		if (isalnum((unsigned char)*words))
			buffer_append(&base, words, 1);
		else if (base.length > 0 && base.data[base.length - 1] != '_')
			buffer_string(&base, "_");
	}
	char *name = memory_string(base.data);
	for (unsigned number = 2; json_object_get(schema->definitions, name) != NULL; number++) {
		free(name);
		name = memory_format("%s_%u", base.data, number);
	}
	return name;
}

static json_t *with_variable(json_t *value)
{
	return json_pack("{s:[o,o]}", "anyOf", value, reference_to("variable"));
}

static json_t *text_schema(const char *pattern, const struct parameter *parameter)
{
	json_t *text = json_pack("{s:s}", "type", "string");

	if (pattern != NULL)
		json_object_set_new(text, "pattern", json_string(pattern));
	else
		json_object_set_new(text, "type", json_pack("[s,s,s]", "string", "number", "boolean"));
	if (pattern == NULL && (parameter->flags & PARAMETER_MAY_BE_EMPTY) == 0)
		json_object_set_new(text, "minLength", json_integer(1));
	return text;
}

static json_t *integer_schema(const struct parameter *parameter)
{
	json_t *integer = json_pack("{s:s,s:I}", "type", "integer", "minimum", (json_int_t)parameter->minimum);

	if (parameter->maximum != 0 && parameter->maximum != INT64_MAX)
		json_object_set_new(integer, "maximum", json_integer(parameter->maximum));
	return integer;
}

static json_t *choice_schema(const struct parameter *parameter)
{
	json_t *choices = json_array();

	for (size_t i = 0; parameter->choices[i] != NULL; i++)
		json_array_append_new(choices, json_string(parameter->choices[i]));
	return json_pack("{s:o}", "enum", choices);
}

static json_t *list_schema(struct schema *schema, const struct parameter *parameter)
{
	json_t *item = value_schema(schema, parameter->item);
	json_t *list = json_pack("{s:s,s:o}", "type", "array", "items", item);

	if ((parameter->flags & PARAMETER_MAY_BE_EMPTY) == 0)
		json_object_set_new(list, "minItems", json_integer(1));
	if ((parameter->flags & PARAMETER_STRICT_LIST) != 0)
		return list;
	return json_pack("{s:[o,O]}", "anyOf", list, item);
}

static json_t *map_schema(struct schema *schema, const struct parameter *parameter)
{
	return json_pack("{s:s,s:o,s:i,s:{s:i}}", "type", "object", "additionalProperties",
			 value_schema(schema, parameter->item), "minProperties", 1, "propertyNames", "minLength", 1);
}

static json_t *value_schema(struct schema *schema, const struct parameter *parameter)
{
	switch (parameter->type) {
	case PARAMETER_BOOL:
		return with_variable(json_pack("{s:s}", "type", "boolean"));
	case PARAMETER_INTEGER:
		return with_variable(integer_schema(parameter));
	case PARAMETER_SIZE:
		return json_pack("{s:[{s:s,s:i},o,o]}", "anyOf", "type", "integer", "minimum", 0,
				 reference_to("size_value"), reference_to("variable"));
	case PARAMETER_DURATION:
		return with_variable(reference_to("duration_value"));
	case PARAMETER_PERCENT:
		return with_variable(reference_to("percent_value"));
	case PARAMETER_DATE:
		return with_variable(reference_to("date_value"));
	case PARAMETER_CHOICE:
		return with_variable(choice_schema(parameter));
	case PARAMETER_SECRET:
		return record_reference(schema, &scalar_secret_record);
	case PARAMETER_TEXT_OR_SECRET:
		return json_pack("{s:[o,o]}", "anyOf", text_schema(NULL, parameter),
				 record_reference(schema, &scalar_secret_record));
	case PARAMETER_RECORD:
		return record_reference(schema, parameter->record);
	case PARAMETER_LIST:
		return list_schema(schema, parameter);
	case PARAMETER_MAP:
		return map_schema(schema, parameter);
	case PARAMETER_CHECKS:
		return reference_to(subject_names[parameter->subject]);
	default:
		return text_schema(NULL, parameter);
	}
}

static json_t *property_schema(struct schema *schema, const struct parameter *parameter)
{
	json_t *property = value_schema(schema, parameter);

	if (parameter->help != NULL)
		json_object_set_new(property, "description", json_string(parameter->help));
	if (parameter->fallback != NULL)
		json_object_set_new(property, "default", yaml_to_json(parameter->fallback));
	if (parameter->example != NULL)
		json_object_set_new(property, "examples", json_pack("[o]", yaml_to_json(parameter->example)));
	return property;
}

/* Exactly one of the alternatives. */
static void add_alternatives(const struct record *record, json_t *object)
{
	json_t *alternatives = json_array();

	for (const struct parameter *parameter = record->parameters; parameter->name != NULL; parameter++)
		if ((parameter->flags & PARAMETER_ALTERNATIVE) != 0)
			json_array_append_new(alternatives, json_pack("{s:[s]}", "required", parameter->name));
	if (json_array_size(alternatives) > 0)
		json_object_set(object, "oneOf", alternatives);
	json_decref(alternatives);
}

static json_t *object_schema(struct schema *schema, const struct record *record)
{
	json_t *properties = json_object(), *required = json_array();
	json_t *object =
		json_pack("{s:s,s:O,s:b}", "type", "object", "properties", properties, "additionalProperties", 0);

	for (const struct parameter *parameter = record->parameters; parameter->name != NULL; parameter++) {
		json_object_set_new(properties, parameter->name, property_schema(schema, parameter));
		if ((parameter->flags & PARAMETER_REQUIRED) != 0)
			json_array_append_new(required, json_string(parameter->name));
	}
	if (json_array_size(required) > 0)
		json_object_set(object, "required", required);
	if (record->needs_one)
		json_object_set_new(object, "minProperties", json_integer(1));
	add_alternatives(record, object);
	json_decref(properties);
	json_decref(required);
	return object;
}

/* The mapping, or what may stand for it. Parameters that share the shorthand are of one type. */
static json_t *record_schema(struct schema *schema, const struct record *record)
{
	json_t *value = object_schema(schema, record);

	for (const struct parameter *parameter = record->parameters; parameter->name != NULL; parameter++) {
		if ((parameter->flags & PARAMETER_SHORTHAND) == 0)
			continue;
		value = json_pack("{s:[o,o]}", "anyOf", value, value_schema(schema, parameter));
		break;
	}
	json_object_set_new(value, "title", json_string(record->name));
	json_object_set_new(value, "description", json_string(record->help));
	return value;
}

static json_t *record_reference(struct schema *schema, const struct record *record)
{
	for (size_t i = 0; i < schema->count; i++)
		if (schema->records[i].record == record)
			return reference_to(schema->records[i].name);
	if (schema->count == RECORDS_MAX)
		return json_object();
	char *name = make_name(schema, record);
	schema->records[schema->count++] = (struct definition){record, name};
	json_object_set_new(schema->definitions, name, json_null());
	json_object_set_new(schema->definitions, name, record_schema(schema, record));
	return reference_to(name);
}

static json_t *kind_schema(struct schema *schema, const struct assertion_kind *kind)
{
	cleanup_free char *description = kind->details != NULL ? memory_format("%s. %s", kind->summary, kind->details)
							       : memory_string(kind->summary);
	json_t *value = record_reference(schema, kind->parameters);

	json_object_set_new(value, "description", json_string(description));
	if (kind->example != NULL) {
		json_t *example = yaml_to_json(kind->example);
		if (json_object_get(example, kind->name) != NULL)
			json_object_set_new(value, "examples", json_pack("[O]", json_object_get(example, kind->name)));
		json_decref(example);
	}
	return value;
}

static void add_subject(struct schema *schema, enum subject subject)
{
	json_t *properties = json_object();
	cleanup_free char *title = memory_format("checks on %s", registry_subject_name(subject));

	for (const struct assertion_kind *const *kind = registry_kinds; *kind != NULL; kind++)
		if ((*kind)->subject == subject && !(*kind)->never_written && (*kind)->parameters != NULL)
			json_object_set_new(properties, (*kind)->name, kind_schema(schema, *kind));
	if (json_object_size(properties) > 0)
		json_object_set_new(schema->definitions, subject_names[subject],
				    json_pack("{s:s,s:s,s:O,s:b,s:i}", "title", title, "type", "object", "properties",
					      properties, "additionalProperties", 0, "minProperties", 1));
	json_decref(properties);
}

static void add_texts(struct schema *schema)
{
	static const struct {
		const char *name, *pattern, *description;
	} texts[] = {
		{"variable", "\\$\\{[^}]+\\}", "a text with a variable such as ${vars.x} in it"},
		{"size_value", "^[0-9]+(\\.[0-9]+)?(B|kB|KB|KiB|MB|MiB|GB|GiB|TB|TiB)?$", "a size such as 10KiB"},
		{"duration_value", "^(?=.)([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$",
		 "a duration such as 1d12h"},
		{"percent_value", "^[0-9]+(\\.[0-9]+)?%$", "a percentage such as 20%"},
		{"date_value", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "a date such as 2027-01-31"},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		json_object_set_new(schema->definitions, texts[i].name,
				    json_pack("{s:s,s:s,s:s}", "type", "string", "pattern", texts[i].pattern,
					      "description", texts[i].description));
}

static json_t *manifest_schema(void)
{
	struct schema schema = {.definitions = json_object()};
	json_t *root = json_pack("{s:s,s:s}", "$schema", "https://json-schema.org/draft/2020-12/schema", "title",
				 "muster manifest");

	add_texts(&schema);
	json_t *object = object_schema(&schema, &manifest_record);
	for (enum subject subject = 0; subject < SUBJECT_COUNT; subject++)
		add_subject(&schema, subject);
	json_object_set_new(root, "description", json_string(manifest_record.help));
	json_object_update(root, object);
	json_object_set_new(root, "$defs", schema.definitions);
	json_decref(object);
	for (size_t i = 0; i < schema.count; i++)
		free(schema.records[i].name);
	return root;
}

static int print_schema(const struct command_options *options)
{
	json_t *schema = manifest_schema();
	int result = json_dumpf(schema, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY);

	(void)options;
	putchar('\n');
	json_decref(schema);
	return result == 0 && fflush(stdout) == 0 ? EXIT_PASSED : EXIT_INTERNAL;
}

const struct command command_schema = {
	.name = "schema",
	.arguments = "",
	.help = "the JSON Schema (2020-12) of the manifest, for editors",
	.arguments_min = 0,
	.arguments_max = 0,
	.run = print_schema,
};

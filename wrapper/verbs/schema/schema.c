#include "wrapper/verbs/schema/schema.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/base/units.h"
#include "assertions/checks/registry.h"
#include "wrapper/command.h"
#include "wrapper/manifest/document.h"
#include "wrapper/manifest/manifest.h"
#include "wrapper/roll.h"

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

/*
 * JSON Schema 2020-12 (json-schema.org/draft/2020-12) of the manifest. Every record and every subject's checks are a
 * definition, so that checks inside checks end.
 */

#define RECORDS_MAX 256
#define NAME_LENGTH_MAX 100
#define DEFINITIONS "#/$defs/"

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
	cleanup_free char *path = memory_format(DEFINITIONS "%s", name);

	return json_pack("{s:s}", "$ref", path);
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
	const struct record *record = parameter->record != NULL ? parameter->record : parameter->type->record;

	if (parameter->type == &value_list)
		return list_schema(schema, parameter);
	if (parameter->type == &value_map)
		return map_schema(schema, parameter);
	if (parameter->type == &value_checks)
		return reference_to(subject_names[parameter->subject]);
	if (record == NULL)
		return schema_scalar(parameter);
	if (parameter->type->schema.types[0] == NULL)
		return record_reference(schema, record);
	return json_pack("{s:[o,o]}", "anyOf", schema_scalar(parameter), record_reference(schema, record));
}

/*
 * A language server that sees the keys of a mapping completes it by all of those that have a default; one that sees them behind
 * a reference of its own takes the example.
 */
static void add_example(json_t *property, json_t *example)
{
	json_t *reference = json_object_get(property, "$ref");

	json_object_set_new(property, "examples", json_pack("[O]", example));
	if (reference == NULL || !json_is_object(example))
		return;
	json_object_set_new(property, "allOf", json_pack("[{s:O}]", "$ref", reference));
	json_object_del(property, "$ref");
}

static json_t *property_schema(struct schema *schema, const struct parameter *parameter)
{
	json_t *property = value_schema(schema, parameter);

	if (parameter->help != NULL)
		json_object_set_new(property, "description", json_string(parameter->help));
	if (parameter->fallback != NULL)
		json_object_set_new(property, "default", schema_example(parameter->fallback));
	if (parameter->example != NULL) {
		json_t *example = schema_example(parameter->example);
		add_example(property, example);
		json_decref(example);
	}
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

/* What stands beside a key, and what cannot. */
static void add_companions(const struct record *record, json_t *object)
{
	json_t *needs = json_object(), *excluded = json_array();

	for (const struct parameter *parameter = record->parameters; parameter->name != NULL; parameter++) {
		if (parameter->needs != NULL)
			json_object_set_new(needs, parameter->name, json_pack("[s]", parameter->needs));
		if (parameter->excludes != NULL)
			json_array_append_new(excluded, json_pack("{s:{s:[s,s]}}", "not", "required",
								  parameter->excludes, parameter->name));
	}
	if (json_object_size(needs) > 0)
		json_object_set(object, "dependentRequired", needs);
	if (json_array_size(excluded) > 0)
		json_object_set(object, "allOf", excluded);
	json_decref(needs);
	json_decref(excluded);
}

static json_t *object_schema(struct schema *schema, const struct record *record)
{
	json_t *properties = json_object(), *required = json_array();
	json_t *object =
		json_pack("{s:s,s:O,s:b}", "type", "object", "properties", properties, "additionalProperties", 0);

	for (const struct parameter *parameter = record->parameters; parameter->name != NULL; parameter++) {
		if ((parameter->flags & PARAMETER_REST) != 0) {
			json_object_set_new(object, "additionalProperties", value_schema(schema, parameter->item));
			continue;
		}
		json_object_set_new(properties, parameter->name, property_schema(schema, parameter));
		if ((parameter->flags & PARAMETER_REQUIRED) != 0)
			json_array_append_new(required, json_string(parameter->name));
	}
	if (json_array_size(required) > 0)
		json_object_set(object, "required", required);
	if (record->needs_one)
		json_object_set_new(object, "minProperties", json_integer(1));
	add_alternatives(record, object);
	add_companions(record, object);
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
		/* A mapping is the record itself, and never a secret in its place. */
		bool may_be_secret = parameter->type->record != NULL && parameter->type->schema.types[0] != NULL;
		value = json_pack("{s:[o,o]}", "anyOf", value,
				  may_be_secret ? schema_scalar(parameter) : value_schema(schema, parameter));
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
	const char *name = json_string_value(json_object_get(value, "$ref")) + strlen(DEFINITIONS);

	/* The kind says more of itself, and what a reference leads to would hide it in an editor. */
	json_object_del(json_object_get(schema->definitions, name), "description");
	json_object_set_new(value, "description", json_string(description));
	if (kind->example != NULL) {
		json_t *example = schema_example(kind->example);
		if (json_object_get(example, kind->name) != NULL)
			add_example(value, json_object_get(example, kind->name));
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

static json_t *manifest_schema(void)
{
	struct schema schema = {.definitions = json_object()};
	json_t *root = json_pack("{s:s,s:s}", "$schema", "https://json-schema.org/draft/2020-12/schema", "title",
				 "muster manifest");

	json_t *object = object_schema(&schema, &manifest_record);
	for (enum subject subject = 0; subject < SUBJECT_COUNT; subject++)
		add_subject(&schema, subject);
	json_object_set_new(root, "description", json_string(manifest_record.help));
	json_object_update(root, object);
	json_object_set_new(root, "anyOf",
			    json_pack("[{s:[s]},{s:[s]}]", "required", "steps", "required", "artifacts"));
	json_object_set_new(root, "$defs", schema.definitions);
	json_decref(object);
	for (size_t i = 0; i < schema.count; i++)
		free(schema.records[i].name);
	return root;
}

static int print_schema(const struct command_options *options)
{
	json_t *schema = manifest_schema();
	int result = json_dumpf(schema, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));

	(void)options;
	putchar('\n');
	json_decref(schema);
	return result == 0 && fflush(stdout) == 0 ? EXIT_PASSED : EXIT_INTERNAL;
}

const struct command command_schema = {
	.name = "schema",
	.arguments = "",
	.help = "the JSON Schema (2020-12) of the manifest, for editors",
	.run = print_schema,
};

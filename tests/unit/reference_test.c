#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/memory.h"
#include "assertions/checks/registry.h"
#include "wrapper/manifest/manifest.h"
#include "wrapper/manifest/manifest_private.h"
#include "wrapper/verbs/explain/explain.h"

static const struct manifest_options plain = {.run_id = "id", .run_started_ms = 1776738600000};

/* The parameter alone, as it would be written with this value. */
static size_t errors_of(const struct parameter *parameter, size_t size, const char *value)
{
	struct parameter alone[] = {*parameter, {0}};
	const struct record record = {.name = "an example", .size = size, .parameters = alone};
	char *text =
		memory_format("example:\n  %s: %s\nstores: {backups: {s3: {bucket: b}}}\n", parameter->name, value);
	struct diagnostics diagnostics = {0};
	struct document document;
	struct arena arena = {0};
	struct expander *expander;

	alone[0].needs = NULL;
	if (document_parse("example", text, strlen(text), &document, &diagnostics) == 0) {
		expander = expand_new(&document, &plain, &arena, &diagnostics);
		struct binder binder = {.arena = &arena, .diagnostics = &diagnostics, .expander = expander};
		bind_record(&binder, &record, node_get(document.root, "example"), arena_alloc(&arena, size));
		expand_free(expander);
	}
	size_t errors = diagnostics.errors;
	if (errors > 0)
		diagnostics_print(&diagnostics, stdout);
	arena_release(&arena);
	document_release(&document);
	diagnostics_release(&diagnostics);
	free(text);
	return errors;
}

TEST(every_example_is_valid)
{
	struct reference *reference = reference_new();
	size_t tried = 0;

	for (size_t i = 0; i < reference->count; i++) {
		const struct record *record = reference->records[i].record;
		for (const struct parameter *parameter = record->parameters; parameter->name != NULL; parameter++) {
			if (parameter->example == NULL)
				continue;
			EXPECT_NUMBER(errors_of(parameter, record->size, parameter->example), 0);
			tried++;
		}
	}
	EXPECT(tried > 50);
	reference_free(reference);
}

TEST(every_fallback_is_valid)
{
	struct reference *reference = reference_new();

	for (size_t i = 0; i < reference->count; i++) {
		const struct record *record = reference->records[i].record;
		for (const struct parameter *parameter = record->parameters; parameter->name != NULL; parameter++)
			if (parameter->fallback != NULL)
				EXPECT_NUMBER(errors_of(parameter, record->size, parameter->fallback), 0);
	}
	reference_free(reference);
}

TEST(every_word_has_its_help)
{
	struct reference *reference = reference_new();

	for (size_t i = 0; i < reference->count; i++) {
		const struct record *record = reference->records[i].record;
		EXPECT(record->name != NULL && record->help != NULL);
		for (const struct parameter *parameter = record->parameters; parameter->name != NULL; parameter++) {
			if (parameter->help == NULL || parameter->help[0] == '\0') {
				printf("'%s' in %s has no help\n", parameter->name, record->name);
				unit_failures++;
			}
		}
	}
	reference_free(reference);
}

/* What a table must not say: places outside of the struct, the same place or the same name twice. */
TEST(tables_fit_their_structs)
{
	struct reference *reference = reference_new();

	for (size_t i = 0; i < reference->count; i++) {
		const struct record *record = reference->records[i].record;
		for (const struct parameter *one = record->parameters; one->name != NULL; one++) {
			size_t end = one->offset + one->type->size;
			EXPECT(end <= record->size);
			for (const struct parameter *other = record->parameters; other < one; other++) {
				EXPECT(strcmp(one->name, other->name) != 0);
				EXPECT(other->offset >= end || other->offset + other->type->size <= one->offset);
			}
			if (one->type == &value_choice)
				EXPECT(one->choices != NULL);
			if (one->type == &value_list || one->type == &value_map)
				EXPECT(one->item != NULL);
			if (one->type == &value_record)
				EXPECT(one->record != NULL);
		}
	}
	reference_free(reference);
}

TEST(the_walk_finds_words_at_any_depth)
{
	struct reference *reference = reference_new();
	static const char *const wanted[] = {"",
					     "stores.NAME",
					     "stores.NAME.s3.credentials",
					     "inventories.NAME.except",
					     "steps.retry",
					     "artifacts.uploads",
					     "archive.members"};

	for (size_t w = 0; w < sizeof(wanted) / sizeof(wanted[0]); w++) {
		size_t found = 0;
		for (size_t i = 0; i < reference->count; i++)
			found += strcmp(reference->records[i].path, wanted[w]) == 0;
		EXPECT_NUMBER(found, 1);
	}
	reference_free(reference);
}

TEST(values_are_described)
{
	char text[REFERENCE_VALUE_MAX];
	static const char *const choices[] = {"a", "b", NULL};
	static const struct parameter table[] = {
		{"one", &value_size, PARAMETER_REQUIRED},
		{"two", &value_choice, PARAMETER_ALTERNATIVE, .choices = choices, .fallback = "a"},
		{"three", &value_string, PARAMETER_ALTERNATIVE},
		{"four", &value_string, PARAMETER_ALTERNATIVE},
		{0},
	};
	static const struct record record = {.name = "a record", .parameters = table};

	EXPECT_STRING(reference_value(&record, &table[0], text), "a size, required");
	EXPECT_STRING(reference_value(&record, &table[1], text),
		      "one of a, b, instead of 'three' or 'four', a unless said");
}

UNIT_MAIN

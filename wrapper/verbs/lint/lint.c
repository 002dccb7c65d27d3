#include "wrapper/verbs/lint/lint.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/buffer.h"
#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/base/secrets.h"
#include "assertions/base/suggest.h"
#include "wrapper/command.h"
#include "wrapper/manifest/manifest.h"
#include "wrapper/roll.h"
#include "wrapper/run/run.h"
#include "wrapper/verbs/given_manifests.h"

#define TEXT_MAX ((size_t)16 << 10)
#define SYNTAX_ERROR "not-valid"
#define FORMATS_MAX 8

/* What is printed has the secrets masked, and is UTF-8. */
static json_t *string(const char *text)
{
	cleanup_buffer struct buffer masked;

	buffer_init(&masked, TEXT_MAX);
	secrets_mask(text, strlen(text), &masked);
	json_t *value = json_stringn(masked.data, masked.length);
	return value != NULL ? value : json_string("?");
}

static const char *path_of(const struct diagnostics *diagnostics)
{
	return diagnostics->path != NULL ? diagnostics->path : "manifest";
}

static const char *name_of(const struct diagnostic *item)
{
	return item->name != NULL ? item->name : item->warning ? "suspicious" : SYNTAX_ERROR;
}

static json_t *item_object(const struct diagnostics *diagnostics, const struct diagnostic *item)
{
	json_t *object = json_object();

	json_object_set_new(object, "path", string(path_of(diagnostics)));
	json_object_set_new(object, "line", json_integer(item->place.line));
	json_object_set_new(object, "column", json_integer(item->place.column));
	json_object_set_new(object, "severity", json_string(item->warning ? "warning" : "error"));
	json_object_set_new(object, "name", json_string(name_of(item)));
	json_object_set_new(object, "message", string(item->message));
	json_object_set_new(object, "hint", item->hint != NULL ? string(item->hint) : json_null());
	return object;
}

static void dump(json_t *root, FILE *file)
{
	json_dumpf(root, file, JSON_INDENT(2));
	fputc('\n', file);
	json_decref(root);
}

static void print_json(const struct diagnostics *all, size_t count, FILE *file)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		for (size_t n = 0; n < all[i].count; n++)
			json_array_append_new(array, item_object(&all[i], &all[i].items[n]));
	dump(array, file);
}

/* A command's value may hold no line's end, a property neither comma nor colon. */
static void print_escaped(const char *text, bool is_property, FILE *file)
{
	cleanup_buffer struct buffer masked;

	buffer_init(&masked, TEXT_MAX);
	secrets_mask(text, strlen(text), &masked);
	for (size_t i = 0; i < masked.length; i++) {
		char byte = masked.data[i];
		if (strchr("%\r\n", byte) != NULL || (is_property && strchr(",:", byte) != NULL))
			fprintf(file, "%%%02X", (unsigned char)byte);
		else
			fputc(byte, file);
	}
}

static void print_github(const struct diagnostics *all, size_t count, FILE *file)
{
	for (size_t i = 0; i < count; i++)
		for (size_t n = 0; n < all[i].count; n++) {
			const struct diagnostic *item = &all[i].items[n];
			fprintf(file, "::%s file=", item->warning ? "warning" : "error");
			print_escaped(path_of(&all[i]), true, file);
			if (item->place.line > 0)
				fprintf(file, ",line=%d,col=%d", item->place.line, item->place.column);
			fprintf(file, ",title=%s::", name_of(item));
			print_escaped(item->message, false, file);
			if (item->hint != NULL) {
				fputs("; ", file);
				print_escaped(item->hint, false, file);
			}
			fputc('\n', file);
		}
}

static json_t *rule(const char *name, const char *summary, const char *details)
{
	return json_pack("{s:s, s:{s:s}, s:{s:s}}", "id", name, "shortDescription", "text", summary, "fullDescription",
			 "text", details);
}

static json_t *rules(void)
{
	json_t *array = json_array();

	json_array_append_new(array, rule(SYNTAX_ERROR, "the manifest is not valid", "Nothing of it would be run."));
	json_array_append_new(array,
			      rule("suspicious", "something is probably not meant so", "It is valid all the same."));
	for (const struct weakness *const *weakness = weaknesses; *weakness != NULL; weakness++)
		json_array_append_new(array, rule((*weakness)->name, (*weakness)->summary, (*weakness)->details));
	return array;
}

static json_t *sarif_result(const struct diagnostics *diagnostics, const struct diagnostic *item)
{
	json_t *region = json_pack("{s:i, s:i}", "startLine", item->place.line > 0 ? item->place.line : 1,
				   "startColumn", item->place.column > 0 ? item->place.column : 1);
	json_t *location = json_pack("{s:{s:{s:o}, s:o}}", "physicalLocation", "artifactLocation", "uri",
				     string(path_of(diagnostics)), "region", region);

	return json_pack("{s:s, s:s, s:{s:o}, s:[o]}", "ruleId", name_of(item), "level",
			 item->warning ? "warning" : "error", "message", "text", string(item->message), "locations",
			 location);
}

static void print_sarif(const struct diagnostics *all, size_t count, FILE *file)
{
	json_t *results = json_array();

	for (size_t i = 0; i < count; i++)
		for (size_t n = 0; n < all[i].count; n++)
			json_array_append_new(results, sarif_result(&all[i], &all[i].items[n]));
	dump(json_pack("{s:s, s:s, s:[{s:{s:{s:s, s:s, s:o}}, s:s, s:o}]}", "$schema",
		       "https://json.schemastore.org/sarif-2.1.0.json", "version", "2.1.0", "runs", "tool", "driver",
		       "name", "muster", "version", MUSTER_VERSION, "rules", rules(), "columnKind", "unicodeCodePoints",
		       "results", results),
	     file);
}

const struct lint_format lint_formats[] = {
	{"human", NULL}, {"json", print_json}, {"github", print_github}, {"sarif", print_sarif}, {NULL, NULL},
};

static void print_sum(const struct diagnostics *diagnostics)
{
	size_t errors = diagnostics->errors, warnings = diagnostics->warnings;

	if (errors + warnings == 0)
		printf("%s: no problems\n", diagnostics->path);
	else
		printf("%s: %zu error%s, %zu warning%s\n", diagnostics->path, errors, errors == 1 ? "" : "s", warnings,
		       warnings == 1 ? "" : "s");
}

/* What is only known when the checks are entered on the roll: two of one id, waivers of none. */
static void enter_on_a_roll(const struct manifest *manifest, struct diagnostics *diagnostics)
{
	const struct run_options options = {.mode = RUN_MODE_RUN, .id = "lint", .started_ms = clock_now_ms()};
	struct error err;
	struct run run;

	if (run_begin(&run, manifest, &options, &err) < 0)
		diagnostics_error(diagnostics, run.trouble_place, NULL, "%s", err.message);
	run_release(&run);
}

static int lint_one(const char *path, const struct command_options *options, struct diagnostics *diagnostics)
{
	const struct manifest_options how = given_manifests_options(options, "lint");
	struct manifest *manifest = manifest_load(path, &how, diagnostics);
	int code;

	if (manifest != NULL) {
		enter_on_a_roll(manifest, diagnostics);
		weakness_find_all(manifest, diagnostics);
	}
	code = given_manifests_code(manifest, diagnostics);
	if (code == EXIT_PASSED && options->strict && diagnostics->warnings > 0)
		code = EXIT_MANIFEST;
	manifest_free(manifest);
	return code;
}

/* NULL where there is none of that name, which has been said. */
static const struct lint_format *find_format(const char *name)
{
	const char *names[FORMATS_MAX], *nearest;
	size_t count = 0;

	for (; lint_formats[count].name != NULL; count++) {
		if (strcmp(lint_formats[count].name, name) == 0)
			return &lint_formats[count];
		names[count] = lint_formats[count].name;
	}
	nearest = suggest_nearest(name, names, count);
	fprintf(stderr, "muster: lint: --format takes human, json, github or sarif, not '%s'", name);
	fprintf(stderr, nearest != NULL ? "; did you mean '%s'?\n" : "\n", nearest);
	return NULL;
}

static void print_all(const struct lint_format *format, struct diagnostics *all, size_t count, bool quiet)
{
	for (size_t i = 0; i < count; i++)
		diagnostics_sort(&all[i]);
	if (format->print != NULL) {
		format->print(all, count, stdout);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		diagnostics_print(&all[i], stdout);
		if (!quiet)
			print_sum(&all[i]);
	}
}

/* A manifest that is not valid weighs more than a wrong command line. */
static int lint(const struct command_options *options)
{
	const struct lint_format *format = find_format(options->format != NULL ? options->format : "human");
	struct given_manifests paths;
	struct diagnostics *all;
	struct error err;
	int worst = EXIT_PASSED;

	if (format == NULL)
		return EXIT_USAGE;
	if (given_manifests_find(options->arguments, options->argument_count, &paths, &err) < 0) {
		fprintf(stderr, "muster: lint: %s\n", err.message);
		return EXIT_USAGE;
	}
	all = memory_array(paths.count, sizeof(*all));
	for (size_t i = 0; i < paths.count; i++) {
		int code = lint_one(paths.paths[i], options, &all[i]);
		worst = code > worst ? code : worst;
	}
	print_all(format, all, paths.count, options->quiet);
	for (size_t i = 0; i < paths.count; i++)
		diagnostics_release(&all[i]);
	free(all);
	given_manifests_release(&paths);
	return worst;
}

const struct command command_lint = {
	.name = "lint",
	.arguments = "MANIFEST...",
	.help = "say everything that is wrong with manifests, and their weak spots, without running anything",
	.arguments_min = 1,
	.arguments_max = 1000,
	.run = lint,
};

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
#include "wrapper/command.h"
#include "wrapper/manifest/manifest.h"
#include "wrapper/report_table.h"
#include "wrapper/roll.h"
#include "wrapper/run/run.h"
#include "wrapper/verbs/given_manifests.h"

#define TEXT_MAX ((size_t)16 << 10)
#define SYNTAX_ERROR "not-valid"

struct findings {
	struct diagnostics *all; /* of each manifest, sorted */
	size_t count;
	bool quiet;
};

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

static void dump(json_t *root)
{
	json_dumpf(root, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(root);
}

/* An array of objects. */
static void print_json(const struct findings *findings)
{
	json_t *array = json_array();

	for (size_t i = 0; i < findings->count; i++)
		for (size_t n = 0; n < findings->all[i].count; n++)
			json_array_append_new(array, item_object(&findings->all[i], &findings->all[i].items[n]));
	dump(array);
}

/* A command's value may hold no line's end, a property neither comma nor colon. */
static void print_escaped(const char *text, bool is_property)
{
	cleanup_buffer struct buffer masked;

	buffer_init(&masked, TEXT_MAX);
	secrets_mask(text, strlen(text), &masked);
	for (size_t i = 0; i < masked.length; i++) {
		char byte = masked.data[i];
		if (strchr("%\r\n", byte) != NULL || (is_property && strchr(",:", byte) != NULL))
			printf("%%%02X", (unsigned char)byte);
		else
			putchar(byte);
	}
}

/* Workflow commands (docs.github.com/actions/reference/workflow-commands-for-github-actions). */
static void print_github(const struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++)
		for (size_t n = 0; n < findings->all[i].count; n++) {
			const struct diagnostic *item = &findings->all[i].items[n];
			printf("::%s file=", item->warning ? "warning" : "error");
			print_escaped(path_of(&findings->all[i]), true);
			if (item->place.line > 0)
				printf(",line=%d,col=%d", item->place.line, item->place.column);
			printf(",title=%s::", name_of(item));
			print_escaped(item->message, false);
			if (item->hint != NULL) {
				fputs("; ", stdout);
				print_escaped(item->hint, false);
			}
			putchar('\n');
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

/* Version 2.1.0 of OASIS's format. */
static void print_sarif(const struct findings *findings)
{
	json_t *results = json_array();

	for (size_t i = 0; i < findings->count; i++)
		for (size_t n = 0; n < findings->all[i].count; n++)
			json_array_append_new(results, sarif_result(&findings->all[i], &findings->all[i].items[n]));
	dump(json_pack("{s:s, s:s, s:[{s:{s:{s:s, s:s, s:o}}, s:s, s:o}]}", "$schema",
		       "https://json.schemastore.org/sarif-2.1.0.json", "version", "2.1.0", "runs", "tool", "driver",
		       "name", "muster", "version", MUSTER_VERSION, "rules", rules(), "columnKind", "unicodeCodePoints",
		       "results", results));
}

static void print_sum(const struct diagnostics *diagnostics)
{
	size_t errors = diagnostics->errors, warnings = diagnostics->warnings;

	if (errors + warnings == 0)
		printf("%s: no problems\n", diagnostics->path);
	else
		printf("%s: %zu error%s, %zu warning%s\n", diagnostics->path, errors, errors == 1 ? "" : "s", warnings,
		       warnings == 1 ? "" : "s");
}

static void print_human(const struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		diagnostics_print(&findings->all[i], stdout);
		if (!findings->quiet)
			print_sum(&findings->all[i]);
	}
}

static void print(const struct findings *findings, const char *format)
{
#define ROW(name) {#name, print_##name},
	static const struct {
		const char *name;
		void (*print)(const struct findings *findings);
	} formats[] = {LINT_TABLE(ROW)};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(formats[i].name, format) == 0)
			formats[i].print(findings);
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

/* A manifest that is not valid weighs more than a wrong command line. */
static int lint(const struct command_options *options)
{
	struct findings findings = {.quiet = options->quiet};
	struct given_manifests paths;
	struct error err;
	int worst = EXIT_PASSED;

	if (given_manifests_find(options->arguments, options->argument_count, &paths, &err) < 0) {
		fprintf(stderr, "muster: lint: %s\n", err.message);
		return EXIT_USAGE;
	}
	findings.all = memory_array(paths.count, sizeof(*findings.all));
	for (; findings.count < paths.count; findings.count++) {
		struct diagnostics *diagnostics = &findings.all[findings.count];
		int code = lint_one(paths.paths[findings.count], options, diagnostics);
		worst = code > worst ? code : worst;
		diagnostics_sort(diagnostics);
	}
	print(&findings, options->format != NULL ? options->format : "human");
	for (size_t i = 0; i < findings.count; i++)
		diagnostics_release(&findings.all[i]);
	free(findings.all);
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

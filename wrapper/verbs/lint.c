#include <stdio.h>
#include <stdlib.h>

#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/base/suggest.h"
#include "wrapper/command.h"
#include "wrapper/verbs/lint/lint_formats.h"
#include "wrapper/verbs/lint/weakness.h"
#include "wrapper/manifest/manifest.h"
#include "wrapper/roll.h"
#include "wrapper/run/run.h"
#include "wrapper/verbs/manifest_paths.h"

#define FORMATS_MAX 8

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
	const struct manifest_options how = {.vars = options->vars,
					     .var_count = options->var_count,
					     .unset_env_is_warning = true,
					     .run_id = "lint",
					     .run_started_ms = clock_now_ms()};
	struct manifest *manifest = manifest_load(path, &how, diagnostics);
	int code = EXIT_PASSED;

	if (manifest != NULL) {
		enter_on_a_roll(manifest, diagnostics);
		weakness_find_all(manifest, diagnostics);
	}
	if (diagnostics->errors > 0 && diagnostics->errors == diagnostics->usage_errors)
		code = EXIT_USAGE;
	else if (diagnostics->errors > 0 || (options->strict && diagnostics->warnings > 0))
		code = EXIT_MANIFEST;
	manifest_free(manifest);
	return code;
}

static const struct lint_format *find_format(const struct command_options *options)
{
	const struct lint_format *format = lint_format_find(options->format != NULL ? options->format : "human");
	const char *names[FORMATS_MAX], *nearest;
	size_t count = 0;

	if (format != NULL)
		return format;
	for (; lint_formats[count].name != NULL; count++)
		names[count] = lint_formats[count].name;
	nearest = suggest_nearest(options->format, names, count);
	fprintf(stderr, "muster: lint: --format takes human, json, github or sarif, not '%s'", options->format);
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
	const struct lint_format *format = find_format(options);
	struct manifest_paths paths;
	struct diagnostics *all;
	struct error err;
	int worst = EXIT_PASSED;

	if (format == NULL)
		return EXIT_USAGE;
	if (manifest_paths_find(options->arguments, options->argument_count, &paths, &err) < 0) {
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
	manifest_paths_release(&paths);
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

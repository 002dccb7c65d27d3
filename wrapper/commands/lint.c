#include <stdio.h>

#include "../../assertions/base/clock.h"
#include "../command.h"
#include "../manifest/manifest.h"
#include "../roll.h"
#include "manifest_paths.h"

static void print_sum(const char *name, const struct diagnostics *diagnostics)
{
	size_t errors = diagnostics->errors, warnings = diagnostics->warnings;

	if (errors + warnings == 0)
		printf("%s: no problems\n", name);
	else
		printf("%s: %zu error%s, %zu warning%s\n", name, errors, errors == 1 ? "" : "s", warnings,
		       warnings == 1 ? "" : "s");
}

static int lint_one(const char *path, const struct command_options *options)
{
	const struct manifest_options how = {.vars = options->vars,
					     .var_count = options->var_count,
					     .unset_env_is_warning = true,
					     .run_id = "lint",
					     .run_started_ms = clock_now_ms()};
	struct diagnostics diagnostics = {0};
	struct manifest *manifest = manifest_load(path, &how, &diagnostics);
	int code = EXIT_PASSED;

	diagnostics_print(&diagnostics, stdout);
	if (!options->quiet)
		print_sum(diagnostics.path, &diagnostics);
	if (diagnostics.errors > 0 && diagnostics.errors == diagnostics.usage_errors)
		code = EXIT_USAGE;
	else if (manifest == NULL || (options->strict && diagnostics.warnings > 0))
		code = EXIT_MANIFEST;
	manifest_free(manifest);
	diagnostics_release(&diagnostics);
	return code;
}

/* A manifest that is not valid weighs more than a wrong command line. */
static int lint(const struct command_options *options)
{
	struct manifest_paths paths;
	struct error err;
	int worst = EXIT_PASSED;

	if (manifest_paths_find(options->arguments, options->argument_count, &paths, &err) < 0) {
		fprintf(stderr, "muster: lint: %s\n", err.message);
		return EXIT_USAGE;
	}
	for (size_t i = 0; i < paths.count; i++) {
		int code = lint_one(paths.paths[i], options);
		worst = code > worst ? code : worst;
	}
	manifest_paths_release(&paths);
	return worst;
}

const struct command command_lint = {
	.name = "lint",
	.arguments = "MANIFEST...",
	.help = "say everything that is wrong with manifests, without running anything",
	.arguments_min = 1,
	.arguments_max = 1000,
	.run = lint,
};

#include "wrapper/verbs/execute_several.h"

#include <stdio.h>

#include "wrapper/process/supervise.h"
#include "wrapper/report/console.h"
#include "wrapper/report/report.h"
#include "wrapper/roll.h"
#include "wrapper/verbs/execute_manifest.h"
#include "wrapper/verbs/manifest_paths.h"

/* Of several manifests the gravest outcome counts. */
static int graver(int left, int right)
{
	static const int order[] = {EXIT_PASSED,    EXIT_UNPROVEN, EXIT_FAILED,
				    EXIT_PREFLIGHT, EXIT_MANIFEST, EXIT_INTERNAL};
	int left_rank = 100, right_rank = 100;

	for (int i = 0; i < (int)(sizeof(order) / sizeof(order[0])); i++) {
		if (order[i] == left)
			left_rank = i;
		if (order[i] == right)
			right_rank = i;
	}
	return left_rank > right_rank ? left : right;
}

/* What was not begun any more, for a signal, has not passed either. */
static void print_overview(struct execution *execution, const struct manifest_paths *paths,
			   const struct command_options *options, int code)
{
	for (size_t i = execution->overview.manifests; i < paths->count; i++)
		overview_add_unreached(&execution->overview, paths->paths[i]);
	console_conclude(true);
	if (code != EXIT_PASSED || !options->quiet)
		overview_print(&execution->overview, execute_manifest_terminal(options),
			       execute_manifest_color(options), code);
	console_conclude(false);
}

static bool reports_go_to_folders(const struct command_options *options)
{
	for (size_t i = 0; i < options->report_count; i++)
		if (!report_folder_is_one(options->reports[i].path))
			return false;
	return true;
}

int execute_several(const char *verb, enum run_mode mode, const struct command_options *options)
{
	struct manifest_paths paths;
	struct execution execution = {0};
	struct error err;
	size_t reached = 0;
	int code = EXIT_PASSED;

	if (manifest_paths_find(options->arguments, options->argument_count, &paths, &err) < 0) {
		fprintf(stderr, "muster: %s: %s\n", verb, err.message);
		return EXIT_USAGE;
	}
	if (paths.count > 1 && !reports_go_to_folders(options)) {
		fprintf(stderr,
			"muster: %s: a report is of one manifest: name a folder for those of several, with '/' at its "
			"end\n",
			verb);
		code = EXIT_USAGE;
	}
	for (; reached < paths.count && code != EXIT_USAGE && supervise_signal() == 0; reached++)
		code = graver(code, execute_manifest(paths.paths[reached], mode, options, &execution));
	/* What was not looked at any more has not passed. */
	if (reached < paths.count && supervise_signal() != 0)
		code = EXIT_SIGNAL_BASE + supervise_signal();
	if (paths.count > 1 && code != EXIT_USAGE && mode != RUN_MODE_PROBE)
		termination_several(reached, paths.count, code);
	if (mode == RUN_MODE_VERIFY && code != EXIT_USAGE)
		print_overview(&execution, &paths, options, code);
	manifest_paths_release(&paths);
	execute_manifest_release(&execution);
	return code;
}

#include "wrapper/verbs/execution.h"

#include <stdio.h>

#include "assertions/base/clock.h"
#include "assertions/base/units.h"
#include "wrapper/process/supervise.h"
#include "wrapper/report/console.h"
#include "wrapper/report/report.h"
#include "wrapper/roll.h"
#include "wrapper/verbs/given_manifests.h"

#define DEADLINE "30s"

/* Of several manifests the gravest outcome counts. */
static int gravity(int code)
{
	static const int order[] = {EXIT_PASSED,    EXIT_UNPROVEN, EXIT_FAILED,
				    EXIT_PREFLIGHT, EXIT_MANIFEST, EXIT_INTERNAL};
	int rank = 0;

	while (rank < (int)(sizeof(order) / sizeof(order[0])) && order[rank] != code)
		rank++;
	return rank;
}

/* What was not begun any more, for a signal, has not passed either. */
static void print_overview(struct execution *execution, const struct given_manifests *paths,
			   const struct command_options *options, int code)
{
	for (size_t i = execution->overview.manifests; i < paths->count; i++)
		overview_add_path(&execution->overview, paths->paths[i], VERDICT_UNPROVEN);
	console_conclude(true);
	if (code != EXIT_PASSED || !options->quiet)
		overview_print(&execution->overview, execute_terminal(options), execute_color(options), code);
	console_conclude(false);
}

static bool reports_go_to_folders(const struct command_options *options)
{
	for (size_t i = 0; i < options->report_count; i++)
		if (!execute_is_report_folder(options->reports[i].path))
			return false;
	return true;
}

/* One after the other; the gravest outcome is the exit code. */
static int execute_several(const char *verb, enum run_mode mode, const struct command_options *options)
{
	struct given_manifests paths;
	struct execution execution = {0};
	struct error err;
	size_t reached = 0;
	int code = EXIT_PASSED;

	if (given_manifests_find(options->arguments, options->argument_count, &paths, &err) < 0) {
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
	for (; reached < paths.count && code != EXIT_USAGE && supervise_signal() == 0; reached++) {
		int own = execute_manifest(paths.paths[reached], mode, options, &execution);
		code = gravity(own) >= gravity(code) ? own : code;
	}
	/* What was not looked at any more has not passed. */
	if (reached < paths.count && supervise_signal() != 0)
		code = EXIT_SIGNAL_BASE + supervise_signal();
	if (paths.count > 1 && code != EXIT_USAGE && mode != RUN_MODE_PROBE)
		termination_several(reached, paths.count, code);
	if (mode == RUN_MODE_VERIFY && code != EXIT_USAGE)
		print_overview(&execution, &paths, options, code);
	given_manifests_release(&paths);
	execute_release(&execution);
	return code;
}

static int run_command(const struct command_options *options)
{
	struct execution execution = {0};
	int code = execute_manifest(options->arguments[0], RUN_MODE_RUN, options, &execution);

	execute_release(&execution);
	return code;
}

const struct command command_run = {
	.name = "run",
	.arguments = "MANIFEST",
	.help = "run the steps and take the roll call: a backup Job's entry point",
	.arguments_min = 1,
	.arguments_max = 1,
	.run = run_command,
	.unattended = true,
};

static int verify(const struct command_options *options)
{
	return execute_several("verify", RUN_MODE_VERIFY, options);
}

const struct command command_verify = {
	.name = "verify",
	.arguments = "MANIFEST...",
	.help = "run no step, write nothing: examine the newest backup where it lies; also a folder of manifests",
	.arguments_min = 1,
	.arguments_max = 1000,
	.run = verify,
	.unattended = true,
};

/* Quiet, as what is asked every few seconds should be; --verbose says all the same what was seen. */
static int probe(const struct command_options *options)
{
	struct command_options own = *options;
	struct error err;
	int64_t deadline_ms;

	if (units_parse_duration(options->deadline != NULL ? options->deadline : DEADLINE, &deadline_ms, &err) < 0 ||
	    deadline_ms <= 0) {
		fprintf(stderr, "muster: probe: --deadline takes a duration such as 5s, not '%s'\n", options->deadline);
		return EXIT_USAGE;
	}
	own.quiet = !options->verbose;
	own.until_ms = clock_monotonic_ms() + deadline_ms;
	return execute_several("probe", RUN_MODE_PROBE, &own);
}

const struct command command_probe = {
	.name = "probe",
	.arguments = "MANIFEST...",
	.help = "stores and preflight only, within a deadline, quiet unless something is wrong: for a readiness probe",
	.arguments_min = 1,
	.arguments_max = 1000,
	.run = probe,
	.unattended = true,
};

#include "execute_several.h"

#include <stdio.h>

#include "../process/supervise.h"
#include "../report/report.h"
#include "../roll.h"
#include "execute_manifest.h"
#include "manifest_paths.h"

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

int execute_several(const char *verb, enum run_mode mode, const struct command_options *options)
{
	struct manifest_paths paths;
	struct error err;
	int code = EXIT_PASSED;

	if (manifest_paths_find(options->arguments, options->argument_count, &paths, &err) < 0) {
		fprintf(stderr, "muster: %s: %s\n", verb, err.message);
		return EXIT_USAGE;
	}
	if (paths.count > 1 && options->report_count > 0) {
		fprintf(stderr,
			"muster: %s: a report is of one manifest: take them one by one, or leave out --report\n", verb);
		code = EXIT_USAGE;
	}
	for (size_t i = 0; i < paths.count && code != EXIT_USAGE && supervise_signal() == 0; i++)
		code = graver(code, execute_manifest(paths.paths[i], mode, options));
	if (paths.count > 1 && code != EXIT_USAGE && mode != RUN_MODE_PROBE)
		termination_several(paths.count, code);
	manifest_paths_release(&paths);
	/* What was not looked at any more has not passed. */
	return supervise_signal() != 0 ? EXIT_SIGNAL_BASE + supervise_signal() : code;
}

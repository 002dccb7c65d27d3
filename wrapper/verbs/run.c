#include "wrapper/verbs/execute_manifest.h"

static int run_command(const struct command_options *options)
{
	struct execution execution = {0};
	int code = execute_manifest(options->arguments[0], RUN_MODE_RUN, options, &execution);

	execute_manifest_release(&execution);
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

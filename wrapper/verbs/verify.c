#include "wrapper/verbs/execute_several.h"

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

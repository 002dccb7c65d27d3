#include <stdio.h>
#include <stdlib.h>

#include "assertions/base/clock.h"
#include "assertions/base/secrets.h"
#include "wrapper/command.h"
#include "wrapper/verbs/plan/plan.h"
#include "wrapper/roll.h"

#define PLAN_BYTES_MAX ((size_t)16 << 20)

/* A manifest with its checks on a roll, nothing of which is run. */
struct planned {
	struct manifest *manifest;
	struct run run;
};

/* At one and the same time, which is in the words of ${run.time}. */
static int load(const char *path, const struct command_options *options, int64_t now_ms, struct planned *ret_planned)
{
	const struct manifest_options how = {.vars = options->vars,
					     .var_count = options->var_count,
					     .unset_env_is_warning = true,
					     .run_id = "plan",
					     .run_started_ms = now_ms};
	const struct run_options run_options = {.mode = RUN_MODE_RUN, .id = "plan", .started_ms = now_ms};
	struct diagnostics diagnostics = {0};
	struct error err;
	int code = EXIT_PASSED;

	ret_planned->manifest = manifest_load(path, &how, &diagnostics);
	diagnostics_print(&diagnostics, stderr);
	if (ret_planned->manifest == NULL) {
		code = diagnostics.errors == diagnostics.usage_errors ? EXIT_USAGE : EXIT_MANIFEST;
	} else if (run_begin(&ret_planned->run, ret_planned->manifest, &run_options, &err) < 0) {
		fprintf(stderr, "%s:%d:%d: error: %s\n", path, ret_planned->run.trouble_place.line,
			ret_planned->run.trouble_place.column, err.message);
		code = EXIT_MANIFEST;
	}
	diagnostics_release(&diagnostics);
	return code;
}

static void release(struct planned *planned)
{
	if (planned->run.state != NULL)
		run_release(&planned->run);
	manifest_free(planned->manifest);
}

/* What is printed may quote secrets that stand in the environment. */
static void print_masked(char *text, size_t length)
{
	struct buffer masked;

	buffer_init(&masked, PLAN_BYTES_MAX);
	secrets_mask(text, length, &masked);
	fwrite(masked.data, 1, masked.length, stdout);
	buffer_release(&masked);
	free(text);
}

static int print(const struct command_options *options, const struct planned *planned, const struct planned *old)
{
	char *text = NULL;
	size_t length = 0, weaker = 0;
	FILE *file = open_memstream(&text, &length);

	if (file == NULL)
		return EXIT_INTERNAL;
	if (options->diff != NULL)
		weaker = plan_print_difference(&old->run, &planned->run, file);
	else
		plan_print(&planned->run, file);
	fclose(file);
	print_masked(text, length);
	return options->no_weaker && weaker > 0 ? EXIT_FAILED : EXIT_PASSED;
}

static int plan(const struct command_options *options)
{
	static struct planned planned, old;
	int64_t now_ms = clock_now_ms();
	int code;

	if (options->no_weaker && options->diff == NULL) {
		fprintf(stderr, "muster: plan: --no-weaker needs --diff OLD to compare with\n");
		return EXIT_USAGE;
	}
	code = load(options->arguments[0], options, now_ms, &planned);
	if (code == EXIT_PASSED && options->diff != NULL)
		code = load(options->diff, options, now_ms, &old);
	if (code == EXIT_PASSED)
		code = print(options, &planned, &old);
	release(&planned);
	release(&old);
	return code;
}

const struct command command_plan = {
	.name = "plan",
	.arguments = "MANIFEST",
	.help = "say in plain words what would be run and checked; --diff OLD: what a change adds, drops or weakens",
	.arguments_min = 1,
	.arguments_max = 1,
	.run = plan,
};

#include "wrapper/run/evidence.h"

#include "assertions/base/clock.h"
#include "assertions/checks/observation.h"
#include "wrapper/process/execute.h"
#include "wrapper/run/launch.h"

static int run_command(void *context, char *const *argv, int64_t timeout_ms, struct buffer *output,
		       struct process_end *ret_end, struct error *err)
{
	struct run *run = context;
	int64_t left_ms = run->options.until_ms - clock_monotonic_ms();
	char **environment;
	int result;

	if (run->options.until_ms != 0 && left_ms < timeout_ms)
		timeout_ms = left_ms > 0 ? left_ms + 1 : 1;
	if (child_environment_prepare(run, NULL, false, &environment, err) < 0)
		return -1;
	result = process_capture(argv, environment, timeout_ms, true, output, ret_end, err);
	child_environment_free(environment);
	/* What it left running may yet change what was found. */
	return result == 0 && ret_end->outcome == PROCESS_EXITED && err->message[0] != '\0' ? -1 : result;
}

void preflight_check(struct run *run)
{
	struct check_list *const *lists = run->manifest->preflight.items;
	struct surroundings_evidence evidence = {.command = run_command, .context = run};
	size_t failed = 0;

	for (size_t i = 0; i < run->manifest->preflight.count && !run_is_cancelled(run); i++) {
		const struct check_list *list = lists[i];
		int64_t began_ms = clock_monotonic_ms();
		struct observation *observation = observation_begin(&list, 1, &run->state->context);
		observation_conclude(observation, &(struct evidence){SUBJECT_SURROUNDINGS, .surroundings = &evidence});
		/* A command that was ended with muster has not failed: nobody let it finish. */
		if (!run_is_cancelled(run)) {
			failed += observation_verdict(observation) != VERDICT_PASS;
			observation_commit(observation, NULL, (double)(clock_monotonic_ms() - began_ms) / 1000.0);
			roll_call_answer(run, list, "not reached");
		}
		observation_free(observation);
	}
	run->listener->preflight(run, run->manifest->preflight.count, failed);
}

#include "wrapper/run/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/base/units.h"
#include "assertions/checks/observation.h"
#include "wrapper/process/memory_kills.h"
#include "wrapper/process/supervise.h"
#include "wrapper/run/launch.h"
#include "wrapper/run/step_output.h"

#define CLEAN_UP_MS_MIN 200

/* One attempt at a step, as its output goes by. */
struct attempt {
	struct run *run;
	struct run_step *step;
	struct observation *observation;
	struct merge merge;
	bool stdout_is_kept; /* in a file, or a store */
	struct upload_sink sink; /* where its stdout goes into a store */
	bool last; /* there is none after it */
	bool deaf; /* a clean-up after a signal */
};

static void show_output(void *context, const char *data, size_t length)
{
	const struct attempt *attempt = context;

	attempt->run->listener->step_output(attempt->run, attempt->step->step, data, length);
}

/* What goes to a file, or into a store, is the artifact, not what the step has to say. */
static void hear_output(void *context, enum pipeline_stream stream, const char *data, size_t length)
{
	struct attempt *attempt = context;
	bool is_errors = stream == PIPELINE_STDERR;
	bool is_said = is_errors || !attempt->stdout_is_kept;

	if (stream == PIPELINE_BOTH) {
		show_output(attempt, data, length);
		return;
	}
	observation_feed(attempt->observation, is_errors ? CHANNEL_STDERR : CHANNEL_STDOUT, data, length);
	if (!is_errors && is_said)
		observation_feed(attempt->observation, CHANNEL_SAID, data, length);
	if (!is_errors && attempt->step->step->stdout_wanted)
		buffer_append(&attempt->step->stdout_text, data, length);
	if (is_said)
		merge_feed(&attempt->merge, is_errors, data, length);
}

/* What is waived stops nothing, but is tried again as long as there are attempts. */
static enum verdict verdict_of(const struct attempt *attempt)
{
	return attempt->last ? waivers_verdict(attempt->run, attempt->observation)
			     : observation_verdict(attempt->observation);
}

/* Something half-made lies in the store: that must not be lost in the trouble that led to it. */
static void note_left(struct attempt *attempt, const struct error *left)
{
	const struct pipeline_result *result = &attempt->step->result;
	char text[PROCESS_END_TEXT_MAX] = "";
	struct finding finding = {0};

	attempt->run->listener->note(attempt->run, "%s: %s", attempt->step->step->name, left->message);
	if (result->stage_count > 0)
		process_end_text(&result->ends[result->stage_count - 1], text);
	finding_fail(&finding, "%s; %s", text, left->message);
	observation_override(attempt->observation, &finding);
}

/* What a timeout of its own would not have ended. */
static bool is_cut_short(const struct attempt *attempt)
{
	const struct pipeline_result *result = &attempt->step->result;
	int64_t timeout_ms = attempt->step->step->timeout_ms;

	return attempt->deaf && result->stage_count > 0 &&
	       result->ends[result->stage_count - 1].outcome == PROCESS_TIMED_OUT &&
	       (timeout_ms == PARAMETER_UNSET || result->duration_ms < timeout_ms);
}

static void conclude_checks(const struct attempt *attempt, const struct launch *launch)
{
	const struct pipeline_result *result = &attempt->step->result;
	cleanup_free char **names = memory_array(launch->stage_count, sizeof(*names));
	struct process_end orphans[CHILDREN_ENDS_MAX];
	char *orphan_names[CHILDREN_ENDS_MAX];

	for (size_t i = 0; i < launch->stage_count; i++)
		names[i] = launch->stages[i][0];
	for (size_t i = 0; i < result->orphans.count; i++) {
		const struct children_end *orphan = &result->orphans.items[i];
		orphans[i] = pipeline_end_of(orphan->status);
		orphan_names[i] = memory_format("%s (pid %d)", orphan->name, (int)orphan->pid);
	}
	struct step_evidence evidence = {
		.stages = result->ends,
		.stage_names = names,
		.stage_count = launch->stage_count,
		.duration_ms = result->duration_ms,
		.output_error = result->output_error.message[0] != '\0' ? result->output_error.message : NULL,
		.memory_kills = result->memory_kills,
		.memory_limit_bytes = PARAMETER_UNSET,
		.output_incomplete = result->output_incomplete,
		.left_running = result->left_running[0] != '\0' ? result->left_running : NULL,
		.orphans = orphans,
		.orphan_names = orphan_names,
		.orphan_count = result->orphans.count,
		.background_is_allowed = attempt->step->step->background == BACKGROUND_ALLOW,
	};
	if (result->memory_kills > 0) {
		int64_t limit = memory_kills_limit();
		evidence.memory_kills_are_own = memory_kills_are_own();
		evidence.memory_limit_bytes = limit >= 0 ? limit : PARAMETER_UNSET;
		attempt->run->listener->note(attempt->run,
					     "%s: the kernel ended %lld process%s for want of memory meanwhile",
					     attempt->step->step->name, (long long)result->memory_kills,
					     result->memory_kills == 1 ? "" : "es");
	}
	if (result->output_incomplete)
		attempt->run->listener->note(attempt->run, "%s: not all that it prints was seen",
					     attempt->step->step->name);
	observation_conclude(attempt->observation, &(struct evidence){SUBJECT_STEP, .step = &evidence});
	for (size_t i = 0; i < result->orphans.count; i++)
		free(orphan_names[i]);
}

static void conclude(struct attempt *attempt, const struct launch *launch)
{
	struct pipeline_result *result = &attempt->step->result;
	struct finding finding = {0};
	char grace[UNITS_TEXT_MAX];
	struct error err;

	conclude_checks(attempt, launch);
	if (result->start_error.message[0] != '\0') {
		finding_fail(&finding, "%s", result->start_error.message);
		observation_override(attempt->observation, &finding);
	} else if (is_cut_short(attempt)) {
		finding_fail(&finding, "ended: muster was told to end, and its grace of %s was used up",
			     units_format_duration(supervise_grace(), grace));
		observation_override(attempt->observation, &finding);
	}
	if (verdict_of(attempt) == VERDICT_FAIL) {
		pipeline_discard_output(result);
	} else if (pipeline_commit_output(result, &err) < 0) {
		finding_fail(&finding, "its output could not be kept: %s", err.message);
		observation_override(attempt->observation, &finding);
	} else if (err.message[0] != '\0') {
		attempt->run->listener->note(attempt->run, "%s: %s", attempt->step->step->name, err.message);
	}
	if (result->discard_error.message[0] != '\0')
		note_left(attempt, &result->discard_error);
	attempt->step->verdict = verdict_of(attempt);
}

static bool wants_streams_apart(const struct observation *observation, const struct launch *launch,
				const struct manifest_step *step)
{
	return launch->stdout_path != NULL || launch->stdout_key != NULL || step->stdout_wanted ||
	       observation_channels(observation) != 0;
}

static void prepare_sink(struct attempt *attempt, const char *key)
{
	const struct manifest_output *output = attempt->step->step->output;
	struct run_store *store = stores_find(attempt->run, output->store);
	const struct upload_options options = {
		.size_bytes = -1,
		.overwrite = output->overwrite,
		.checksum = (enum store_algorithm)(output->checksum + 1),
	};

	upload_sink_init(&attempt->sink, store->open, key, &options);
}

static bool has_clean_up_after(const struct run *run, const struct run_step *step)
{
	for (const struct run_step *next = step + 1; next < run->steps + run->step_count; next++)
		if (next->step->always)
			return true;
	return false;
}

/* -1: nothing could be started, for a reason of muster's own. */
static int attempt_once(struct run *run, struct run_step *step, const struct launch *launch,
			const struct check_list *list, bool last, bool deaf, struct error *err)
{
	const struct manifest_step *declared = step->step;
	struct attempt attempt = {
		.run = run, .step = step, .last = last, .deaf = deaf, .stdout_is_kept = declared->output != NULL};
	int result;

	attempt.observation = observation_begin(&list, 1, &run->state->context);
	merge_init(&attempt.merge, show_output, &attempt);
	buffer_clear(&step->stdout_text);
	pipeline_result_release(&step->result);
	if (launch->stdout_key != NULL)
		prepare_sink(&attempt, launch->stdout_key);
	struct pipeline pipeline = {
		.stages = (char *const *const *)launch->stages,
		.stage_count = launch->stage_count,
		.environment = launch->environment,
		.working_folder = launch->working_folder,
		.stdin_path = launch->stdin_path,
		.stdout_path = launch->stdout_path,
		.sink = launch->stdout_key != NULL ? &attempt.sink.sink : NULL,
		.may_leave = declared->background == BACKGROUND_ALLOW,
		.no_new_privs = declared->no_new_privs,
		.streams_apart = wants_streams_apart(attempt.observation, launch, declared),
		.timeout_ms = declared->timeout_ms,
		.grace_ms = declared->grace_ms,
		.deaf = deaf,
		.clean_up_follows = has_clean_up_after(run, step),
		.output = hear_output,
		.context = &attempt,
	};
	result = pipeline_run(&pipeline, &step->result, err);
	merge_finish(&attempt.merge);
	if (result == 0) {
		conclude(&attempt, launch);
		if (last || step->verdict != VERDICT_FAIL || step->result.interrupted)
			observation_commit(attempt.observation, NULL, (double)step->result.duration_ms / 1000.0);
	}
	upload_sink_release(&attempt.sink);
	merge_release(&attempt.merge);
	observation_free(attempt.observation);
	return result;
}

/* A step with attempts left is tried again only where it failed and nobody told muster to end. */
static int attempt_until_done(struct run *run, struct run_step *step, const struct launch *launch,
			      const struct check_list *list, bool deaf, struct error *err)
{
	const struct manifest_retry *retry = step->step->retry;
	unsigned attempts = retry != NULL ? (unsigned)retry->attempts : 1;

	for (;;) {
		bool last = ++step->attempts >= attempts;
		run->listener->step_begin(run, step->step, step->attempts);
		if (attempt_once(run, step, launch, list, last, deaf, err) < 0)
			return -1;
		bool again = !last && step->verdict == VERDICT_FAIL && !step->result.interrupted;
		run->listener->step_end(run, step, again);
		if (!again || retry == NULL)
			return 0;
		if (!supervise_sleep(retry->wait_ms)) {
			error_set(err, "muster was told to end before the next attempt");
			return -1;
		}
	}
}

static void trim_line_ends(struct buffer *text)
{
	while (text->length > 0 && strchr("\r\n", text->data[text->length - 1]) != NULL)
		text->data[--text->length] = '\0';
}

static void run_step(struct run *run, size_t i, bool deaf)
{
	struct run_step *step = &run->steps[i];
	const struct check_list *list = &run->state->steps[i];
	struct launch launch;
	struct error err = {""};

	if (launch_prepare(run, step->step, &launch, &err) < 0) {
		run->listener->note(run, "%s: %s", step->step->name, err.message);
		step->verdict = VERDICT_FAIL;
		step->skipped = memory_string(err.message);
		launch_free_stages(launch.stages, launch.stage_count);
	} else {
		step->started = true;
		step->stages = launch.stages;
		step->stage_count = launch.stage_count;
		step->started_ms = clock_now_ms();
		if (attempt_until_done(run, step, &launch, list, deaf, &err) < 0)
			step->verdict = VERDICT_FAIL;
		trim_line_ends(&step->stdout_text);
	}
	launch_release(&launch);
	roll_call_answer(run, list, err.message[0] != '\0' ? err.message : "not reached");
}

static char *why_not_now(const struct run *run, size_t i)
{
	const struct manifest_step *step = run->steps[i].step;

	if (step->always)
		return NULL;
	if (step->needs.count > 0) {
		for (size_t n = 0; n < step->needs.count; n++) {
			const char *name = ((const char *const *)step->needs.items)[n];
			const struct run_step *needed = steps_find(run, name);
			enum verdict verdict = needed != NULL ? needed->verdict : VERDICT_UNEVALUATED;
			if (verdict != VERDICT_PASS && verdict != VERDICT_UNPROVEN)
				return memory_format("not run: step '%s', which it needs, did not pass", name);
		}
		return NULL;
	}
	for (size_t earlier = 0; earlier < i; earlier++)
		if (run->steps[earlier].verdict == VERDICT_FAIL && !run->steps[earlier].step->always)
			return memory_format("not run: step '%s' failed before it", run->steps[earlier].step->name);
	return NULL;
}

static void run_or_skip(struct run *run, size_t i, bool deaf)
{
	struct run_step *step = &run->steps[i];

	step->skipped = why_not_now(run, i);
	if (step->skipped == NULL) {
		run_step(run, i, deaf);
		return;
	}
	run->listener->note(run, "%s: %s", step->step->name, step->skipped);
	roll_call_answer(run, &run->state->steps[i], step->skipped);
}

/* The number of the first step of the trailing clean-up. */
static size_t first_trailing(const struct manifest *manifest)
{
	struct manifest_step *const *steps = manifest->steps.items;
	size_t i = manifest->steps.count;

	while (i > 0 && steps[i - 1]->always)
		i--;
	return i;
}

/* After a signal only what is clean-up is run, as far as there is time for it. */
static bool is_over(struct run *run, size_t i, bool told)
{
	char grace[UNITS_TEXT_MAX];

	if (!told)
		return false;
	if (!run->steps[i].step->always || supervise_signal_count() > 1)
		return true;
	if (supervise_end_of(SUPERVISE_CLEAN_UP) - clock_monotonic_ms() >= CLEAN_UP_MS_MIN)
		return false;
	run->steps[i].skipped = memory_format("not run: muster was told to end, and its grace of %s was used up",
					      units_format_duration(supervise_grace(), grace));
	run->listener->note(run, "%s: %s", run->steps[i].step->name, run->steps[i].skipped);
	roll_call_answer(run, &run->state->steps[i], run->steps[i].skipped);
	return true;
}

static void run_range(struct run *run, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		bool told = run_is_cancelled(run);
		if (is_over(run, i, told))
			continue;
		run_or_skip(run, i, told);
		inventories_gather_after(run, &run->steps[i]);
	}
}

void steps_run(struct run *run)
{
	run_range(run, 0, first_trailing(run->manifest));
}

void steps_clean_up(struct run *run)
{
	run_range(run, first_trailing(run->manifest), run->step_count);
}

const struct run_step *steps_find(const struct run *run, const char *name)
{
	for (size_t i = 0; i < run->step_count; i++)
		if (strcmp(run->steps[i].step->name, name) == 0)
			return &run->steps[i];
	return NULL;
}

int steps_lookup(void *context, const char *name, const char **ret_value, struct error *err)
{
	const struct run *run = context;
	const struct run_step *step = steps_find(run, name);

	if (step == NULL || !step->started || step->verdict == VERDICT_FAIL)
		return error_set(err, "${step.%s.stdout} is not known: the step was not run, or failed", name);
	if (step->result.output_incomplete)
		return error_set(err, "${step.%s.stdout} is not known: not all of it was seen", name);
	if (step->stdout_text.truncated)
		return error_set(err, "${step.%s.stdout} is longer than %zu KiB", name, STDOUT_TEXT_MAX >> 10);
	if (memchr(step->stdout_text.data, '\0', step->stdout_text.length) != NULL)
		return error_set(err, "${step.%s.stdout} has a NUL byte in it", name);
	if (step->stdout_text.length == 0)
		return error_set(err, "${step.%s.stdout} is empty: the step printed nothing", name);
	*ret_value = step->stdout_text.data;
	return 0;
}

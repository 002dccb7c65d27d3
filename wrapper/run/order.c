#include "wrapper/run/run.h"

#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "wrapper/process/supervise.h"
#include "wrapper/run/evidence.h"
#include "wrapper/run/launch.h"

static void allocate_uploads(struct run *run)
{
	for (size_t i = 0; i < run->artifact_count; i++)
		run->upload_count += run->artifacts[i].artifact->uploads.count;
	run->uploads = memory_array(run->upload_count, sizeof(*run->uploads));
	run->state->shelves =
		arena_array(&run->state->arena, run->artifact_count + run->upload_count, sizeof(*run->state->shelves));
	run->state->places =
		arena_array(&run->state->arena, run->artifact_count + run->upload_count, sizeof(*run->state->places));
	run->state->uploads = arena_array(&run->state->arena, run->upload_count, sizeof(*run->state->uploads));
	struct run_upload *next = run->uploads;
	for (size_t i = 0; i < run->artifact_count; i++) {
		const struct manifest_artifact *artifact = run->artifacts[i].artifact;
		for (size_t u = 0; u < artifact->uploads.count; u++, next++) {
			next->artifact = artifact;
			next->upload = ((struct manifest_upload *const *)artifact->uploads.items)[u];
		}
	}
}

static void allocate(struct run *run)
{
	const struct manifest *manifest = run->manifest;
	struct evidence_state *state = memory_alloc(sizeof(*state));

	run->state = state;
	state->context = (struct check_context){inventories_find, run, run->started_ms};
	state->store_count = manifest->stores.count;
	state->stores = arena_array(&state->arena, state->store_count, sizeof(*state->stores));
	for (size_t i = 0; i < state->store_count; i++) {
		state->stores[i].name = manifest->stores.entries[i].name;
		state->stores[i].store = manifest->stores.entries[i].value;
	}
	state->inventories = arena_array(&state->arena, manifest->inventories.count, sizeof(*state->inventories));
	run->step_count = manifest->steps.count;
	run->steps = memory_array(run->step_count, sizeof(*run->steps));
	state->steps = arena_array(&state->arena, run->step_count, sizeof(*state->steps));
	for (size_t i = 0; i < run->step_count; i++) {
		run->steps[i].step = ((struct manifest_step *const *)manifest->steps.items)[i];
		buffer_init(&run->steps[i].stdout_text, STDOUT_TEXT_MAX);
	}
	run->artifact_count = manifest->artifacts.count;
	run->artifacts = memory_array(run->artifact_count, sizeof(*run->artifacts));
	state->artifacts = arena_array(&state->arena, run->artifact_count, sizeof(*state->artifacts));
	for (size_t i = 0; i < run->artifact_count; i++)
		run->artifacts[i].artifact = ((struct manifest_artifact *const *)manifest->artifacts.items)[i];
	allocate_uploads(run);
}

/* What comes through a pipe is there once. */
static bool can_be_read_twice(const struct secret *secret)
{
	struct stat status;

	return secret->file == NULL || (stat(secret->file, &status) == 0 && S_ISREG(status.st_mode));
}

/* Before anything is printed; what cannot be read now is told when somebody needs it. */
static void register_secrets(const struct manifest *manifest)
{
	const struct secret *const *secrets = manifest->secrets.items;
	struct error ignored;

	for (size_t i = 0; i < manifest->secrets.count; i++) {
		char *value = NULL;
		if (can_be_read_twice(secrets[i]) && secret_read(secrets[i], &value, &ignored) == 0)
			secret_free(value);
	}
}

static void prepare(struct run *run, const struct manifest *manifest, const struct run_options *options)
{
	memset(run, 0, sizeof(*run));
	run->options = *options;
	run->manifest = manifest;
	run->id = options->id;
	run->started_ms = options->started_ms;
	run->listener = options->listener;
	allocate(run);
}

/* What the other verb would enter; before anything is entered in earnest, since a check knows its row. */
static struct roll roll_of_other_verb(const struct manifest *manifest, const struct run_options *options)
{
	struct run_options other = *options;
	struct run run;
	struct roll roll;
	struct error ignored;

	other.mode = options->mode == RUN_MODE_RUN ? RUN_MODE_VERIFY : RUN_MODE_RUN;
	other.sample = true;
	prepare(&run, manifest, &other);
	roll_call_enter(&run, &ignored);
	roll = run.roll;
	run.roll = (struct roll){0};
	run_release(&run);
	return roll;
}

static int enter_all(struct run *run, struct error *err)
{
	struct roll other = {0};
	int result;

	if (run->manifest->waivers.count > 0)
		other = roll_of_other_verb(run->manifest, &run->options);
	result = roll_call_enter(run, err);
	result |= waivers_enter(run, &other, err);
	roll_close(&run->roll);
	roll_release(&other);
	return result != 0 ? -1 : 0;
}

int run_begin(struct run *run, const struct manifest *manifest, const struct run_options *options, struct error *err)
{
	prepare(run, manifest, options);
	if (gethostname(run->host, sizeof(run->host) - 1) < 0)
		run->host[0] = '\0';
	register_secrets(manifest);
	return enter_all(run, err);
}

static bool is_too_late(const struct run *run)
{
	return run->options.until_ms != 0 && clock_monotonic_ms() >= run->options.until_ms;
}

bool run_is_cancelled(void *context)
{
	const struct run *run = context;

	supervise_reap();
	return supervise_signal() != 0 || is_too_late(run);
}

/* A store that nobody answers for may answer in a minute: nothing was run, so that trying again costs nothing. */
static const char *why_nothing_is_run(const struct run *run)
{
	for (size_t i = 0; i < run->roll.count; i++)
		if (run->roll.rows[i].gate && run->roll.rows[i].finding.verdict == VERDICT_FAIL)
			return run->options.mode == RUN_MODE_VERIFY
				       ? "nothing was examined: a store check failed"
				       : "nothing was run: a store or preflight check failed";
	for (size_t i = 0; i < run->state->store_count; i++)
		if (run->state->stores[i].probe.status == STORE_UNREACHABLE)
			return run->options.mode == RUN_MODE_VERIFY ? "nothing was examined: a store did not answer"
								    : "nothing was run: a store did not answer";
	return NULL;
}

static bool gives_up_privileges(struct run *run)
{
	if (!run->manifest->no_new_privs || prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) == 0)
		return true;
	run->broken = true;
	run->nothing_run = "nothing was run: no_new_privs could not be set";
	return false;
}

static void bring_evidence(struct run *run)
{
	bool is_run = run->options.mode == RUN_MODE_RUN;

	if (!gives_up_privileges(run))
		return;
	stores_open_and_probe(run);
	if (run->options.mode != RUN_MODE_VERIFY)
		preflight_check(run);
	if (run_is_cancelled(run) || run->options.mode == RUN_MODE_PROBE)
		return;
	run->nothing_run = why_nothing_is_run(run);
	if (run->nothing_run != NULL)
		return;
	if (is_run)
		before_note(run);
	inventories_gather(run);
	earlier_gather(run);
	if (is_run)
		steps_run(run);
	artifacts_examine(run);
	if (!is_run)
		return;
	steps_clean_up(run);
	vouched_look_again(run);
}

void run_execute(struct run *run)
{
	run->listener->begin(run);
	store_set_cancelled(run_is_cancelled, run);
	bring_evidence(run);
	store_set_cancelled(NULL, NULL);
	supervise_end_all(MANIFEST_GRACE_MS);
	run->signal = supervise_signal();
	if (run->signal == 0)
		waivers_answer(run);
	if (run->signal != 0)
		roll_settle(&run->roll, "muster was told to end before it was reached");
	else if (is_too_late(run))
		roll_settle(&run->roll, "the time was up before it was reached");
	else
		roll_settle(&run->roll, run->nothing_run != NULL ? run->nothing_run : "not reached");
	run->finished_ms = clock_now_ms();
}

bool run_look_again(struct run *run)
{
	bool is_changed;

	store_set_cancelled(run_is_cancelled, run);
	is_changed = vouched_look_again(run);
	store_set_cancelled(NULL, NULL);
	return is_changed;
}

void run_release(struct run *run)
{
	stores_close(run);
	for (size_t i = 0; i < run->step_count; i++) {
		pipeline_result_release(&run->steps[i].result);
		launch_free_stages(run->steps[i].stages, run->steps[i].stage_count);
		buffer_release(&run->steps[i].stdout_text);
		free(run->steps[i].skipped);
	}
	earlier_release(run);
	before_release(run);
	vouched_release(run);
	for (size_t i = 0; i < run->artifact_count; i++)
		free(run->artifacts[i].location);
	for (size_t i = 0; i < run->upload_count; i++) {
		free(run->uploads[i].bucket);
		free(run->uploads[i].key);
	}
	free(run->steps);
	free(run->artifacts);
	free(run->uploads);
	free(run->notifications);
	roll_release(&run->roll);
	arena_release(&run->state->arena);
	free(run->state);
}

#include "wrapper/process/pipeline_private.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "wrapper/process/children.h"
#include "wrapper/process/memory_kills.h"
#include "wrapper/process/supervise.h"

#define KILLED_MS 1000

enum sent { SENT_NOTHING, SENT_SIGTERM, SENT_SIGKILL };

struct stage {
	struct child child;
	struct spawn_request request;
	int report; /* -1 once it is known whether the program was started */
	bool troubled;
	struct spawn_trouble trouble;
	bool settled; /* its end is in the result */
};

struct running {
	const struct pipeline *pipeline;
	struct pipeline_result *result;
	struct stage *stages;
	size_t started, unsettled;
	pid_t group;
	struct outfile file;
	struct capture capture;
	bool must_end; /* a stage could not be started */
	bool timed_out;
	enum sent sent; /* to the stages, to end them */
	int64_t began_ms, deadline_ms, kill_ms;
	int signals_ignored, signals_at_sigterm;
	int64_t memory_kills_before;
};

static int64_t later(int64_t moment_ms, int64_t by_ms)
{
	if (by_ms <= 0)
		return moment_ms;
	return by_ms > INT64_MAX - moment_ms ? INT64_MAX : moment_ms + by_ms;
}

static int64_t grace_of(const struct pipeline *pipeline)
{
	return pipeline->grace_ms == PARAMETER_UNSET ? PIPELINE_GRACE_MS : pipeline->grace_ms;
}

static bool told_to_end(const struct running *running)
{
	return supervise_signal_count() > running->signals_ignored;
}

/* A second signal: whoever sent it does not want to wait for the grace. */
static bool is_hurried(const struct running *running)
{
	int first = running->signals_ignored + 1;
	int patient = running->signals_at_sigterm > first ? running->signals_at_sigterm : first;

	return supervise_signal_count() > patient;
}

static int64_t sooner(int64_t left, int64_t right)
{
	return left < right ? left : right;
}

/* INT64_MAX while nobody told muster to end. */
static int64_t last_moment(const struct running *running)
{
	const struct pipeline *pipeline = running->pipeline;

	return supervise_end_of(pipeline->clean_up_follows && !pipeline->deaf ? SUPERVISE_STEP : SUPERVISE_CLEAN_UP);
}

/* How long what was killed may take to be gone; once muster was told to end the reports' time is not for it. */
static int64_t end_of_patience(int64_t kill_ms)
{
	int64_t end = supervise_end_of(SUPERVISE_CLEAN_UP);

	return sooner(later(kill_ms, SUPERVISE_UNKILLABLE_MS), later(kill_ms > end ? kill_ms : end, KILLED_MS));
}

/* When the step has to be over: in a clean-up after a signal with enough time left to end it in order. */
static int64_t deadline_of(const struct pipeline *pipeline, int64_t began_ms)
{
	int64_t end = pipeline->timeout_ms == PARAMETER_UNSET ? INT64_MAX : later(began_ms, pipeline->timeout_ms);
	int64_t last = pipeline->deaf ? supervise_end_of(SUPERVISE_CLEAN_UP) : INT64_MAX;

	if (last == INT64_MAX)
		return end;
	return sooner(end, last - sooner(grace_of(pipeline), last > began_ms ? (last - began_ms) / 4 : 0));
}

static int start_stage(struct running *running, size_t number, int input, int output, int errors)
{
	const struct pipeline *pipeline = running->pipeline;
	struct stage *stage = &running->stages[number];

	stage->request = (struct spawn_request){
		.argv = pipeline->stages[number],
		.environment = pipeline->environment,
		.working_folder = pipeline->working_folder,
		.input_path = pipeline->stdin_path,
		.input = input,
		.output = output,
		.errors = errors,
		.group = running->group,
		.no_new_privs = pipeline->no_new_privs,
	};
	pid_t pid = spawn_start(&stage->request, &stage->report);
	if (pid < 0)
		return -1;
	if (number == 0)
		running->group = pid;
	children_watch(&stage->child, pid);
	running->started++;
	running->unsettled++;
	return 0;
}

/* Starts stage after stage; whatever is left open in muster would keep a stage from seeing the end of its input. */
static int start_stages(struct running *running, int output, int errors)
{
	size_t count = running->pipeline->stage_count;
	int input = -1, failed = 0;

	for (size_t i = 0; i < count && failed == 0; i++) {
		int to_next[2] = {-1, -1};
		bool last = i + 1 == count;
		if (!last && pipe2(to_next, O_CLOEXEC) < 0)
			failed = errno;
		else if (start_stage(running, i, input, last ? output : to_next[1], errors) < 0)
			failed = errno;
		pipeline_close(&to_next[1]);
		pipeline_close(&input);
		input = to_next[0];
	}
	pipeline_close(&input);
	return failed;
}

static int start_all(struct running *running, struct error *err)
{
	struct pipeline_result *result = running->result;
	int output, errors;
	int failed = capture_open(&running->capture, &output, &errors) < 0 ? errno : 0;

	if (failed == 0)
		failed = start_stages(running, output, errors);
	pipeline_close(&output);
	pipeline_close(&errors);
	if (failed == 0)
		return 0;
	const char *program = running->pipeline->stages[running->started][0];
	error_set(&result->start_error, "cannot start a process for '%s': %s", program != NULL ? program : "",
		  strerror(failed));
	result->ends[running->started].error_number = failed;
	running->must_end = true;
	return running->started > 0 ? 0 : error_set(err, "%s", result->start_error.message);
}

static int64_t memory_kills_since(const struct running *running)
{
	int64_t before = running->memory_kills_before, now = before >= 0 ? memory_kills_count() : -1;

	return now > before ? now - before : 0;
}

struct process_end pipeline_end_of(int status)
{
	if (WIFSIGNALED(status))
		return (struct process_end){.outcome = PROCESS_SIGNALED, .signal = WTERMSIG(status)};
	return (struct process_end){.outcome = PROCESS_EXITED, .code = WEXITSTATUS(status)};
}

static struct process_end end_of(const struct running *running, const struct stage *stage)
{
	struct process_end end = pipeline_end_of(stage->child.status);

	if (stage->troubled)
		return (struct process_end){.error_number = stage->trouble.error_number};
	end.out_of_memory = end.signal == SIGKILL && running->sent != SENT_SIGKILL && memory_kills_since(running) > 0;
	if (running->timed_out) {
		end.outcome = PROCESS_TIMED_OUT;
	} else if (running->sent != SENT_NOTHING && end.outcome == PROCESS_EXITED) {
		end.outcome = PROCESS_SIGNALED;
		end.signal = SIGTERM;
	}
	return end;
}

static void read_report(struct running *running, struct stage *stage)
{
	struct pipeline_result *result = running->result;
	int known = stage->report >= 0 ? spawn_report_read(stage->report, &stage->trouble) : -1;

	if (known < 0)
		return;
	pipeline_close(&stage->report);
	if (known == 0)
		return;
	stage->troubled = true;
	running->must_end = true;
	if (result->start_error.message[0] == '\0')
		spawn_explain(&stage->request, &stage->trouble, &result->start_error);
}

static void settle(struct running *running, size_t number)
{
	struct stage *stage = &running->stages[number];
	struct pipeline_result *result = running->result;
	const struct rusage *usage = &stage->child.usage;
	int64_t rss_bytes = (int64_t)usage->ru_maxrss * 1024;

	stage->settled = true;
	running->unsettled--;
	children_forget(&stage->child);
	pipeline_close(&stage->report);
	result->ends[number] = end_of(running, stage);
	if (rss_bytes > result->max_rss_bytes)
		result->max_rss_bytes = rss_bytes;
	result->cpu_seconds += (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) +
			       (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1e6;
}

static void settle_ended(struct running *running)
{
	for (size_t i = 0; i < running->started; i++) {
		struct stage *stage = &running->stages[i];

		if (stage->settled || !stage->child.ended)
			continue;
		read_report(running, stage);
		settle(running, i);
	}
}

/* A stage may have left the group; none is to get the signal twice, since many tools take the second for impatience. */
static void signal_stages(struct running *running, int signal)
{
	for (size_t i = 0; i < running->started; i++) {
		const struct stage *stage = &running->stages[i];

		if (stage->settled || getpgid(stage->child.pid) == running->group)
			continue;
		kill(stage->child.pid, signal);
		if (signal != SIGKILL)
			kill(stage->child.pid, SIGCONT);
	}
	children_signal_group(running->group, signal);
}

/* To be called with every end that is known taken in: what ends from here on was ended. */
static void end_stages_when_due(struct running *running)
{
	int64_t now = clock_monotonic_ms();
	bool late = now >= running->deadline_ms;

	if (running->sent == SENT_NOTHING) {
		if (!late && !running->must_end && !told_to_end(running) && running->file.error.message[0] == '\0')
			return;
		running->timed_out = late;
		running->sent = SENT_SIGTERM;
		running->kill_ms = later(now, grace_of(running->pipeline));
		running->signals_at_sigterm = supervise_signal_count();
		signal_stages(running, SIGTERM);
	}
	running->kill_ms = sooner(running->kill_ms, last_moment(running));
	if (running->sent == SENT_SIGTERM && (now >= running->kill_ms || is_hurried(running))) {
		running->sent = SENT_SIGKILL;
		running->kill_ms = now;
		signal_stages(running, SIGKILL);
	}
}

/* False where SIGKILL did not help. */
static bool wait_for_stages(struct running *running)
{
	for (;;) {
		children_reap();
		settle_ended(running);
		if (running->unsettled == 0)
			return true;
		end_stages_when_due(running);
		if (running->sent == SENT_SIGKILL && clock_monotonic_ms() >= end_of_patience(running->kill_ms))
			return false;
		if (running->sent == SENT_NOTHING)
			capture_attend(&running->capture, running->deadline_ms);
		else
			capture_attend(&running->capture, running->sent == SENT_SIGKILL
								  ? end_of_patience(running->kill_ms)
								  : running->kill_ms);
	}
}

static void abandon_stages(struct running *running)
{
	for (size_t i = 0; i < running->started; i++) {
		if (running->stages[i].settled)
			continue;
		running->stages[i].child.status = SIGKILL;
		settle(running, i);
		running->result->left_behind++;
	}
}

/* Reaps first: what an orphan that has ended left behind in its turn is muster's only then. */
static bool has_left_something(const struct running *running)
{
	children_reap();
	return capture_is_open(&running->capture) || children_count_orphans(running->group) > 0;
}

static void miss_output(struct running *running)
{
	const struct pipeline_result *result = running->result;
	struct error error;

	error_set(&error, "cannot complete '%s': a process that the step left running still writes to it%s%s",
		  running->file.target, result->left_running[0] != '\0' ? ": " : "", result->left_running);
	outfile_fail(&running->file, &error);
}

/* What a shell does not wait for, such as `> >(tee log)`, mostly ends by itself soon. */
static void linger(struct running *running)
{
	struct pipeline_result *result = running->result;
	int64_t now = clock_monotonic_ms();
	int64_t end = running->pipeline->may_leave ? running->deadline_ms : later(now, PIPELINE_LEFT_MS);

	while (has_left_something(running) && now < end && !told_to_end(running) &&
	       running->file.error.message[0] == '\0') {
		capture_attend(&running->capture, sooner(end, now + SUPERVISE_ROUND_MS));
		now = clock_monotonic_ms();
	}
	if (running->pipeline->may_leave)
		result->duration_ms = now - running->began_ms;
	children_name_orphans(running->group, result->left_running);
	capture_drain(&running->capture);
	result->output_incomplete = capture_is_open(&running->capture);
	if (running->capture.file != NULL && running->capture.output.fd >= 0)
		miss_output(running);
}

static void end_leftovers(struct running *running)
{
	struct children_told told = {.group = running->sent != SENT_NOTHING ? running->group : 0};
	int64_t now = clock_monotonic_ms();
	int64_t kill = running->sent == SENT_SIGKILL ? now : later(now, grace_of(running->pipeline));

	while (now < end_of_patience(sooner(kill, last_moment(running)))) {
		bool hard = now >= sooner(kill, last_moment(running)) || is_hurried(running);
		children_reap();
		if (children_tell_orphans(&told, running->group, hard ? SIGKILL : SIGTERM) == 0)
			break;
		capture_attend(&running->capture, now + SUPERVISE_ROUND_MS);
		now = clock_monotonic_ms();
	}
	children_reap();
	running->result->left_behind = (unsigned)told.count;
}

static void run_stages(struct running *running)
{
	struct pipeline_result *result = running->result;

	children_note_orphans(running->pipeline->may_leave ? &result->orphans : NULL);
	bool gone = wait_for_stages(running);

	result->duration_ms = clock_monotonic_ms() - running->began_ms;
	if (!gone) {
		abandon_stages(running);
	} else {
		if (running->sent == SENT_NOTHING)
			linger(running);
		children_note_orphans(NULL); /* what is ended now does not end by itself */
		end_leftovers(running);
	}
	children_note_orphans(NULL);
	capture_drain(&running->capture);
	result->output_incomplete = result->output_incomplete || running->capture.lost;
}

static bool keeps_output(const struct pipeline *pipeline)
{
	return pipeline->stdout_path != NULL || pipeline->sink != NULL;
}

static int open_output(struct running *running)
{
	const struct pipeline *pipeline = running->pipeline;
	struct error *err = &running->result->output_error;

	if (pipeline->sink != NULL) {
		if (outfile_open_sink(&running->file, pipeline->sink, running->deadline_ms, err) < 0)
			return -1;
		running->result->sink = pipeline->sink;
	} else if (pipeline->stdout_path != NULL) {
		return outfile_open(&running->file, pipeline->stdout_path, running->deadline_ms,
				    running->signals_ignored, err);
	}
	return 0;
}

static int run_prepared(struct running *running, struct error *err)
{
	const struct pipeline *pipeline = running->pipeline;
	struct pipeline_result *result = running->result;

	if (told_to_end(running) || open_output(running) < 0)
		return 0;
	if (start_all(running, err) < 0)
		return -1;
	run_stages(running);
	result->memory_kills = memory_kills_since(running);
	result->output_bytes = running->file.written_bytes;
	if (keeps_output(pipeline) && outfile_finish(&running->file, &result->output_error) == 0)
		result->temporary_path = outfile_take(&running->file, &result->output_path);
	return 0;
}

int pipeline_run(const struct pipeline *pipeline, struct pipeline_result *ret_result, struct error *err)
{
	struct running running = {
		.pipeline = pipeline,
		.result = ret_result,
		.file = {.fd = -1},
		.began_ms = clock_monotonic_ms(),
		.memory_kills_before = memory_kills_count(),
		.signals_ignored = pipeline->deaf ? supervise_signal_count() : 0,
	};

	*ret_result = (struct pipeline_result){.started_ms = clock_now_ms()};
	if (pipeline->stage_count == 0)
		return error_set(err, "a pipeline without stages");
	if (supervise_begin() < 0)
		return error_set(err, "cannot take charge of processes: %s", strerror(errno));
	running.deadline_ms = deadline_of(pipeline, running.began_ms);
	running.stages = memory_array(pipeline->stage_count, sizeof *running.stages);
	capture_init(&running.capture, pipeline, keeps_output(pipeline) ? &running.file : NULL);
	ret_result->ends = memory_array(pipeline->stage_count, sizeof *ret_result->ends);
	ret_result->stage_count = pipeline->stage_count;
	int status = run_prepared(&running, err);
	ret_result->interrupted = told_to_end(&running);
	capture_release(&running.capture);
	outfile_release(&running.file);
	free(running.stages);
	if (status < 0)
		pipeline_result_release(ret_result);
	return status;
}

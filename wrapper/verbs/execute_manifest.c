#include "wrapper/verbs/execution.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/base/secrets.h"
#include "wrapper/process/supervise.h"
#include "wrapper/report/console.h"
#include "wrapper/report/last_words.h"
#include "wrapper/report/notify.h"
#include "wrapper/report/report.h"
#include "wrapper/verbs/given_manifests.h"

#define REPORT_NAME_MAX 200

bool execute_is_report_folder(const char *path)
{
	size_t length = strlen(path);

	return length > 0 && path[length - 1] == '/';
}

static bool is_fit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("._-", c) != NULL;
}

static char *name_of(const char *manifest)
{
	char *name =
		memory_substring(manifest, strlen(manifest) < REPORT_NAME_MAX ? strlen(manifest) : REPORT_NAME_MAX);

	for (char *at = name; *at != '\0'; at++)
		if (!is_fit(*at) || (at == name && *at == '.'))
			*at = '_';
	return name;
}

static int take_report_name(struct execution *execution, const char *name, const char *manifest, struct error *err)
{
	for (size_t i = 0; i < execution->report_name_count; i++)
		if (strcmp(execution->report_names[i], name) == 0)
			return error_set(err,
					 "the reports of the manifest '%s' would take the place of another's: both "
					 "would be named '%s'",
					 manifest, name);
	execution->report_names = memory_grow(execution->report_names, execution->report_name_count + 1,
					      sizeof(*execution->report_names));
	execution->report_names[execution->report_name_count++] = memory_string(name);
	return 0;
}

/* The options with a file in the place of every folder; release_resolved() frees those. -1 where a manifest before had the name already. */
static int resolve_report_folders(struct execution *execution, const struct command_options *options,
				  const char *manifest, struct command_options *ret_resolved, struct error *err)
{
	cleanup_free char *name = name_of(manifest);
	bool taken = false;

	*ret_resolved = *options;
	for (size_t i = 0; i < options->report_count; i++) {
		const struct report_request *request = &options->reports[i];
		if (!execute_is_report_folder(request->path))
			continue;
		if (!taken && take_report_name(execution, name, manifest, err) < 0)
			return -1;
		taken = true;
		/* Where that does not succeed, writing the report says why. */
		mkdir(request->path, 0777);
		ret_resolved->reports[i].path =
			memory_format("%s%s.%s", request->path, name, request->format->extension);
	}
	return 0;
}

static void release_resolved(const struct command_options *options, struct command_options *resolved)
{
	for (size_t i = 0; i < options->report_count; i++)
		if (resolved->reports[i].path != options->reports[i].path)
			free((void *)(uintptr_t)resolved->reports[i].path);
}

/* Time first, so that ids sort like the runs; the rest makes two runs of the same second different. */
static void make_id(int64_t now_ms, char ret_id[RUN_ID_MAX])
{
	char moment[CLOCK_TEXT_MAX];
	unsigned char random[4] = {0};

	if (getrandom(random, sizeof(random), 0) < 0)
		memcpy(random, &now_ms, sizeof(random));
	snprintf(ret_id, RUN_ID_MAX, "%s-%02x%02x%02x%02x", clock_format_basic(now_ms, moment), random[0], random[1],
		 random[2], random[3]);
}

static bool report_takes_stdout(const struct command_options *options)
{
	for (size_t i = 0; i < options->report_count; i++)
		if (report_is_stdout(options->reports[i].path))
			return true;
	return false;
}

/* A run that is killed, or never begins, must not leave the report of the one before it for its own. */
static void remove_old_reports(const struct command_options *options)
{
	for (size_t i = 0; i < options->report_count; i++)
		if (!options->reports[i].format->remembers && !report_remove(options->reports[i].path))
			fprintf(stderr, "muster: cannot remove the old report '%s'\n", options->reports[i].path);
}

static void tell(struct error *err)
{
	secrets_mask_string(err->message);
	fprintf(stderr, "muster: %s\n", err->message);
}

/* In this order: what remembers the last success must not have been told of one that then is none. */
enum report_turn { TURN_FILES, TURN_REMEMBERING, TURN_STREAMS, TURN_COUNT };

static enum report_turn turn_of(const struct report_request *request)
{
	if (report_is_stream(request->path))
		return TURN_STREAMS;
	return request->format->remembers ? TURN_REMEMBERING : TURN_FILES;
}

/* Where there is no room beside what stands there and may say that all is well: one that remembers would have forgotten. */
static void write_instead(const struct report *report, const struct report_request *request)
{
	struct error ignored;

	report_remove(request->path);
	if (!request->format->remembers)
		report_write(request->format, report, request->path, &ignored);
}

/* False where one of them could not be written. */
static bool write_reports_of(const struct run *run, const struct command_options *options, enum report_turn turn,
			     bool again)
{
	struct error err;
	struct report *report = report_of_run(run, &err);
	bool whole = report != NULL;

	if (report == NULL && !again)
		tell(&err);
	for (size_t i = 0; report != NULL && i < options->report_count; i++) {
		const struct report_request *request = &options->reports[i];
		if (turn_of(request) != turn || report_write(request->format, report, request->path, &err) == 0)
			continue;
		if (again)
			write_instead(report, request);
		else
			tell(&err);
		whole = false;
	}
	report_free(report);
	return whole;
}

/* False where nothing new was found. */
static bool take_signal(struct run *run)
{
	if (run->signal != 0 || run->is_final || supervise_signal() == 0)
		return false;
	run->signal = supervise_signal();
	return true;
}

/*
 * A report that was asked for and could not be written is a promise that was not kept: never exit code 0. That one, and a signal
 * that comes while they are written, has all of them written again, so that none says that all is well, and one that only
 * failed by chance is there. What went by whole, in a stream, stands: a signal after it came too late.
 */
static void write_reports(struct run *run, const struct command_options *options, enum report_turn begin,
			  enum report_turn end)
{
	if (options->report_count == 0)
		return;
	for (enum report_turn turn = begin; turn < end; turn++) {
		bool whole = write_reports_of(run, options, turn, false);
		bool told = (!whole || turn < TURN_STREAMS) && take_signal(run);
		if (!told && whole)
			continue;
		run->broken = run->broken || (!whole && run_exit_code(run) == EXIT_PASSED);
		for (enum report_turn again = TURN_FILES; again <= turn && again < TURN_STREAMS; again++)
			write_reports_of(run, options, again, true);
	}
}

/* To people, and to whoever asks Kubernetes what became of the pod. */
static void refuse(enum run_mode mode, const char *path, const char *lines, int code)
{
	fputs(lines, stderr);
	if (mode != RUN_MODE_PROBE)
		termination_refused(path, lines, code);
}

/* Nothing to look at must not look like a pass. */
static bool declares_nothing_for(enum run_mode mode, const struct manifest *manifest)
{
	const char *nothing = NULL;

	if (mode == RUN_MODE_VERIFY && manifest->artifacts.count == 0)
		nothing = "it declares no artifact: there is nothing to verify";
	else if (mode == RUN_MODE_PROBE && manifest->stores.count + manifest->preflight.count == 0)
		nothing = "it declares neither a store nor a preflight: there is nothing to probe";
	if (nothing == NULL)
		return false;
	cleanup_free char *line = memory_format("%s: error: %s\n", manifest->document.path, nothing);
	refuse(mode, manifest->document.path, line, EXIT_MANIFEST);
	return true;
}

/*
 * A report may have been written over a backup, and a signal may have come meanwhile: then those before `end` are written again.
 * They cannot say before they are written that nothing lay there.
 */
static void correct_reports(struct run *run, const struct command_options *options, enum report_turn end)
{
	bool is_written = options->report_count > 0 || run->manifest->reports.count > 0;
	bool is_changed = is_written && run_look_again(run);

	if (!take_signal(run) && !is_changed)
		return;
	write_reports(run, options, TURN_FILES, end);
	notify_deliver_reports(run, true);
}

/*
 * The reports come first, since one that cannot be written changes the verdict; then they are written again, with what became
 * of telling others. From the first notification on a signal only hurries: what others were told cannot be taken back.
 */
static void report_and_tell(struct run *run, const struct command_options *options)
{
	int code;

	write_reports(run, options, TURN_FILES, TURN_REMEMBERING);
	notify_deliver_reports(run, false);
	correct_reports(run, options, TURN_REMEMBERING);
	write_reports(run, options, TURN_REMEMBERING, TURN_STREAMS);
	correct_reports(run, options, TURN_STREAMS);
	run->is_final = run->manifest->notify != NULL;
	code = run_exit_code(run);
	notify_end(run);
	write_reports(run, options, run->notification_count > 0 ? TURN_FILES : TURN_STREAMS, TURN_COUNT);
	if (run_exit_code(run) == code)
		return;
	notify_deliver_reports(run, true);
	notify_end(run);
}

/* A grace that a step was given is not to be cut by one that nobody gave. */
static int64_t grace_for(const struct manifest *manifest, const struct command_options *command)
{
	int64_t grace_ms = SUPERVISE_GRACE_MS;

	if (command->grace_ms != 0)
		return command->grace_ms;
	for (size_t i = 0; i < manifest->steps.count; i++) {
		int64_t own_ms = ((struct manifest_step *const *)manifest->steps.items)[i]->grace_ms;
		int64_t rest_ms = SUPERVISE_CLEAN_UP_MS + SUPERVISE_REPORTS_MS;
		if (own_ms > grace_ms - rest_ms)
			grace_ms = own_ms > INT64_MAX - rest_ms ? INT64_MAX : own_ms + rest_ms;
	}
	return grace_ms;
}

static int execute_run(const struct manifest *manifest, const struct run_options *options,
		       const struct command_options *command, struct execution *execution)
{
	struct run run;
	struct error err;
	int code;

	if (run_begin(&run, manifest, options, &err) < 0) {
		cleanup_free char *line = memory_format("%s:%d:%d: error: %s\n", manifest->document.path,
							run.trouble_place.line, run.trouble_place.column, err.message);
		refuse(options->mode, manifest->document.path, line, EXIT_MANIFEST);
		run_release(&run);
		return EXIT_MANIFEST;
	}
	supervise_set_grace(grace_for(manifest, command));
	last_words_prepare(&run, command->reports, command->report_count);
	termination_begin(&run);
	notify_begin(&run);
	run_execute(&run);
	report_and_tell(&run, command);
	termination_end(&run);
	console_conclude(true);
	human_end(&run);
	console_conclude(false);
	code = run_exit_code(&run);
	overview_add_run(&execution->overview, &run);
	run_release(&run);
	return code;
}

static int execute_loaded(const struct manifest *manifest, const struct run_options *options,
			  const struct command_options *command, struct execution *execution)
{
	struct command_options resolved;
	struct error err;
	int code;

	if (declares_nothing_for(options->mode, manifest))
		return EXIT_MANIFEST;
	if (resolve_report_folders(execution, command, manifest->name, &resolved, &err) < 0) {
		fprintf(stderr, "%s: error: %s\n", manifest->document.path, err.message);
		return EXIT_MANIFEST;
	}
	remove_old_reports(&resolved);
	code = execute_run(manifest, options, &resolved, execution);
	release_resolved(command, &resolved);
	return code;
}

FILE *execute_terminal(const struct command_options *options)
{
	return report_takes_stdout(options) ? stderr : stdout;
}

bool execute_color(const struct command_options *options)
{
	return options->color == 1 || (options->color < 0 && console_is_terminal(execute_terminal(options)));
}

void execute_release(struct execution *execution)
{
	overview_release(&execution->overview);
	for (size_t i = 0; i < execution->report_name_count; i++)
		free(execution->report_names[i]);
	free(execution->report_names);
}

static void say_diagnostics(struct diagnostics *diagnostics, enum run_mode mode, const char *path, int code)
{
	cleanup_free char *text = NULL;
	size_t length = 0;

	if (diagnostics->errors <= diagnostics->usage_errors) {
		diagnostics_print(diagnostics, stderr);
		return;
	}
	FILE *file = memory_open_stream(&text, &length);
	diagnostics_print(diagnostics, file);
	memory_end_stream(file);
	refuse(mode, path, text, code);
}

int execute_manifest(const char *path, enum run_mode mode, const struct command_options *options,
		     struct execution *execution)
{
	char id[RUN_ID_MAX];
	int64_t now_ms = clock_now_ms();
	struct diagnostics diagnostics = {0};
	struct manifest *manifest;
	size_t manifests = execution->overview.manifests;
	int code;

	make_id(now_ms, id);
	struct manifest_options how = {.verify = mode == RUN_MODE_VERIFY,
				       .vars = options->vars,
				       .var_count = options->var_count,
				       .run_id = id,
				       .run_started_ms = now_ms};
	const struct human human = {human_listener,
				    {.file = execute_terminal(options),
				     .quiet = options->quiet,
				     .verbose = options->verbose,
				     .color = execute_color(options)}};
	struct run_options run_options = {.mode = mode,
					  .sample = options->sample,
					  .listener = &human.listener,
					  .id = id,
					  .started_ms = now_ms,
					  .until_ms = options->until_ms};
	manifest = manifest_load(path, &how, &diagnostics);
	remove_old_reports(options);
	code = given_manifests_code(manifest, &diagnostics);
	if (manifest == NULL && supervise_signal() != 0)
		code = EXIT_SIGNAL_BASE + supervise_signal();
	say_diagnostics(&diagnostics, mode, path, code);
	if (manifest != NULL)
		code = execute_loaded(manifest, &run_options, options, execution);
	if (execution->overview.manifests == manifests)
		overview_add_path(&execution->overview, path, VERDICT_FAIL);
	diagnostics_release(&diagnostics);
	manifest_free(manifest);
	return code;
}

#include "assertions/checks/assertion.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/units.h"

struct exit_parameters {
	struct parameter_list codes; /* of int64_t; empty means 0 alone */
	struct parameter_map stages; /* of such lists */
};

static const struct parameter code_item = {.type = &value_integer, .maximum = 255};
static const struct parameter stage_item = {.type = &value_list, .item = &code_item, .more = MORE_IS_WEAKER};
static const struct parameter parameters[] = {
	{"codes", &value_list, PARAMETER_SHORTHAND, offsetof(struct exit_parameters, codes), .fallback = "0",
	 .item = &code_item, .more = MORE_IS_WEAKER,
	 .help = "the codes that count as success, for every stage that is not named", .example = "[0, 3]"},
	{"STAGE", &value_map, PARAMETER_REST, offsetof(struct exit_parameters, stages), .item = &stage_item,
	 .more = MORE_IS_WEAKER,
	 .help = "those of one stage, by its program as it is written or without its folder, or, where several are called "
		 "so, by its number in the pipe",
	 .example = "[0, 1]"},
	{0},
};

static const struct record record = {.name = "an exit",
				     .help = "exit codes",
				     .size = sizeof(struct exit_parameters),
				     .parameters = parameters};

static const char *without_folder(const char *program)
{
	const char *slash = strrchr(program, '/');

	return slash != NULL ? slash + 1 : program;
}

static size_t count_called(const char *key, char *const *programs, size_t count, bool without, size_t *ret_stage)
{
	size_t found = 0;

	for (size_t i = 0; i < count; i++) {
		if (programs[i] == NULL || strcmp(without ? without_folder(programs[i]) : programs[i], key) != 0)
			continue;
		*ret_stage = i;
		found++;
	}
	return found;
}

/* How many stages the key names, and which: exactly one should. */
static size_t find_stage(const char *key, char *const *programs, size_t count, size_t *ret_stage)
{
	size_t found = count_called(key, programs, count, false, ret_stage);

	if (found == 0)
		found = count_called(key, programs, count, true, ret_stage);
	if (found > 0)
		return found;
	for (size_t i = 0; i < count; i++) {
		char number[32];
		snprintf(number, sizeof(number), "%zu", i + 1);
		if (strcmp(key, number) != 0)
			continue;
		*ret_stage = i;
		return 1;
	}
	return 0;
}

static int refuse_stage(const char *key, size_t found, char *const *programs, size_t count, struct error *err)
{
	cleanup_buffer struct buffer names;

	buffer_init(&names, sizeof(err->message) / 2);
	for (size_t i = 0; i < count; i++)
		buffer_print(&names, "%s%zu '%s'", i > 0 ? ", " : "", i + 1, programs[i] != NULL ? programs[i] : "?");
	return found == 0
		       ? error_set(err, "no stage is called '%.100s': there %s %s", key, count == 1 ? "is" : "are",
				   names.data)
		       : error_set(err, "%zu stages are called '%.100s', use the number: %s", found, key, names.data);
}

static int fits_stages(const void *self, char *const *programs, size_t count, struct place *ret_place,
		       struct error *err)
{
	const struct exit_parameters *exit = self;
	size_t stage = 0, other = 0, unknown = 0;

	for (size_t i = 0; i < count; i++)
		unknown += programs[i] == NULL;
	for (size_t i = 0; i < exit->stages.count; i++) {
		const struct parameter_map_entry *entry = &exit->stages.entries[i];
		size_t found = find_stage(entry->name, programs, count, &stage);
		*ret_place = entry->place;
		if (found > 1 || (found == 0 && unknown == 0))
			return refuse_stage(entry->name, found, programs, count, err);
		for (size_t k = 0; k < i && found == 1; k++)
			if (find_stage(exit->stages.entries[k].name, programs, count, &other) == 1 && other == stage)
				return error_set(err, "'%.100s' and '%.100s' are the same stage",
						 exit->stages.entries[k].name, entry->name);
	}
	return 0;
}

static bool code_counts(const struct exit_parameters *exit, const struct step_evidence *step, size_t stage)
{
	const struct parameter_list *codes = &exit->codes;
	size_t named = 0;

	for (size_t i = 0; i < exit->stages.count; i++)
		if (find_stage(exit->stages.entries[i].name, step->stage_names, step->stage_count, &named) == 1 &&
		    named == stage)
			codes = exit->stages.entries[i].value;
	return codes->count > 0 ? numbers_hold(codes, step->stages[stage].code) : step->stages[stage].code == 0;
}

static void expect(const void *self, size_t row, struct buffer *out)
{
	const struct exit_parameters *exit = self;

	(void)row;
	buffer_string(out, exit->codes.count > 0 ? "exit code " : "exit code 0");
	numbers_print(&exit->codes, out);
	for (size_t i = 0; i < exit->stages.count; i++) {
		buffer_print(out, ", of stage '%s' ", exit->stages.entries[i].name);
		numbers_print(exit->stages.entries[i].value, out);
	}
}

/*
 * What the exit codes of well-known backup tools mean. The same number means different things to
 * different tools, so there is no table without a name.
 *
 * Sources: s3cmd S3/ExitCodes.py, aws topics/return-codes.rst, restic doc/075_scripting.rst,
 * GNU tar manual "Return Values", rclone lib/exitcode, gzip(1).
 */
static const struct {
	const char *program;
	int code;
	const char *meaning;
} tool_codes[] = {
	{"s3cmd", 2, "to s3cmd 2 means that only part of it was done, or an option that it does not know"},
	{"s3cmd", 11, "to s3cmd 11 means that the server refused the request (400, 405, 411, 416, 501, 504)"},
	{"s3cmd", 12, "to s3cmd 12 means 404: the bucket or the key is not there. Is the bucket's name right?"},
	{"s3cmd", 13, "to s3cmd 13 means a conflict (409)"},
	{"s3cmd", 15, "to s3cmd 15 means that the store is overloaded (429, 503)"},
	{"s3cmd", 64, "to s3cmd 64 means wrong usage, or a key that is not there"},
	{"s3cmd", 74, "to s3cmd 74 means an I/O error: a host that cannot be resolved is one"},
	{"s3cmd", 77, "to s3cmd 77 means access denied (403), or a TLS certificate that does not verify"},
	{"s3cmd", 78, "to s3cmd 78 means a wrong configuration"},
	{"s3cmd", 111, "to s3cmd 111 means that the connection was refused"},
	{"aws", 1, "to aws 1 means that at least one transfer failed"},
	{"aws", 2, "to aws 2 means a command line that it does not understand, or files that it skipped"},
	{"aws", 252, "to aws 252 means a command line that it does not understand"},
	{"aws", 253, "to aws 253 means a configuration or credentials that cannot be used"},
	{"aws", 254, "to aws 254 means that the store answered with an error"},
	{"aws", 255, "to aws 255 means an error of any other kind"},
	{"restic", 3, "to restic 3 means that some of the source could not be read: the snapshot is not complete"},
	{"restic", 10, "to restic 10 means that the repository is not there"},
	{"restic", 11, "to restic 11 means that the repository is locked"},
	{"restic", 12, "to restic 12 means a wrong password"},
	{"tar", 1, "to tar 1 means that files changed while they were read: the archive is not an exact copy"},
	{"tar", 2, "to tar 2 means a fatal error; an archive may have been written all the same"},
	{"gzip", 2, "to gzip 2 means a warning, such as rubbish after the end"},
	{"borg", 1, "to borg 1 means warnings: files may be missing from the archive"},
	{"rclone", 3, "to rclone 3 means that a folder is not there"},
	{"rclone", 9, "to rclone 9 means that nothing was transferred"},
	{"bash", 126, "to a shell 126 means that a command was found and could not be executed"},
	{"bash", 127, "to a shell 127 means that a command was not found"},
	{"sh", 126, "to a shell 126 means that a command was found and could not be executed"},
	{"sh", 127, "to a shell 127 means that a command was not found"},
};

/* NULL where nothing is known. The program may be a path. */
static const char *tool_code_meaning(const char *program, int code)
{
	const char *name = without_folder(program);

	for (size_t i = 0; i < sizeof(tool_codes) / sizeof(tool_codes[0]); i++)
		if (tool_codes[i].code == code && strcmp(tool_codes[i].program, name) == 0)
			return tool_codes[i].meaning;
	return NULL;
}

static void hint_at_memory(struct finding *finding, const struct step_evidence *step)
{
	char limit[UNITS_TEXT_MAX] = "";

	if (step->memory_limit_bytes != PARAMETER_UNSET)
		units_format_size(step->memory_limit_bytes, limit);
	finding_hint(finding,
		     "the kernel ended %lld process%s for want of memory meanwhile%s%s: raise the limit "
		     "(resources.limits.memory), or let the step use less",
		     (long long)step->memory_kills, step->memory_kills == 1 ? "" : "es",
		     limit[0] != '\0' ? ", at a limit of " : "", limit);
}

static void add_hint(struct finding *finding, const char *program, const struct process_end *end,
		     const struct step_evidence *step)
{
	const char *meaning = end->outcome == PROCESS_EXITED ? tool_code_meaning(program, end->code) : NULL;

	if (step->memory_kills > 0 && end->outcome != PROCESS_NOT_STARTED)
		hint_at_memory(finding, step);
	else if (meaning != NULL)
		finding_hint(finding, "%s", meaning);
	else if (end->outcome == PROCESS_SIGNALED && end->signal == 9)
		finding_hint(finding,
			     "SIGKILL comes from the kernel when memory runs out, or from whoever ended the pod");
	else if (end->outcome == PROCESS_TIMED_OUT)
		finding_hint(finding, "the step took longer than its 'timeout'");
}

/* It may have been half of the dump. */
static void conclude_left_running(const struct step_evidence *step, const char *ends, struct finding *finding)
{
	if (step->background_is_allowed) {
		finding_fail(finding, "%s, but what it left running had not ended in time: %s", ends,
			     step->left_running);
		finding_hint(finding, "the step took longer than its 'timeout', or muster was told to end: let the "
				      "step itself end what is to serve others");
		return;
	}
	finding_fail(finding, "%s, but left running: %s", ends, step->left_running);
	finding_hint(finding, "let the step wait for it ('wait'), or end what is to serve others (gpgconf --kill all, "
			      "ssh -O exit); with 'background: allow' muster waits for it, up to the step's 'timeout'");
}

/* What is waited for is held to the same codes. orphan_count where none failed. */
static size_t find_failed_orphan(const struct exit_parameters *exit, const struct step_evidence *step)
{
	size_t i = 0;

	while (i < step->orphan_count && step->orphans[i].outcome == PROCESS_EXITED &&
	       numbers_hold(&exit->codes, step->orphans[i].code))
		i++;
	return i;
}

static void conclude_success(const struct exit_parameters *exit, const struct step_evidence *step,
			     struct finding *finding)
{
	size_t orphan = find_failed_orphan(exit, step);
	char text[PROCESS_END_TEXT_MAX], end[PROCESS_END_TEXT_MAX];
	const char *ends = step->stage_count == 1 ? process_end_text(&step->stages[0], text)
						  : "every stage exited with a code that counts as success";

	if (step->stage_count == 0) {
		finding_fail(finding, "nothing was executed");
	} else if (step->memory_kills > 0 && step->memory_kills_are_own) {
		finding_fail(finding, "%s, but a process of it was killed: out of memory", ends);
		hint_at_memory(finding, step);
	} else if (step->left_running != NULL) {
		conclude_left_running(step, ends, finding);
	} else if (orphan < step->orphan_count) {
		finding_fail(finding, "%s, but %s, which it ran in the background, %s", ends,
			     step->orphan_names[orphan], process_end_text(&step->orphans[orphan], end));
	} else {
		finding_pass(finding, "%s", ends);
	}
}

static bool has_failed(const struct exit_parameters *exit, const struct step_evidence *step, size_t stage)
{
	return step->stages[stage].outcome != PROCESS_EXITED || !code_counts(exit, step, stage);
}

/*
 * The first stage that failed is named: the stages after it fail for its sake. One that was killed for memory comes before it, and
 * one that had nobody to write to any more (SIGPIPE) after those that left it alone. stage_count where none failed.
 */
static size_t find_culprit(const struct exit_parameters *exit, const struct step_evidence *step)
{
	size_t first = step->stage_count, first_cause = step->stage_count;

	for (size_t i = step->stage_count; i-- > 0;) {
		const struct process_end *end = &step->stages[i];
		if (!has_failed(exit, step, i))
			continue;
		if (end->out_of_memory)
			return i;
		first = i;
		if (end->outcome != PROCESS_SIGNALED || end->signal != SIGPIPE)
			first_cause = i;
	}
	return first_cause < step->stage_count ? first_cause : first;
}

/* All of them fail where their output cannot be kept. */
static void conclude(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct step_evidence *step = evidence->step;
	char text[PROCESS_END_TEXT_MAX];

	(void)state;
	if (step->output_error != NULL) {
		finding_fail(findings, "its output could not be written: %s", step->output_error);
		return;
	}
	size_t culprit = find_culprit(self, step);
	if (culprit == step->stage_count) {
		conclude_success(self, step, findings);
		return;
	}
	const struct process_end *end = &step->stages[culprit];
	if (step->stage_count > 1)
		finding_fail(findings, "stage %zu (%s) %s", culprit + 1, step->stage_names[culprit],
			     process_end_text(end, text));
	else
		finding_fail(findings, "%s %s", step->stage_names[culprit], process_end_text(end, text));
	add_hint(findings, step->stage_names[culprit], end, step);
}

const struct assertion_kind kind_exit = {
	.name = "exit",
	.subject = SUBJECT_STEP,
	.summary = "the exit code, or list of codes, that count as success",
	.details =
		"Checked for every step, declared or not: without it only 0 is success. Every stage of a pipe is "
		"held to it; with codes by the name of a stage ('exit: {tar: [0, 1]}') those that are not named must "
		"exit with 0, or what 'codes' says. A signal, a time-out, a program that could not be executed, or a stdout that could not "
		"be written never is success, nor is the end of a process of it for want of memory in a container "
		"(oom_kill of its control group), whatever the step itself makes of it. A step that leaves something "
		"running fails, by name of what it left (see its 'background').",
	.example = "exit: [0, 3]",
	.parameters = &record,
	.always = true,
	.expect = expect,
	.conclude = conclude,
	.fits_stages = fits_stages,
};

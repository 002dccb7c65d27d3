#include "assertions/checks/assertion.h"

#include <signal.h>

#include "assertions/base/units.h"
#include "assertions/checks/tool_codes.h"

struct exit_parameters {
	struct parameter_list codes; /* of int64_t; empty means 0 alone */
};

static const struct parameter code = {.type = &value_integer, .maximum = 255};
static const struct parameter parameters[] = {
	{"codes", &value_list, PARAMETER_SHORTHAND, offsetof(struct exit_parameters, codes), .fallback = "0",
	 .item = &code, .more = MORE_IS_WEAKER, .help = "the codes that count as success, for every stage of a pipe",
	 .example = "[0, 3]"},
	{0},
};

static const struct record record = {.name = "an exit",
				     .help = "exit codes",
				     .size = sizeof(struct exit_parameters),
				     .parameters = parameters};

static bool code_counts(const struct exit_parameters *exit, int seen)
{
	const int64_t *codes = exit->codes.items;

	for (size_t i = 0; i < exit->codes.count; i++)
		if (codes[i] == seen)
			return true;
	return exit->codes.count == 0 && seen == 0;
}

static void expect(const void *self, size_t row, struct buffer *out)
{
	const struct exit_parameters *exit = self;
	const int64_t *codes = exit->codes.items;

	(void)row;
	buffer_string(out, exit->codes.count > 1 ? "exit code " : "exit code");
	for (size_t i = 0; i < exit->codes.count; i++)
		buffer_print(out, "%s%lld", exit->codes.count == 1 ? " " : i == 0 ? "" : " or ", (long long)codes[i]);
	if (exit->codes.count == 0)
		buffer_string(out, " 0");
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

static void conclude_success(const struct step_evidence *step, struct finding *finding)
{
	char text[PROCESS_END_TEXT_MAX];
	const char *ends = step->stage_count == 1 ? process_end_text(&step->stages[0], text)
						  : "every stage exited with a code that counts as success";

	if (step->stage_count == 0) {
		finding_fail(finding, "nothing was executed");
	} else if (step->memory_kills > 0 && step->memory_kills_are_own) {
		finding_fail(finding, "%s, but a process of it was killed: out of memory", ends);
		hint_at_memory(finding, step);
	} else {
		finding_pass(finding, "%s", ends);
	}
}

static bool has_failed(const struct exit_parameters *exit, const struct process_end *end)
{
	return end->outcome != PROCESS_EXITED || !code_counts(exit, end->code);
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
		if (!has_failed(exit, end))
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
		conclude_success(step, findings);
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
	.details = "Checked for every step, declared or not: without it only 0 is success. Every stage of a pipe is "
		   "held to it. "
		   "A signal, a time-out, a program that could not be executed, or a stdout that could not be written "
		   "never is success, nor is the end of a process of it for want of memory in a container (oom_kill of "
		   "its "
		   "control group), whatever the step itself makes of it.",
	.example = "exit: [0, 3]",
	.parameters = &record,
	.always = true,
	.expect = expect,
	.conclude = conclude,
};

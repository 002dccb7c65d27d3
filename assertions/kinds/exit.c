#include "../assertion.h"

#include "../tool_codes.h"

struct exit_parameters {
	struct parameter_list codes; /* of int64_t; empty means 0 alone */
};

static const struct parameter code = {.type = PARAMETER_INTEGER, .maximum = 255};
static const struct parameter parameters[] = {
	{"codes", PARAMETER_LIST, PARAMETER_SHORTHAND, offsetof(struct exit_parameters, codes), .fallback = "0",
	 .item = &code, .help = "the codes that count as success, for every stage of a pipe", .example = "[0, 3]"},
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

static void add_hint(struct finding *finding, const char *program, const struct process_end *end)
{
	const char *meaning = end->outcome == PROCESS_EXITED ? tool_code_meaning(program, end->code) : NULL;

	if (meaning != NULL)
		finding_hint(finding, "%s", meaning);
	else if (end->outcome == PROCESS_SIGNALED && end->signal == 9)
		finding_hint(finding,
			     "SIGKILL comes from the kernel when memory runs out, or from whoever ended the pod");
	else if (end->outcome == PROCESS_TIMED_OUT)
		finding_hint(finding, "the step took longer than its 'timeout'");
}

/* The first stage that failed is named first: the stages after it fail for its sake, and all of them where their output cannot be kept. */
static void conclude(const void *self, void *state, const void *evidence, struct finding *findings)
{
	const struct exit_parameters *exit = self;
	const struct step_evidence *step = evidence;
	char text[PROCESS_END_TEXT_MAX];

	(void)state;
	if (step->output_error != NULL) {
		finding_fail(findings, "its output could not be written: %s", step->output_error);
		return;
	}
	for (size_t i = 0; i < step->stage_count; i++) {
		const struct process_end *end = &step->stages[i];
		if (end->outcome == PROCESS_EXITED && code_counts(exit, end->code))
			continue;
		if (step->stage_count > 1)
			finding_fail(findings, "stage %zu (%s) %s", i + 1, step->stage_names[i],
				     process_end_text(end, text));
		else
			finding_fail(findings, "%s %s", step->stage_names[i], process_end_text(end, text));
		add_hint(findings, step->stage_names[i], end);
		return;
	}
	if (step->stage_count == 0)
		finding_fail(findings, "nothing was executed");
	else
		finding_pass(findings, "%s",
			     step->stage_count == 1 ? process_end_text(&step->stages[0], text)
						    : "every stage exited with a code that counts as success");
}

const struct assertion_kind kind_exit = {
	.name = "exit",
	.subject = SUBJECT_STEP,
	.summary = "the exit code, or list of codes, that count as success",
	.details = "Checked for every step, declared or not: without it only 0 is success. Every stage of a pipe is "
		   "held to it. "
		   "A signal, a time-out, a program that could not be executed, or a stdout that could not be written "
		   "never is success.",
	.example = "exit: [0, 3]",
	.parameters = &record,
	.always = true,
	.expect = expect,
	.conclude = conclude,
};

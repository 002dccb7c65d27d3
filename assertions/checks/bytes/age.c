#include "assertions/checks/assertion.h"

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/base/units.h"

struct age_parameters {
	int64_t max_ms;
	bool this_run;
};

static const struct parameter parameters[] = {
	{"max", &value_duration, PARAMETER_SHORTHAND, offsetof(struct age_parameters, max_ms), .more = MORE_IS_WEAKER,
	 .help = "the oldest that it may be, by the clock of the place where it lies", .example = "26h"},
	{"this_run", &value_bool, 0, offsetof(struct age_parameters, this_run), .fallback = "false",
	 .more = MORE_IS_STRONGER,
	 .help = "made since the artifact's step began, or the run: of an artifact with 'step' that is asked always, of "
		 "a member only so; under verify there is no run to ask for",
	 .example = "true"},
	{0},
};

static const struct record record = {.name = "an age",
				     .help = "how old it may be",
				     .size = sizeof(struct age_parameters),
				     .parameters = parameters};

static void expect(const void *self, size_t row, struct buffer *out)
{
	const struct age_parameters *age = self;
	char text[UNITS_TEXT_MAX];

	(void)row;
	if (age->max_ms != PARAMETER_UNSET)
		buffer_print(out, "at most %s old%s", units_declared_duration(age->max_ms, text),
			     age->this_run ? ", " : "");
	if (age->max_ms == PARAMETER_UNSET || age->this_run)
		buffer_string(out, age->this_run ? "made in this run" : "made by its step in this run");
}

static bool asks_for_this_run(const struct age_parameters *age, const struct bytes_evidence *bytes)
{
	return bytes->since_ms != PARAMETER_UNSET && (age->this_run || (bytes->made_by != NULL && !bytes->is_member));
}

static void conclude(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct age_parameters *age = self;
	const struct bytes_evidence *bytes = evidence->bytes;
	cleanup_free char *began = NULL;
	char moment[CLOCK_TEXT_MAX];

	(void)state;
	if (bytes->modified_ms == PARAMETER_UNSET) {
		finding_unproven(findings, "there is no modification time");
		return;
	}
	clock_format_rfc3339(bytes->modified_ms, moment);
	if (asks_for_this_run(age, bytes) && bytes->origin != ORIGIN_THIS_RUN) {
		began = bytes->made_by != NULL ? memory_format("step '%s'", bytes->made_by) : memory_string("this run");
		finding_of_origin(findings, bytes->origin, moment, began);
		finding_hint(findings,
			     bytes->is_member
				     ? "an old file was packed where a new one should be"
				     : "an old backup lies where the new one should: the step did not write it");
		return;
	}
	finding_of_age(findings, bytes->modified_ms, bytes->now_ms, age->max_ms);
	if (findings->verdict == VERDICT_PASS && asks_for_this_run(age, bytes))
		finding_pass(findings, "written in this run, modified %s", moment);
}

const struct assertion_kind kind_age = {
	.name = "age",
	.subject = SUBJECT_BYTES,
	.occasion = OCCASION_MAKER,
	.summary = "how old it may be; with 'step', always: made by this run",
	.details =
		"Old is what was modified long ago. Made by this run is what is not the same as before it, and was "
		"modified, or came to be, after its step began: gzip and 'cp -p' keep the modification time of what "
		"they read, and are no reason for alarm; what was only moved there, or given other permissions, is "
		"older than the run. Where the file system does not tell when a file came to be, an old modification "
		"time proves nothing.",
	.example = "age: {max: 26h}",
	.parameters = &record,
	.of_listing = true,
	.expect = expect,
	.conclude = conclude,
};

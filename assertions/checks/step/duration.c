#include "assertions/checks/assertion.h"

#include "assertions/base/units.h"

static const struct parameter parameters[] = {
	{"min", &value_duration, 0, offsetof(struct bounds, min), .example = "2s", .more = MORE_IS_STRONGER,
	 .help = "less than this is suspiciously fast"},
	{"max", &value_duration, 0, offsetof(struct bounds, max), .example = "3h", .more = MORE_IS_WEAKER,
	 .help = "more than this is too slow"},
	{0},
};

static const struct record record = {.name = "a duration",
				     .help = "bounds of a time",
				     .size = sizeof(struct bounds),
				     .parameters = parameters,
				     .needs_one = true,
				     .validate = bounds_validate};

static void expect(const void *self, size_t row, struct buffer *out)
{
	(void)row;
	bounds_expect(self, BOUNDS_DURATION, out);
}

static void conclude(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct step_evidence *step = evidence->step;
	char text[UNITS_TEXT_MAX];
	int compared = bounds_compare(self, step->duration_ms);

	(void)state;
	if (finding_of_no_execution(findings, step))
		return;
	units_format_duration(step->duration_ms, text);
	if (compared == 0) {
		finding_pass(findings, "%s", text);
		return;
	}
	finding_fail(findings, "%s", text);
	if (compared < 0)
		finding_hint(findings, "a step that is done too soon has often found nothing to do");
}

const struct assertion_kind kind_duration = {
	.name = "duration",
	.subject = SUBJECT_STEP,
	.summary = "how long the step may take, and must",
	.details = "The time of the last attempt. Use the step's 'timeout' to end it.",
	.example = "duration: {min: 2s, max: 3h}",
	.parameters = &record,
	.expect = expect,
	.conclude = conclude,
};

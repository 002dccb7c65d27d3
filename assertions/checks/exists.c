#include "assertions/checks/assertion.h"

#include <string.h>

#include "assertions/base/units.h"

static void expect_artifact(const void *self, size_t row, struct buffer *out)
{
	const struct exists_parameters *wanted = self;

	(void)row;
	if (wanted->count.min == wanted->count.max && wanted->count.min == 1)
		buffer_string(out, "one");
	else
		bounds_expect(&wanted->count, BOUNDS_COUNT, out);
	buffer_print(out, " at %s", wanted->location);
}

/* Which files another glob matches cannot be told. */
static enum value_change compare_artifacts(const void *before, size_t row_before, const void *after, size_t row_after)
{
	const struct exists_parameters *old = before, *new = after;

	(void)row_before;
	(void)row_after;
	return strcmp(old->location, new->location) != 0 ? VALUE_CHANGED : bounds_change(&old->count, &new->count);
}

static void conclude_artifact(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct exists_parameters *wanted = self;
	const struct artifact_evidence *artifact = evidence->artifact;

	(void)state;
	if (artifact->status != STORE_OK && artifact->status != STORE_ABSENT && artifact->status != STORE_NO_BUCKET)
		finding_unproven(findings, "%s", artifact->trouble);
	else if (bounds_compare(&wanted->count, artifact->found) == 0 && artifact->reading.soundness == DAMAGED)
		finding_fail(findings, "%s", artifact->reading.error.message);
	else if (bounds_compare(&wanted->count, artifact->found) == 0 && artifact->reading.soundness != SOUND)
		finding_unproven(findings, "%s", artifact->reading.error.message);
	else if (bounds_compare(&wanted->count, artifact->found) == 0)
		finding_pass(findings, "%lld at %s", (long long)artifact->found, artifact->location);
	else if (artifact->found == 0 && artifact->twin != NULL)
		finding_fail(findings, LOOKS_THE_SAME, artifact->twin);
	else if (artifact->found == 0)
		finding_fail(findings, "nothing at %s", artifact->location);
	else
		finding_fail(findings, "%lld match %s", (long long)artifact->found, artifact->location);
	if (findings->verdict == VERDICT_FAIL && artifact->found == 0 && artifact->failed_step != NULL)
		finding_hint(findings,
			     "step '%s', which makes it, failed: what it wrote through 'stdout' is not kept then",
			     artifact->failed_step);
	else if (findings->verdict == VERDICT_FAIL && artifact->found > 1)
		finding_hint(findings, "say with 'count' how many there are, or make the glob match one only");
}

static void expect_max_age(const void *self, size_t row, struct buffer *out)
{
	char text[UNITS_TEXT_MAX];

	(void)row;
	buffer_print(out, "the newest is at most %s old", units_declared_duration(*(const int64_t *)self, text));
}

static void conclude_max_age(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct artifact_evidence *artifact = evidence->artifact;

	(void)state;
	if (artifact->status != STORE_OK && artifact->status != STORE_ABSENT && artifact->status != STORE_NO_BUCKET) {
		finding_unproven(findings, "%s", artifact->trouble);
		return;
	}
	if (artifact->found == 0) {
		finding_fail(findings, "there is none");
		return;
	}
	if (artifact->newest_ms == PARAMETER_UNSET) {
		finding_unproven(findings, "its age is not known");
		return;
	}
	finding_of_age(findings, artifact->newest_ms, artifact->now_ms, *(const int64_t *)self);
	if (findings->verdict == VERDICT_FAIL && artifact->newest_ms <= artifact->now_ms)
		finding_hint(findings, "no newer backup has arrived: is the Job still scheduled, and does it finish?");
}

static void expect_upload(const void *self, size_t row, struct buffer *out)
{
	const struct exists_parameters *wanted = self;

	(void)row;
	buffer_print(out, "it is there, at %s", wanted->location);
}

static void conclude_upload(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct upload_evidence *upload = evidence->upload;
	const char *trouble = upload->trouble != NULL ? upload->trouble : store_status_text(upload->status);

	(void)self;
	(void)state;
	if (upload->is_artifact) {
		finding_fail(findings, "%s is the artifact itself, under another name", upload->location);
		finding_hint(findings, "a link is no copy: what happens to the artifact happens to it");
		return;
	}
	switch (upload->status) {
	case STORE_OK:
		finding_pass(findings, "%s", upload->location);
		return;
	case STORE_ABSENT:
	case STORE_NO_BUCKET:
		finding_fail(findings, "%s: %s", upload->location, trouble);
		finding_hint(findings, "the uploader may have used another bucket or key: compare its configuration "
				       "with the manifest");
		return;
	default:
		finding_unproven(findings, "%s: %s", upload->location, trouble);
	}
}

const struct assertion_kind kind_artifact_exists = {
	.name = "exists",
	.subject = SUBJECT_ARTIFACT,
	.always = true,
	.never_written = true,
	.occasion = OCCASION_PRESENCE,
	.summary = "the artifact is there and can be read: one file that matches, or as many as 'count' says; or the "
		   "newest object",
	.expect = expect_artifact,
	.conclude = conclude_artifact,
	.compare = compare_artifacts,
};

const struct assertion_kind kind_max_age = {
	.name = "max_age",
	.subject = SUBJECT_ARTIFACT,
	.never_written = true,
	.occasion = OCCASION_MAX_AGE,
	.summary = "under verify, how old the newest backup may be: the manifest's 'max_age'",
	.details =
		"A name with ${run.date} or ${run.time} in it says when the backup was made (a date: by the end of that "
		"day, in UTC): where the clock says more than twelve hours later, the name counts, in age as in what the "
		"newest is, so that a sync which renews all times makes no old backup new.",
	.expect = expect_max_age,
	.conclude = conclude_max_age,
};

const struct assertion_kind kind_upload_exists = {
	.name = "exists",
	.subject = SUBJECT_UPLOAD,
	.always = true,
	.never_written = true,
	.occasion = OCCASION_PRESENCE,
	.summary = "it is there, under the declared key in the declared bucket, whatever the uploader said",
	.expect = expect_upload,
	.conclude = conclude_upload,
};

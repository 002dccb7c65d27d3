#include "assertions/base/clock.h"
#include "assertions/base/units.h"
#include "assertions/checks/stored.h"

static void conclude_size(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct upload_evidence *upload = evidence->upload;

	(void)self;
	(void)state;
	if (upload_finding_of_absence(findings, upload))
		return;
	if (upload->artifact_size == PARAMETER_UNSET)
		finding_unproven(findings, "%lld bytes; the artifact was not read",
				 (long long)upload->object->size_bytes);
	else if (upload->object->size_bytes != upload->artifact_size)
		finding_fail(findings, "%lld bytes, the artifact has %lld", (long long)upload->object->size_bytes,
			     (long long)upload->artifact_size);
	else
		finding_pass(findings, "%lld bytes", (long long)upload->artifact_size);
}

static void conclude_fresh(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct upload_evidence *upload = evidence->upload;
	char moment[CLOCK_TEXT_MAX];

	(void)self;
	(void)state;
	if (upload_finding_of_absence(findings, upload) ||
	    finding_of_future(findings, upload->object->modified_ms, upload->now_ms))
		return;
	clock_format_rfc3339(upload->object->modified_ms, moment);
	if (upload->origin == ORIGIN_THIS_RUN) {
		finding_pass(findings, "written in this run, modified %s", moment);
		return;
	}
	finding_of_origin(findings, upload->origin, moment, "this run");
	finding_hint(findings,
		     "the object is an older one: the upload of this run did not replace it, or went elsewhere");
}

static void expect_max_age(const void *self, size_t row, struct buffer *out)
{
	char text[UNITS_TEXT_MAX];

	(void)row;
	buffer_print(out, "at most %s old", units_declared_duration(*(const int64_t *)self, text));
}

static void conclude_max_age(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct upload_evidence *upload = evidence->upload;

	(void)state;
	if (!upload_finding_of_absence(findings, upload))
		finding_of_age(findings, upload->made_ms, upload->now_ms, *(const int64_t *)self);
}

const struct assertion_kind kind_upload_max_age = {
	.name = "max_age",
	.subject = SUBJECT_UPLOAD,
	.never_written = true,
	.occasion = OCCASION_MAX_AGE,
	.summary = "under verify, how old the newest that was uploaded there may be: the manifest's 'max_age'",
	.expect = expect_max_age,
	.conclude = conclude_max_age,
};

const struct assertion_kind kind_upload_size = {
	.name = "size",
	.subject = SUBJECT_UPLOAD,
	.always = true,
	.never_written = true,
	.summary = "as many bytes as the artifact",
	.expected = "as many bytes as the artifact",
	.conclude = conclude_size,
};

const struct assertion_kind kind_upload_fresh = {
	.name = "fresh",
	.subject = SUBJECT_UPLOAD,
	.always = true,
	.never_written = true,
	.not_under_verify = true,
	.summary = "written in this run: it is not what lay there before",
	.expected = "written in this run",
	.conclude = conclude_fresh,
};

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

/* File systems stamp with a clock that may lag behind by a tick. */
#define TICK_MS 20

/* Of a server: its times are cut to seconds, and its clock is known to half of one, from a Date that is cut, too. */
#define SERVER_MS 1600

/* A time in whole seconds was cut to them: the second counts whole. */
static bool is_older(const struct upload_evidence *upload, int64_t written_ms)
{
	int64_t tolerance_ms = upload->has_server ? SERVER_MS : written_ms % 1000 == 0 ? 1000 : TICK_MS;

	return written_ms + tolerance_ms <= upload->began_ms;
}

static void conclude_fresh(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct upload_evidence *upload = evidence->upload;
	int64_t written_ms;
	char moment[CLOCK_TEXT_MAX];

	(void)self;
	(void)state;
	if (upload_finding_of_absence(findings, upload))
		return;
	written_ms = upload->object->written_ms != 0 ? upload->object->written_ms : upload->object->modified_ms;
	if (finding_of_future(findings, written_ms, upload->now_ms))
		return;
	clock_format_rfc3339(written_ms, moment);
	if (!is_older(upload, written_ms)) {
		finding_pass(findings, "written %s", moment);
		return;
	}
	finding_fail(findings, "written %s, before this run began", moment);
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
		finding_of_age(findings, upload->object->modified_ms, upload->now_ms, *(const int64_t *)self);
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
	.summary = "written in this run, by the store's clock",
	.expected = "written in this run",
	.conclude = conclude_fresh,
};

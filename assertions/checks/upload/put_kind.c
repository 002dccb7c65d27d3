#include "assertions/checks/assertion.h"
#include "assertions/base/units.h"

static void conclude(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct put_evidence *put = evidence->upload->put;
	char size[UNITS_TEXT_MAX];

	(void)self;
	(void)state;
	switch (put->end) {
	case UPLOAD_DONE:
		finding_pass(findings, "%s uploaded to %s in %.1f s", units_format_size(put->size_bytes, size),
			     put->location, (double)put->duration_ms / 1000);
		return;
	case UPLOAD_UNKNOWN:
		finding_unproven(findings, "whether %s was uploaded is not known: %s", put->location, put->trouble);
		return;
	case UPLOAD_FAILED:
		break;
	}
	finding_fail(findings, "not uploaded to %s: %s", put->location, put->trouble);
	if (put->is_taken)
		finding_hint(findings,
			     "'overwrite: true' replaces what is there; a key with ${run.time} is a new one each time");
}

const struct assertion_kind kind_put = {
	.name = "put",
	.subject = SUBJECT_UPLOAD,
	.occasion = OCCASION_PUT,
	.summary = "muster has uploaded the artifact",
	.details =
		"Entered for an upload with 'put: true'. The artifact is examined first, and uploaded only if no check "
		"on it failed; the bytes that are uploaded are those that were examined, by their SHA-256, or the "
		"object does not come to be.",
	.never_written = true,
	.expected = "muster uploads the bytes that it examined",
	.conclude = conclude,
};

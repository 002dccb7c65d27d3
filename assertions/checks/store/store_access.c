#include "assertions/checks/assertion.h"

#include <stdlib.h>

#include "assertions/base/units.h"

static void unproven_for_its_status(const struct store_probe *probe, struct finding *finding)
{
	finding_unproven(finding, "%s",
			 probe->trouble.message[0] != '\0' ? probe->trouble.message : store_status_text(probe->status));
	finding_hint(finding, "%s", probe->hint);
}

static void expect_reachable(const void *self, size_t row, struct buffer *out)
{
	(void)self;
	(void)row;
	buffer_string(out, "it answers");
}

static void conclude_reachable(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct store_evidence *store = evidence->store;

	(void)self;
	(void)state;
	if (!store->asked || store->probe->status == STORE_UNREACHABLE)
		unproven_for_its_status(store->probe, findings);
	else
		finding_pass(findings, "it answers");
}

static void expect_credentials(const void *self, size_t row, struct buffer *out)
{
	(void)self;
	(void)row;
	buffer_string(out, "credentials that the store knows");
}

static void conclude_credentials(const void *self, void *state, const struct evidence *evidence,
				 struct finding *findings)
{
	const struct store_probe *probe = evidence->store->probe;

	(void)self;
	(void)state;
	switch (probe->status) {
	case STORE_OK:
	case STORE_ABSENT:
	case STORE_NO_BUCKET:
	case STORE_DENIED:
		finding_pass(findings, "accepted");
		return;
	case STORE_BAD_CREDENTIALS:
		finding_fail(findings, "%s", probe->trouble.message);
		finding_hint(findings, "%s", probe->hint);
		return;
	case STORE_UNREACHABLE:
	case STORE_SKEWED:
	case STORE_UNSUPPORTED:
	case STORE_BROKEN:
		break;
	}
	unproven_for_its_status(probe, findings);
}

static void expect_bucket(const void *self, size_t row, struct buffer *out)
{
	(void)self;
	(void)row;
	buffer_string(out, "it is there and can be listed");
}

static void conclude_bucket(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct store_evidence *store = evidence->store;

	(void)self;
	(void)state;
	if (store->probe->status == STORE_OK) {
		finding_pass(findings, "%s is there", store->description);
	} else if (store->probe->status == STORE_NO_BUCKET) {
		finding_fail(findings, "%s", store->probe->trouble.message);
		finding_hint(findings, "%s", store->probe->hint);
	} else {
		unproven_for_its_status(store->probe, findings);
	}
}

static void expect_clock(const void *self, size_t row, struct buffer *out)
{
	(void)self;
	(void)row;
	buffer_string(out, "within 15 minutes of ours");
}

static void conclude_clock(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct store_probe *probe = evidence->store->probe;
	char text[UNITS_TEXT_MAX];

	(void)self;
	(void)state;
	if (!probe->clock_known) {
		unproven_for_its_status(probe, findings);
		if (probe->status == STORE_OK)
			finding_unproven(findings, "the store does not tell its time");
		return;
	}
	units_format_duration(llabs(probe->clock_offset_ms), text);
	if (llabs(probe->clock_offset_ms) <= CLOCK_TOLERANCE_MS && probe->status != STORE_SKEWED) {
		finding_pass(findings, "%s apart", text);
		return;
	}
	finding_fail(findings, "the store's clock is %s %s of ours", text,
		     probe->clock_offset_ms > 0 ? "ahead" : "behind");
	finding_hint(findings, "set this machine's clock (NTP); the store refuses requests with a wrong time");
}

const struct assertion_kind kind_reachable = {
	.name = "reachable",
	.subject = SUBJECT_STORE,
	.always = true,
	.never_written = true,
	.remote_only = true,
	.summary = "the store answers; where nobody does, nothing is run",
	.expect = expect_reachable,
	.conclude = conclude_reachable,
};

const struct assertion_kind kind_credentials = {
	.name = "credentials",
	.subject = SUBJECT_STORE,
	.always = true,
	.never_written = true,
	.remote_only = true,
	.summary = "the store knows the credentials",
	.expect = expect_credentials,
	.conclude = conclude_credentials,
};

const struct assertion_kind kind_bucket = {
	.name = "bucket",
	.subject = SUBJECT_STORE,
	.always = true,
	.never_written = true,
	.summary = "the bucket, or folder, is there under the name that the manifest gives it",
	.expect = expect_bucket,
	.conclude = conclude_bucket,
};

const struct assertion_kind kind_clock = {
	.name = "clock",
	.subject = SUBJECT_STORE,
	.always = true,
	.never_written = true,
	.remote_only = true,
	.summary = "the store's clock and ours agree to 15 minutes",
	.expect = expect_clock,
	.conclude = conclude_clock,
};

#include "assertions/checks/stored.h"

#include <stdlib.h>

#include "assertions/base/units.h"

static void conclude_reachable(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct store_evidence *store = evidence->store;

	(void)self;
	(void)state;
	if (!store->asked || store->probe->status == STORE_UNREACHABLE)
		store_finding_unproven(findings, store->probe);
	else
		finding_pass(findings, "it answers");
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
	store_finding_unproven(findings, probe);
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
		store_finding_unproven(findings, store->probe);
	}
}

static void conclude_clock(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct store_probe *probe = evidence->store->probe;
	char text[UNITS_TEXT_MAX];

	(void)self;
	(void)state;
	if (!probe->clock_known) {
		store_finding_unproven(findings, probe);
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
	.expected = "it answers",
	.conclude = conclude_reachable,
};

const struct assertion_kind kind_credentials = {
	.name = "credentials",
	.subject = SUBJECT_STORE,
	.always = true,
	.never_written = true,
	.remote_only = true,
	.summary = "the store knows the credentials",
	.expected = "credentials that the store knows",
	.conclude = conclude_credentials,
};

const struct assertion_kind kind_bucket = {
	.name = "bucket",
	.subject = SUBJECT_STORE,
	.always = true,
	.never_written = true,
	.summary = "the bucket, or folder, is there under the name that the manifest gives it",
	.expected = "it is there and can be listed",
	.conclude = conclude_bucket,
};

const struct assertion_kind kind_clock = {
	.name = "clock",
	.subject = SUBJECT_STORE,
	.always = true,
	.never_written = true,
	.remote_only = true,
	.summary = "the store's clock and ours agree to 15 minutes",
	.expected = "within 15 minutes of ours",
	.conclude = conclude_clock,
};

#include "assertions/checks/stored.h"

WANTED_RECORD("not_empty", "whether something is in it", "at least one object is there")

static void conclude(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct store_evidence *store = evidence->store;

	(void)self;
	(void)state;
	if (store->probe->status != STORE_OK) {
		finding_unproven(findings, "%s", store->probe->trouble.message);
	} else if (store->probe->not_empty) {
		finding_pass(findings, "there are objects");
	} else {
		finding_fail(findings, "%s is empty", store->description);
		finding_hint(findings, "a source that is empty is often the wrong one: is the bucket's name right?");
	}
}

const struct assertion_kind kind_not_empty = {
	.name = "not_empty",
	.subject = SUBJECT_STORE,
	.summary = "there is at least one object below the store's prefix",
	.details =
		"For buckets that a backup reads from: one that exists and is empty is the wrong bucket. An object of "
		"no bytes that stands for a folder ('pg/') is none.",
	.example = "not_empty: true",
	.parameters = &record,
	.expected = "at least one object",
	.conclude = conclude,
};

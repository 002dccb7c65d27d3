#include "assertions/checks/stored.h"

WANTED_RECORD("writable", "whether backups can be written", "a small object is written, and stays")

static void conclude(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct store_evidence *store = evidence->store;
	const struct bucket_facts *facts = store->facts;

	(void)self;
	(void)state;
	if (bucket_finding_of_silence(findings, store))
		return;
	if (!facts->was_written) {
		finding_unproven(findings, "%s takes no objects from muster", store->description);
	} else if (facts->write_status == STORE_OK) {
		finding_pass(findings, "an object was written");
	} else if (facts->write_status == STORE_DENIED) {
		finding_fail(findings, "needs s3:PutObject: %s", facts->write_trouble.message);
	} else {
		finding_unproven(findings, "%s", facts->write_trouble.message);
	}
}

const struct assertion_kind kind_writable = {
	.name = "writable",
	.subject = SUBJECT_STORE,
	.not_under_verify = true,
	.summary = "objects can be written, which is tried",
	.details =
		"An object of a few bytes with a fixed key is written before anything is run, and stays there, since "
		"deleting needs a permission that a backup should not have. It is no backup to any other check. "
		"Under 'verify', which writes nothing, the check is left out.",
	.example = "writable: true",
	.parameters = &record,
	.expected = "objects can be written",
	.conclude = conclude,
	.needs = NEED_WRITING,
};

#include "assertions/checks/stored.h"

WANTED_RECORD("private", "whether strangers are kept out", "nobody gets in without credentials")

/* Nobody has been shown to be kept out by the store itself where even our own requests are refused. */
static bool is_refused_to_everybody(const struct store_evidence *store)
{
	return store->probe->status != STORE_OK && store->facts->sample.status != STORE_OK;
}

static void conclude(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct store_evidence *store = evidence->store;
	const struct bucket_facts *facts = store->facts;

	(void)self;
	(void)state;
	if (bucket_finding_of_no_settings(findings, store))
		return;
	if (facts->listing == BUCKET_DOOR_OPEN) {
		finding_fail(findings, "anybody can list it: %s", facts->listing_trouble.message);
		finding_hint(findings, "take the public grant out of the bucket's policy or ACL");
	} else if (facts->object == BUCKET_DOOR_OPEN) {
		finding_fail(findings, "anybody can read '%s': %s", facts->sample.object.key,
			     facts->object_trouble.message);
		finding_hint(findings, "take the public grant out of the bucket's policy or the object's ACL");
	} else if (facts->listing == BUCKET_DOOR_UNKNOWN) {
		finding_unproven(findings, "%s", facts->listing_trouble.message);
	} else if (is_refused_to_everybody(store)) {
		finding_unproven(findings,
				 "refused, but so are these credentials: it may be somebody else who refuses");
	} else if (facts->sample.status == STORE_ABSENT) {
		finding_pass(findings, "a listing is refused; there is no object yet to try");
	} else if (facts->sample.status != STORE_OK || facts->object == BUCKET_DOOR_UNKNOWN) {
		finding_unproven(findings, "a listing is refused, an object could not be tried: %s",
				 facts->sample.status != STORE_OK ? facts->sample.trouble.message
								  : facts->object_trouble.message);
	} else {
		finding_pass(findings, "a listing and '%s' are refused", facts->sample.object.key);
	}
}

const struct assertion_kind kind_private = {
	.name = "private",
	.subject = SUBJECT_STORE,
	.summary = "nobody gets in without credentials",
	.details = "Asked without any: for a listing, and for the newest object. Both must be refused (401 or 403). It "
		   "says nothing about other users of the same store.",
	.example = "private: true",
	.parameters = &record,
	.expected = "nothing without credentials: no listing, no object",
	.conclude = conclude,
	.needs = NEED_STRANGER,
};

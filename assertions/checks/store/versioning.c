#include "assertions/checks/stored.h"

#include <string.h>

#define PERMISSION "s3:GetBucketVersioning"

static const char *const states[] = {"enabled", "suspended", "off", NULL};

struct versioning_parameters {
	int state; /* enum bucket_versioning */
};

static const struct parameter parameters[] = {
	{"state", &value_choice, PARAMETER_REQUIRED | PARAMETER_SHORTHAND,
	 offsetof(struct versioning_parameters, state), .choices = states,
	 .help = "'enabled': what is overwritten or deleted stays as an older version", .example = "enabled"},
	{0},
};

static const struct record record = {.name = "a versioning",
				     .help = "whether the bucket keeps versions",
				     .size = sizeof(struct versioning_parameters),
				     .parameters = parameters};

static void expect(const void *self, size_t row, struct buffer *out)
{
	(void)row;
	buffer_print(out, "versioning is %s", states[((const struct versioning_parameters *)self)->state]);
}

/* Once it was enabled it can be suspended, and never be off again. */
static void conclude_by_object(const struct versioning_parameters *versioning, const struct bucket_facts *facts,
			       struct finding *finding)
{
	const struct store_object *object = &facts->sample.object;
	bool has_version =
		facts->sample.status == STORE_OK && object->version[0] != '\0' && strcmp(object->version, "null") != 0;

	if (has_version && versioning->state == BUCKET_VERSIONING_ENABLED) {
		finding_pass(finding, "the newest object, '%s', was written as version %.40s", object->key,
			     object->version);
		finding_hint(finding, "it was enabled when that was written; what holds now would tell " PERMISSION);
	} else if (has_version && versioning->state == BUCKET_VERSIONING_OFF) {
		finding_fail(finding, "'%s' was written as version %.40s", object->key, object->version);
	} else {
		bucket_finding_unproven(finding, facts->versioning_status, &facts->versioning_trouble, PERMISSION);
	}
}

static void conclude(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct versioning_parameters *versioning = self;
	const struct store_evidence *store = evidence->store;

	(void)state;
	if (bucket_finding_of_no_settings(findings, store))
		return;
	if (store->facts->versioning_status != STORE_OK)
		conclude_by_object(versioning, store->facts, findings);
	else if ((int)store->facts->versioning == versioning->state)
		finding_pass(findings, "it is %s", states[store->facts->versioning]);
	else
		finding_fail(findings, "it is %s", states[store->facts->versioning]);
}

const struct assertion_kind kind_versioning = {
	.name = "versioning",
	.subject = SUBJECT_STORE,
	.summary = "whether the bucket keeps the older versions of what is overwritten or deleted",
	.details = "As the bucket's settings say, which needs " PERMISSION
		   "; without it the newest object shows whether it was written as a version. An object without one "
		   "proves nothing.",
	.example = "versioning: enabled",
	.parameters = &record,
	.expect = expect,
	.conclude = conclude,
	.needs = NEED_VERSIONING,
};

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

static bool is_version(const char *version)
{
	return version[0] != '\0' && strcmp(version, "null") != 0;
}

/* "null" is the version of what is written while it is suspended, and some stores say so also where it is off. */
static bool speaks_of_now(const struct versioning_parameters *versioning, const struct bucket_facts *facts)
{
	return is_version(facts->written_version) ||
	       (facts->written_version[0] != '\0' && versioning->state == BUCKET_VERSIONING_ENABLED);
}

/* What is written now is a version, and has an id of its own, only where versioning is enabled now. */
static void conclude_by_written(const struct versioning_parameters *versioning, const char *version,
				struct finding *finding)
{
	bool is_enabled = is_version(version);

	if (is_enabled == (versioning->state == BUCKET_VERSIONING_ENABLED))
		finding_pass(finding, "what was written in this run became version %.40s", version);
	else
		finding_fail(finding, "what was written in this run became version %.40s", version);
}

/* Once it was enabled it can be suspended, and never be off again: a version shows no more than that it was. */
static void conclude_by_object(const struct versioning_parameters *versioning, const struct bucket_facts *facts,
			       struct finding *finding)
{
	const struct store_object *object = &facts->sample.object;
	bool has_version = facts->sample.status == STORE_OK && is_version(object->version);

	if (has_version && versioning->state == BUCKET_VERSIONING_OFF) {
		finding_fail(finding, "'%s' was written as version %.40s", object->key, object->version);
	} else if (has_version && versioning->state == BUCKET_VERSIONING_ENABLED) {
		finding_unproven(
			finding,
			"not proven: needs " PERMISSION
			"; '%s' was written as version %.40s: it was enabled then, and may be suspended by now",
			object->key, object->version);
		finding_hint(
			finding,
			"allow these credentials " PERMISSION
			", which only reads, or declare 'writable: true' beside it: what is written then shows it");
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
	if (store->facts->versioning_status != STORE_OK && speaks_of_now(versioning, store->facts))
		conclude_by_written(versioning, store->facts->written_version, findings);
	else if (store->facts->versioning_status != STORE_OK)
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
	.details =
		"As the bucket's settings say, which needs " PERMISSION
		"; without it only what is written in this run shows it ('writable: true' beside it), by the version "
		"that it became. One of an older object shows that it was enabled once, and not that it is: a "
		"bucket where it is suspended keeps its versions.",
	.example = "versioning: enabled",
	.parameters = &record,
	.expect = expect,
	.conclude = conclude,
	.needs = NEED_VERSIONING,
};

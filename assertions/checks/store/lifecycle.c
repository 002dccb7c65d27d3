#include "assertions/checks/assertion.h"

#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/base/units.h"
#include "assertions/checks/stored.h"

#define PERMISSION "s3:GetLifecycleConfiguration"

struct lifecycle_parameters {
	int64_t expires_ms;
	const char *prefix;
};

static const struct parameter parameters[] = {
	{"expires", &value_duration, PARAMETER_REQUIRED | PARAMETER_SHORTHAND,
	 offsetof(struct lifecycle_parameters, expires_ms),
	 .help = "how long after it was written the bucket takes an object away: whole days", .example = "30d"},
	{"prefix", &value_string, 0, offsetof(struct lifecycle_parameters, prefix),
	 .help = "of the keys that it is about, below the store's own prefix; without it all of them",
	 .example = "pg/"},
	{0},
};

static int validate(const void *self, struct error *err)
{
	return expiry_validate(((const struct lifecycle_parameters *)self)->expires_ms, err);
}

static const struct record record = {.name = "a lifecycle",
				     .help = "when the bucket takes objects away",
				     .size = sizeof(struct lifecycle_parameters),
				     .parameters = parameters,
				     .validate = validate};

static const char *prefix_of(const void *self)
{
	const struct lifecycle_parameters *lifecycle = self;

	return lifecycle->prefix != NULL ? lifecycle->prefix : "";
}

static void expect(const void *self, size_t row, struct buffer *out)
{
	const struct lifecycle_parameters *lifecycle = self;
	char text[UNITS_TEXT_MAX];

	(void)row;
	buffer_print(out, "objects%s%s expire after %s", lifecycle->prefix != NULL ? " below " : "", prefix_of(self),
		     units_declared_duration(lifecycle->expires_ms, text));
}

static void conclude_by_rules(const struct lifecycle_parameters *wanted, const struct bucket_facts *facts,
			      struct finding *finding)
{
	cleanup_free char *prefix =
		memory_format("%s%s", facts->prefix != NULL ? facts->prefix : "", prefix_of(wanted));
	const struct expiry_of below = {.keys = prefix};

	expiry_judge_by_rules(&facts->lifecycle, &below, wanted->expires_ms, finding);
}

static void conclude(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct lifecycle_parameters *wanted = self;
	const struct store_evidence *store = evidence->store;
	const struct bucket_facts *facts = store->facts;

	(void)state;
	if (bucket_finding_of_no_settings(findings, store))
		return;
	if (facts->lifecycle_status == STORE_OK)
		conclude_by_rules(wanted, facts, findings);
	else if (facts->prefix_sample.status == STORE_OK)
		expiry_judge(&facts->prefix_sample.object, facts->prefix_sample.object.key, wanted->expires_ms,
			     findings);
	else
		bucket_finding_unproven(findings, facts->lifecycle_status, &facts->lifecycle_trouble, PERMISSION);
}

const struct assertion_kind kind_lifecycle = {
	.name = "lifecycle",
	.subject = SUBJECT_STORE,
	.summary = "how long after they were written the bucket takes objects away",
	.details = "As the bucket's rules say, which needs " PERMISSION
		   "; without it by what the store says of the newest object (x-amz-expiration). A rule of N days "
		   "takes an object away at the midnight (UTC) after them.",
	.example = "lifecycle: {expires: 30d, prefix: pg/}",
	.parameters = &record,
	.expect = expect,
	.conclude = conclude,
	.needs = NEED_LIFECYCLE,
	.which = prefix_of,
};

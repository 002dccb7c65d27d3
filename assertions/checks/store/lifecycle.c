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

/* Whether a rule takes something of what is below the prefix, and whether all of it. */
static bool takes_some(const struct bucket_rule *rule, const char *prefix, bool *ret_all)
{
	size_t length = strlen(prefix), own = strlen(rule->prefix);

	*ret_all = !rule->is_filtered && own <= length;
	return strncmp(rule->prefix, prefix, own < length ? own : length) == 0;
}

struct deciding { /* rules */
	const struct bucket_rule *first; /* of those that take all of it: the one that does so first */
	const struct bucket_rule *sooner; /* takes some of it before it is time */
	const struct bucket_rule *dated; /* takes it on a certain day, whatever its age */
};

static struct deciding find_deciding(const struct bucket_lifecycle *rules, const char *prefix, int64_t wanted_days)
{
	struct deciding deciding = {NULL, NULL, NULL};

	for (size_t i = 0; i < rules->count; i++) {
		const struct bucket_rule *rule = &rules->rules[i];
		bool all = false;
		if (!rule->is_enabled || !takes_some(rule, prefix, &all))
			continue;
		if (rule->has_date)
			deciding.dated = rule;
		if (rule->expires_days == 0)
			continue;
		if (all && (deciding.first == NULL || rule->expires_days < deciding.first->expires_days))
			deciding.first = rule;
		if (!all && rule->expires_days < wanted_days)
			deciding.sooner = rule;
	}
	return deciding;
}

static void conclude_by_rules(const struct lifecycle_parameters *wanted, const struct bucket_facts *facts,
			      struct finding *finding)
{
	cleanup_free char *prefix =
		memory_format("%s%s", facts->prefix != NULL ? facts->prefix : "", prefix_of(wanted));
	int64_t days = wanted->expires_ms / EXPIRY_DAY_MS;
	struct deciding deciding = find_deciding(&facts->lifecycle, prefix, days);

	if (facts->lifecycle.count == 0)
		finding_fail(finding, "the bucket has no lifecycle");
	else if (deciding.dated != NULL)
		finding_fail(finding, "rule '%s' takes objects away on a certain day", deciding.dated->id);
	else if (deciding.first == NULL)
		finding_fail(finding, "no enabled rule takes everything below '%s' away (%zu rules)", prefix,
			     facts->lifecycle.count);
	else if (deciding.first->expires_days != days)
		finding_fail(finding, "after %lld days (rule '%s')", (long long)deciding.first->expires_days,
			     deciding.first->id);
	else if (deciding.sooner != NULL && deciding.sooner->is_filtered)
		finding_unproven(finding, "after %lld days (rule '%s'), but some by tag or size after %lld (rule '%s')",
				 (long long)days, deciding.first->id, (long long)deciding.sooner->expires_days,
				 deciding.sooner->id);
	else if (deciding.sooner != NULL)
		finding_fail(finding, "what is below '%s' goes after %lld days already (rule '%s')",
			     deciding.sooner->prefix, (long long)deciding.sooner->expires_days, deciding.sooner->id);
	else
		finding_pass(finding, "after %lld days (rule '%s')", (long long)days, deciding.first->id);
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

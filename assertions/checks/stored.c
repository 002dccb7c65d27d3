#include "assertions/checks/stored.h"

#include <string.h>
#include <strings.h>

#include "assertions/base/clock.h"
#include "assertions/base/units.h"

#define PERMISSION "s3:GetLifecycleConfiguration"

void store_finding_unproven(struct finding *finding, const struct store_probe *probe)
{
	finding_unproven(finding, "%s",
			 probe->trouble.message[0] != '\0' ? probe->trouble.message : store_status_text(probe->status));
	finding_hint(finding, "%s", probe->hint);
}

bool bucket_finding_of_silence(struct finding *finding, const struct store_evidence *evidence)
{
	const struct store_probe *probe = evidence->probe;

	if (!evidence->asked || (probe->status != STORE_OK && probe->status != STORE_DENIED)) {
		store_finding_unproven(finding, probe);
		return true;
	}
	if (evidence->facts == NULL)
		finding_unproven(finding, "it was not asked for");
	return evidence->facts == NULL;
}

bool bucket_finding_of_no_settings(struct finding *finding, const struct store_evidence *evidence)
{
	if (bucket_finding_of_silence(finding, evidence))
		return true;
	if (evidence->facts->cannot_be_asked)
		finding_unproven(finding, "%s is no store that can be asked for this", evidence->description);
	return evidence->facts->cannot_be_asked;
}

void bucket_finding_unproven(struct finding *finding, enum store_status status, const struct error *trouble,
			     const char *permission)
{
	const char *message = trouble->message[0] != '\0' ? trouble->message : store_status_text(status);

	if (status != STORE_DENIED) {
		finding_unproven(finding, "%s", message);
		return;
	}
	finding_unproven(finding, "not proven: needs %s (%s)", permission, message);
	finding_hint(finding, "allow these credentials %s, which only reads", permission);
}

static void judge_silence(const struct store_object *object, const char *name, struct finding *finding)
{
	if (object->would_tell_expiry) {
		finding_fail(finding, "no rule takes '%s' away: the store would say so (x-amz-expiration)", name);
		finding_hint(finding, "is there a lifecycle rule for its prefix, and is it enabled?");
		return;
	}
	finding_unproven(finding,
			 "not proven: needs " PERMISSION
			 "; the store does not say when it takes '%s' away (x-amz-expiration)",
			 name);
}

void expiry_judge(const struct store_object *object, const char *name, int64_t after_ms, struct finding *finding)
{
	int64_t lived_ms = object->expires_ms - object->modified_ms;
	char date[CLOCK_TEXT_MAX], lived[UNITS_TEXT_MAX];

	if (object->expires_ms == 0) {
		judge_silence(object, name, finding);
		return;
	}
	clock_format_rfc3339(object->expires_ms, date);
	units_format_duration(lived_ms > 0 ? lived_ms : 0, lived);
	if (lived_ms + 1000 >= after_ms && lived_ms <= after_ms + EXPIRY_DAY_MS + CLOCK_TOLERANCE_MS)
		finding_pass(finding, "expires %s, %s after it was written (rule '%s')", date, lived,
			     object->expiry_rule);
	else
		finding_fail(finding, "expires %s, %s after it was written (rule '%s')", date, lived,
			     object->expiry_rule);
}

/* Whether a rule takes something of them, and whether all. */
static bool takes_some(const struct bucket_rule *rule, const struct expiry_of *of, bool *ret_all)
{
	size_t length = strlen(of->keys), own = strlen(rule->prefix);

	*ret_all = !rule->is_filtered && own <= length;
	return (own <= length || !of->is_one) && strncmp(rule->prefix, of->keys, own < length ? own : length) == 0;
}

struct deciding { /* rules */
	const struct bucket_rule *first; /* of those that take all of it: the one that does so first */
	const struct bucket_rule *sooner; /* takes some of it before it is time */
	const struct bucket_rule *dated; /* takes it on a certain day, whatever its age */
	const struct bucket_rule *filtered; /* takes some of it, by tag or size */
};

static struct deciding find_deciding(const struct bucket_lifecycle *rules, const struct expiry_of *of,
				     int64_t wanted_days)
{
	struct deciding deciding = {NULL, NULL, NULL, NULL};

	for (size_t i = 0; i < rules->count; i++) {
		const struct bucket_rule *rule = &rules->rules[i];
		bool all = false;
		if (!rule->is_enabled || !takes_some(rule, of, &all))
			continue;
		if (rule->has_date)
			deciding.dated = rule;
		if (rule->is_filtered)
			deciding.filtered = rule;
		if (rule->expires_days == 0)
			continue;
		if (all && (deciding.first == NULL || rule->expires_days < deciding.first->expires_days))
			deciding.first = rule;
		if (!all && rule->expires_days < wanted_days)
			deciding.sooner = rule;
	}
	return deciding;
}

void expiry_judge_by_rules(const struct bucket_lifecycle *lifecycle, const struct expiry_of *of, int64_t after_ms,
			   struct finding *finding)
{
	int64_t days = after_ms / EXPIRY_DAY_MS;
	struct deciding deciding = find_deciding(lifecycle, of, days);

	if (lifecycle->count == 0)
		finding_fail(finding, "the bucket has no lifecycle");
	else if (deciding.dated != NULL)
		finding_fail(finding, "rule '%s' takes objects away on a certain day", deciding.dated->id);
	else if (deciding.first == NULL && of->is_one && deciding.filtered != NULL)
		finding_unproven(finding, "rule '%s' takes some by tag or size, and whether this one cannot be told",
				 deciding.filtered->id);
	else if (deciding.first == NULL)
		finding_fail(finding, "no enabled rule takes %s '%s' away (%zu rules)",
			     of->is_one ? "the object" : "everything below", of->keys, lifecycle->count);
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

int expiry_validate(int64_t after_ms, struct error *err)
{
	if (after_ms != PARAMETER_UNSET && (after_ms < EXPIRY_DAY_MS || after_ms % EXPIRY_DAY_MS != 0))
		return error_set(err, "rules of a lifecycle count whole days, such as '30d'");
	return 0;
}

bool upload_finding_of_absence(struct finding *finding, const struct upload_evidence *upload)
{
	if (upload->status != STORE_OK)
		finding_unproven(finding, "the stored object could not be seen: %s", store_status_text(upload->status));
	return upload->status != STORE_OK;
}

bool upload_finding_of_silence(struct finding *finding, const struct upload_evidence *upload)
{
	if (upload_finding_of_absence(finding, upload))
		return true;
	if (!upload->has_server)
		finding_unproven(finding, "a folder has no such thing");
	return !upload->has_server;
}

const char *const lock_modes[] = {"governance", "compliance", NULL};

bool lock_mode_is_enough(int wanted, const char *mode)
{
	return wanted < 0 || strcasecmp(mode, lock_modes[wanted]) == 0 || strcasecmp(mode, "compliance") == 0;
}

int wanted_validate(const struct wanted_parameters *wanted, const char *kind, struct error *err)
{
	return wanted->wanted ? 0 : error_set(err, "'%s: false' declares nothing: leave it out", kind);
}

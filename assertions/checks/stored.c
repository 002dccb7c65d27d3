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

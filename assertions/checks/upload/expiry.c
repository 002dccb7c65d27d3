#include "assertions/checks/upload/expiry.h"

#include "assertions/base/clock.h"
#include "assertions/base/units.h"

#define PERMISSION "s3:GetLifecycleConfiguration"

static void judge_silence(const struct store_object *object, const char *place, struct finding *finding)
{
	if (object->would_tell_expiry) {
		finding_fail(finding, "no rule takes '%s' away: the store would say so (x-amz-expiration)", place);
		finding_hint(finding, "is there a lifecycle rule for its prefix, and is it enabled?");
		return;
	}
	finding_unproven(finding,
			 "not proven: needs " PERMISSION
			 "; the store does not say when it takes '%s' away (x-amz-expiration)",
			 place);
}

void expiry_judge(const struct store_object *object, const char *place, int64_t after_ms, struct finding *finding)
{
	int64_t seen_ms = object->expires_ms - object->modified_ms;
	char date[CLOCK_TEXT_MAX], seen[UNITS_TEXT_MAX];

	if (object->expires_ms == 0) {
		judge_silence(object, place, finding);
		return;
	}
	clock_format_rfc3339(object->expires_ms, date);
	units_format_duration(seen_ms > 0 ? seen_ms : 0, seen);
	if (seen_ms + 1000 >= after_ms && seen_ms <= after_ms + EXPIRY_DAY_MS + CLOCK_TOLERANCE_MS)
		finding_pass(finding, "expires %s, %s after it was written (rule '%s')", date, seen,
			     object->expiry_rule);
	else
		finding_fail(finding, "expires %s, %s after it was written (rule '%s')", date, seen,
			     object->expiry_rule);
}

int expiry_validate(int64_t after_ms, struct error *err)
{
	if (after_ms != PARAMETER_UNSET && (after_ms < EXPIRY_DAY_MS || after_ms % EXPIRY_DAY_MS != 0))
		return error_set(err, "rules of a lifecycle count whole days, such as '30d'");
	return 0;
}

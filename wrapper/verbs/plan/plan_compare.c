#include "wrapper/verbs/plan/plan.h"

enum plan_effect plan_compare(const struct record *record, const char *const *names, const void *before,
			      const void *after)
{
	static const enum plan_effect effects[] = {[VALUE_SAME] = PLAN_SAME,
						   [VALUE_STRONGER] = PLAN_STRONGER,
						   [VALUE_CHANGED] = PLAN_CHANGED,
						   [VALUE_WEAKER] = PLAN_WEAKER};

	return effects[value_compare_records(record, names, before, after)];
}

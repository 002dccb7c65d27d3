#include "assertions/checks/assertion.h"

#include <stdio.h>

#include "assertions/checks/inventory.h"

static void expect(const void *self, size_t row, struct buffer *out)
{
	int64_t minimum = *(const int64_t *)self;

	(void)row;
	buffer_print(out, "at least %lld item%s", (long long)minimum, minimum == 1 ? "" : "s");
}

static enum value_change compare(const void *before, size_t row_before, const void *after, size_t row_after)
{
	const struct bounds old = {*(const int64_t *)before, PARAMETER_UNSET},
			    new = {*(const int64_t *)after, PARAMETER_UNSET};

	(void)row_before;
	(void)row_after;
	return bounds_change(&old, &new);
}

static void conclude(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	int64_t minimum = *(const int64_t *)self;
	const struct inventory *inventory = evidence->inventory;
	char later[64] = "";

	(void)state;
	if (inventory->later > 0)
		snprintf(later, sizeof(later), "; %zu written since the run began", inventory->later);
	if (!inventory->gathered) {
		finding_unproven(findings, "%s", inventory->error.message);
		finding_hint(findings, "the list must be to be had wherever muster runs, under 'verify' as well");
	} else if ((int64_t)inventory->count < minimum) {
		finding_fail(findings, "%zu items from %s%s", inventory->count, inventory->source, later);
		finding_hint(findings, "an inventory that is empty or short proves nothing");
	} else {
		finding_pass(findings, "%zu items from %s%s", inventory->count, inventory->source, later);
	}
}

const struct assertion_kind kind_items = {
	.name = "items",
	.subject = SUBJECT_INVENTORY,
	.always = true,
	.never_written = true,
	.occasion = OCCASION_INVENTORY,
	.summary = "the inventory could be had and has at least 'min' items (1 unless said)",
	.expect = expect,
	.conclude = conclude,
	.compare = compare,
};

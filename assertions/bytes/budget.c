#include "assertions/bytes/budget.h"

static bool too_much(uint64_t unpacked, uint64_t packed, double ratio)
{
	return unpacked > BUDGET_FREE_BYTES && (double)unpacked > (double)packed * ratio;
}

static int bounded(uint64_t unpacked, uint64_t packed, double ratio, struct trouble *trouble)
{
	return trouble_set(
		trouble, BOUNDED,
		"unpacks to more than %.0f times its size (%llu bytes out of %llu so far): stopped, it may be a "
		"decompression bomb",
		ratio, (unsigned long long)unpacked, (unsigned long long)packed);
}

int budget_spend(struct spending *spending, uint64_t bytes, struct trouble *ret_trouble)
{
	struct budget *budget = spending->budget;

	if (budget->cancelled != NULL && budget->cancelled(budget->context))
		return trouble_set(ret_trouble, UNREADABLE, "stopped before everything was read");
	spending->unpacked += bytes;
	budget->unpacked += bytes;
	if (too_much(spending->unpacked, spending->packed->offset, budget->ratio))
		return bounded(spending->unpacked, spending->packed->offset, budget->ratio, ret_trouble);
	if (too_much(budget->unpacked, budget->outermost->offset, budget->ratio))
		return bounded(budget->unpacked, budget->outermost->offset, budget->ratio, ret_trouble);
	return 0;
}

#include "assertions/bytes/budget.h"

static int check_ratio(uint64_t unpacked, uint64_t packed, double ratio, struct trouble *trouble)
{
	if (unpacked <= BUDGET_FREE_BYTES || (double)unpacked <= (double)packed * ratio)
		return 0;
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
	if (check_ratio(spending->unpacked, spending->packed->offset, budget->ratio, ret_trouble) < 0)
		return -1;
	return check_ratio(budget->unpacked, budget->outermost->offset, budget->ratio, ret_trouble);
}

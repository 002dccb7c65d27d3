#include "assertions/checks/median.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/checks/assertion.h"

static int by_size(const void *left, const void *right)
{
	int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

	return (a > b) - (a < b);
}

int64_t median_of(const int64_t *sizes, size_t count)
{
	int64_t sorted[EARLIER_MAX];

	memcpy(sorted, sizes, count * sizeof(*sizes));
	qsort(sorted, count, sizeof(*sorted), by_size);
	return sorted[(count - 1) / 2];
}

double median_drift(int64_t bytes, int64_t median)
{
	if (median > 0)
		return ((double)bytes - (double)median) * 100.0 / (double)median;
	return bytes > 0 ? 100.0 : 0.0;
}

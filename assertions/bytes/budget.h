/*
 * What unpacking may cost: the guard against bombs, and the place where a pass notices that it is not wanted any more.
 *
 * Whoever makes more bytes out of fewer calls budget_spend() for each block. Bytes are counted
 * for the whole pass, all layers and members together, against what was taken of the outermost bytes, and
 * for each unpacking by itself, against what it was unpacked from.
 */
#ifndef MUSTER_BYTES_BUDGET_H
#define MUSTER_BYTES_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#include "assertions/bytes/source.h"

#define BUDGET_FREE_BYTES (64LL * 1024 * 1024)

struct budget {
	double ratio;
	const struct source *outermost;
	uint64_t unpacked;
	bool (*cancelled)(void *context); /* may be NULL */
	void *context;
};

/* One unpacking: what it has given so far. The source is what it takes from. */
struct spending {
	struct budget *budget;
	const struct source *packed;
	uint64_t unpacked;
};

int budget_spend(struct spending *spending, uint64_t bytes, struct trouble *ret_trouble);

#endif

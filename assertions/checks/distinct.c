#include "assertions/checks/distinct.h"

#include <stdlib.h>

#include "assertions/base/memory.h"
#include "assertions/checks/numbers.h"

#define LIMIT_MIN ((size_t)64 * 1024)
#define LIMIT_MAX ((size_t)4 * 1024 * 1024)

enum { FREE, REMOVED, FIRST_HASH };

/* FNV-1a of 64 bits (datatracker.ietf.org/doc/html/draft-eastlake-fnv). */
static uint64_t hash(const char *name)
{
	uint64_t value = 0xcbf29ce484222325;

	for (; *name != '\0'; name++)
		value = (value ^ (unsigned char)*name) * 0x100000001b3;
	return value < FIRST_HASH ? FIRST_HASH : value;
}

/* Where it stands, or would. The first bits are the best mixed. */
static uint64_t *find(const struct distinct *distinct, uint64_t value)
{
	size_t at = (size_t)(value ^ value >> 32) & (distinct->capacity - 1);

	while (distinct->slots[at] != FREE && distinct->slots[at] != value)
		at = (at + 1) & (distinct->capacity - 1);
	return &distinct->slots[at];
}

static void grow(struct distinct *distinct)
{
	struct distinct larger = {.capacity = distinct->capacity > 0 ? 2 * distinct->capacity : 64};

	larger.slots = memory_array(larger.capacity, sizeof(*larger.slots));
	for (size_t i = 0; i < distinct->capacity; i++)
		if (distinct->slots[i] >= FIRST_HASH)
			*find(&larger, distinct->slots[i]) = distinct->slots[i];
	free(distinct->slots);
	distinct->slots = larger.slots;
	distinct->capacity = larger.capacity;
	distinct->used = distinct->count;
}

size_t distinct_limit(const struct bounds *bounds)
{
	int64_t needed = bounds->min > bounds->max ? bounds->min : bounds->max;

	if (needed < (int64_t)LIMIT_MIN)
		return LIMIT_MIN;
	return needed < (int64_t)LIMIT_MAX ? (size_t)needed + 1 : LIMIT_MAX;
}

void distinct_add(struct distinct *distinct, const char *name)
{
	uint64_t value = hash(name);

	if (4 * (distinct->used + 1) > 3 * distinct->capacity)
		grow(distinct);
	uint64_t *slot = find(distinct, value);
	if (*slot == value)
		return;
	if (distinct->count == distinct->limit) {
		distinct->is_full = true;
		return;
	}
	*slot = value;
	distinct->used++;
	distinct->count++;
}

void distinct_remove(struct distinct *distinct, const char *name)
{
	uint64_t value = hash(name), *slot = distinct->capacity > 0 ? find(distinct, value) : NULL;

	if (slot == NULL || *slot != value)
		return;
	*slot = REMOVED;
	distinct->count--;
}

enum distinct_result distinct_compare(const struct distinct *distinct, const struct bounds *bounds)
{
	int compared = bounds_compare(bounds, (int64_t)distinct->count);

	if (compared > 0)
		return DISTINCT_ABOVE;
	if (distinct->is_full && (compared < 0 || bounds->max != PARAMETER_UNSET))
		return DISTINCT_UNKNOWN;
	return compared < 0 ? DISTINCT_BELOW : DISTINCT_WITHIN;
}

void distinct_release(struct distinct *distinct)
{
	free(distinct->slots);
}

#include "assertions/checks/inventory.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/memory.h"
#include "assertions/value/parameter.h"

#define QUOTED_MAX 64

int inventory_add(struct inventory *inventory, const char *item, size_t length, struct error *err)
{
	if (length == 0)
		return 0;
	if (length > INVENTORY_ITEM_MAX)
		return error_set(err, "an item is longer than %d bytes: '%.*s...'", INVENTORY_ITEM_MAX, QUOTED_MAX,
				 item);
	if (memchr(item, '\0', length) != NULL)
		return error_set(err, "an item holds a NUL byte: '%.*s'", QUOTED_MAX, item);
	if (inventory->count >= INVENTORY_ITEMS_MAX)
		return error_set(err, "more than %zu items", INVENTORY_ITEMS_MAX);
	if (inventory->count == inventory->capacity) {
		inventory->capacity = inventory->capacity > 0 ? inventory->capacity * 2 : 64;
		inventory->items = memory_grow(inventory->items, inventory->capacity, sizeof(*inventory->items));
	}
	inventory->items[inventory->count++] = memory_substring(item, length);
	return 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void inventory_sort(struct inventory *inventory)
{
	size_t kept = 0;

	if (inventory->count > 0)
		qsort(inventory->items, inventory->count, sizeof(*inventory->items), compare);
	for (size_t i = 0; i < inventory->count; i++) {
		if (kept > 0 && strcmp(inventory->items[kept - 1], inventory->items[i]) == 0)
			free(inventory->items[i]);
		else
			inventory->items[kept++] = inventory->items[i];
	}
	inventory->count = kept;
	inventory->gathered = true;
}

long inventory_find(const struct inventory *inventory, const char *item, size_t length)
{
	size_t low = 0, high = inventory->count;

	if (length > INVENTORY_ITEM_MAX || memchr(item, '\0', length) != NULL)
		return -1;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const char *other = inventory->items[middle];
		int order = strncmp(item, other, length);
		if (order == 0 && other[length] == '\0')
			return (long)middle;
		if (order <= 0)
			high = middle;
		else
			low = middle + 1;
	}
	return -1;
}

const struct inventory_exception *inventory_excepts(const struct inventory *inventory, const char *item, int64_t now_ms)
{
	for (size_t i = 0; i < inventory->exception_count; i++) {
		const struct inventory_exception *exception = &inventory->exceptions[i];
		bool holds = exception->until_ms == PARAMETER_UNSET || now_ms < exception->until_ms;
		if (holds && strcmp(exception->item, item) == 0)
			return exception;
	}
	return NULL;
}

void inventory_release(struct inventory *inventory)
{
	for (size_t i = 0; i < inventory->count; i++)
		free(inventory->items[i]);
	free(inventory->items);
	inventory->items = NULL;
	inventory->count = 0;
	inventory->capacity = 0;
	inventory->gathered = false;
}

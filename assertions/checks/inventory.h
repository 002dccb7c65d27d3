/*
 * The live list that a backup must cover: items, each once, and what is excepted.
 */
#ifndef MUSTER_CHECKS_INVENTORY_H
#define MUSTER_CHECKS_INVENTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assertions/base/error.h"

#define INVENTORY_ITEMS_MAX ((size_t)5000000)
#define INVENTORY_ITEM_MAX 4096

struct inventory_exception {
	const char *item;
	const char *reason;
	int64_t until_ms; /* PARAMETER_UNSET: for ever */
};

struct inventory {
	const char *name;
	const char *source; /* for people: the command, the file */
	bool gathered;
	struct error error; /* why not, where it was tried and not gathered */
	char **items; /* sorted, each once */
	size_t count, capacity;
	size_t later; /* what came after the run began, and is not among the items */
	int64_t minimum;
	const struct inventory_exception *exceptions;
	size_t exception_count;
};

int inventory_add(struct inventory *inventory, const char *item, size_t length, struct error *err);
/* once, after the last was added: sorts, drops doubles, sets gathered */
void inventory_sort(struct inventory *inventory);
/* The index of an item, or -1. */
long inventory_find(const struct inventory *inventory, const char *item, size_t length);
/* NULL where the item is not excepted. An exception whose day has passed excepts nothing. */
const struct inventory_exception *inventory_excepts(const struct inventory *inventory, const char *item,
						    int64_t now_ms);
void inventory_release(struct inventory *inventory);

#endif

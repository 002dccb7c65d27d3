#include "wrapper/verbs/lint/weakness.h"

#include "assertions/base/clock.h"
#include "assertions/base/glob.h"

static void look_at_waivers(const struct search *search, int64_t now_ms)
{
	struct manifest_waiver *const *waivers = search->manifest->waivers.items;
	char date[CLOCK_TEXT_MAX];

	for (size_t i = 0; i < search->manifest->waivers.count; i++)
		if (waivers[i]->until_ms <= now_ms)
			weakness_say(search, waivers[i]->place,
				     "mend what it waived and take it out, or give it a new date",
				     "the waiver of '%s' ended on %s", glob_text(waivers[i]->check),
				     clock_format_date(waivers[i]->until_ms - 1, date));
}

/* Items have the same names elsewhere in an inventory: the entry itself is looked for, by its number. */
static struct place place_of_exception(const struct search *search, const struct parameter_map_entry *inventory,
				       size_t number)
{
	const struct node *inventories = node_get(search->manifest->document.root, "inventories");
	const struct node *node = inventories != NULL ? node_get(inventories, inventory->name) : NULL;
	const struct node *except = node != NULL && node->kind == NODE_MAPPING ? node_get(node, "except") : NULL;

	if (except != NULL && except->kind == NODE_SEQUENCE && number < except->count)
		return except->items[number]->place;
	return except != NULL ? except->place : inventory->place;
}

static void look_at_exceptions(const struct search *search, int64_t now_ms)
{
	const struct parameter_map *inventories = &search->manifest->inventories;
	char date[CLOCK_TEXT_MAX];

	for (size_t i = 0; i < inventories->count; i++) {
		const struct manifest_inventory *inventory = inventories->entries[i].value;
		for (size_t e = 0; e < inventory->except.count; e++) {
			const struct manifest_exception *exception =
				((struct manifest_exception *const *)inventory->except.items)[e];
			if (exception->until_ms == PARAMETER_UNSET || exception->until_ms > now_ms)
				continue;
			weakness_say(search, place_of_exception(search, &inventories->entries[i], e),
				     "take it out of 'except', or give it a new date",
				     "the exception of '%s' ended on %s", exception->item,
				     clock_format_date(exception->until_ms - 1, date));
		}
	}
}

static void has_ended(const struct search *search)
{
	int64_t now_ms = clock_now_ms();

	look_at_waivers(search, now_ms);
	look_at_exceptions(search, now_ms);
}

const struct weakness weakness_has_ended = {
	.name = "has-ended",
	.summary = "the last day of a waiver or an exception has passed",
	.details = "From the next day on what it excused fails again, and so does the waiver itself: the next run does "
		   "not pass.",
	.example = "waivers: [{check: 'step:dump/duration', reason: the new disk comes in June, until: 2037-06-30}]",
	.find = has_ended,
};

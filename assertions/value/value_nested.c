/* What is no scalar: lists and maps of values, and the records that tables describe. */
#include "assertions/value/parameter.h"

#include <string.h>

static void name_list(const struct parameter *parameter, struct buffer *out)
{
	const struct parameter *item = parameter->item;

	buffer_string(out, "a list of ");
	for (; item->type == &value_list; item = item->item)
		buffer_string(out, "lists of ");
	if (item->type->many != NULL) {
		buffer_string(out, item->type->many);
		return;
	}
	/* What has no plural of its own is said of each item. */
	out->length -= strlen(" of ");
	buffer_string(out, item->type == &value_choice ? ", each " : ", each of them ");
	value_name(item, out);
}

static const void *item_at(const struct parameter *item, const struct parameter_list *list, size_t index)
{
	return (const char *)list->items + index * item->type->size;
}

static bool lists_are_same(const struct parameter *item, const struct parameter_list *before,
			   const struct parameter_list *after)
{
	bool same = before->count == after->count;

	for (size_t i = 0; same && i < before->count; i++)
		same = value_compare(item, item_at(item, before, i), item_at(item, after, i)) == VALUE_SAME;
	return same;
}

/* How many of one list are not in the other. */
static size_t count_missing(const struct parameter *item, const struct parameter_list *from,
			    const struct parameter_list *in)
{
	size_t missing = 0;

	for (size_t i = 0; i < from->count; i++) {
		bool found = false;
		for (size_t k = 0; k < in->count && !found; k++)
			found = value_compare(item, item_at(item, from, i), item_at(item, in, k)) == VALUE_SAME;
		missing += !found;
	}
	return missing;
}

static enum value_change compare_lists(const struct parameter *parameter, const void *before, const void *after)
{
	const struct parameter *item = parameter->item;

	/* Members have rows of their own. */
	if (item->type == &value_record || lists_are_same(item, before, after))
		return VALUE_SAME;
	if (parameter->more == MORE_IS_UNTOLD)
		return VALUE_CHANGED;
	size_t gone = count_missing(item, before, after), added = count_missing(item, after, before);
	if (gone > 0 && added > 0)
		return VALUE_CHANGED;
	return added == gone ? VALUE_SAME : value_grown(parameter, added > 0);
}

const struct value_type value_list = {
	.size = sizeof(struct parameter_list),
	.name = name_list,
	.compare = compare_lists,
};

static void name_map(const struct parameter *parameter, struct buffer *out)
{
	buffer_string(out, "names, each with ");
	value_name(parameter->item, out);
}

static const void *find(const struct parameter_map *map, const char *name)
{
	for (size_t i = 0; i < map->count; i++)
		if (strcmp(map->entries[i].name, name) == 0)
			return map->entries[i].value;
	return NULL;
}

static enum value_change compare_maps(const struct parameter *parameter, const void *before, const void *after)
{
	const struct parameter_map *old = before, *new = after;
	enum value_change worst = VALUE_SAME, grown = VALUE_SAME;
	size_t kept = 0;

	for (size_t i = 0; i < old->count; i++) {
		const void *now = find(new, old->entries[i].name);
		if (now == NULL)
			continue;
		enum value_change change = value_compare(parameter->item, old->entries[i].value, now);
		worst = change > worst ? change : worst;
		kept++;
	}
	if (kept < old->count)
		grown = kept < new->count ? VALUE_CHANGED : value_grown(parameter, false);
	else if (kept < new->count)
		grown = value_grown(parameter, true);
	return grown > worst ? grown : worst;
}

const struct value_type value_map = {
	.size = sizeof(struct parameter_map),
	.name = name_map,
	.compare = compare_maps,
};

static bool is_named(const char *name, const char *const *names)
{
	for (; names != NULL && *names != NULL; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return names == NULL;
}

static bool is_given(const struct record *record, const char *name, const void *fields)
{
	char unset[sizeof(struct parameter_list)];

	for (const struct parameter *parameter = record->parameters; parameter->name != NULL; parameter++)
		if (strcmp(parameter->name, name) == 0 && parameter->type->size <= sizeof(unset)) {
			value_unset(parameter->type, unset);
			return memcmp((const char *)fields + parameter->offset, unset, parameter->type->size) != 0;
		}
	return false;
}

static bool can_be_told(const struct record *record, const char *untold_beside, const void *before, const void *after)
{
	return untold_beside == NULL ||
	       (!is_given(record, untold_beside, before) && !is_given(record, untold_beside, after));
}

enum value_change value_compare_records(const struct record *record, const char *const *names, const void *before,
					const void *after)
{
	enum value_change worst = VALUE_SAME;

	for (const struct parameter *parameter = record->parameters; parameter->name != NULL; parameter++) {
		if (!is_named(parameter->name, names))
			continue;
		enum value_change change = value_compare(parameter, (const char *)before + parameter->offset,
							 (const char *)after + parameter->offset);
		if (change == VALUE_STRONGER && !can_be_told(record, parameter->untold_beside, before, after))
			change = VALUE_CHANGED;
		worst = change > worst ? change : worst;
	}
	return worst;
}

static void name_record(const struct parameter *parameter, struct buffer *out)
{
	buffer_string(out, parameter->record->name);
}

static enum value_change compare_records(const struct parameter *parameter, const void *before, const void *after)
{
	const void *old = *(const void *const *)before, *new = *(const void *const *)after;

	if (old == NULL || new == NULL)
		return old == new ? VALUE_SAME : old == NULL ? VALUE_STRONGER : VALUE_WEAKER;
	return value_compare_records(parameter->record, NULL, old, new);
}

const struct value_type value_record = {
	.size = sizeof(void *),
	.name = name_record,
	.compare = compare_records,
};

const struct value_type value_checks = {
	.one = "checks",
	.many = "checks",
	.size = sizeof(struct check_list *),
};

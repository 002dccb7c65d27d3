#include "assertions/value/value.h"

#include <string.h>

#include "assertions/value/parameter.h"

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

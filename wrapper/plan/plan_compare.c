#include "plan.h"

#include <string.h>

#include "../../assertions/base/cleanup.h"
#include "../../assertions/base/glob.h"
#include "../../assertions/base/pattern.h"
#include "../../assertions/text.h"

static enum plan_effect more_of(const struct parameter *parameter)
{
	static const enum plan_effect effects[] = {
		[MORE_IS_UNTOLD] = PLAN_CHANGED, [MORE_IS_STRONGER] = PLAN_STRONGER, [MORE_IS_WEAKER] = PLAN_WEAKER};

	return effects[parameter->more];
}

static enum plan_effect less_of(const struct parameter *parameter)
{
	enum plan_effect more = more_of(parameter);

	if (more == PLAN_STRONGER)
		return PLAN_WEAKER;
	return more == PLAN_WEAKER ? PLAN_STRONGER : more;
}

/* A bound that was not there before only adds; one that is gone only takes away. */
static enum plan_effect compare_numbers(const struct parameter *parameter, double before, double after, bool had,
					bool has)
{
	if (had == has && (!had || (before <= after && before >= after)))
		return PLAN_SAME;
	if (had != has)
		return parameter->more == MORE_IS_UNTOLD ? PLAN_CHANGED : has ? PLAN_STRONGER : PLAN_WEAKER;
	return after > before ? more_of(parameter) : less_of(parameter);
}

static enum plan_effect compare_integers(const struct parameter *parameter, const int64_t *before, const int64_t *after)
{
	return compare_numbers(parameter, (double)*before, (double)*after, *before != PARAMETER_UNSET,
			       *after != PARAMETER_UNSET);
}

static enum plan_effect compare_texts(const char *before, const char *after)
{
	if (before == NULL || after == NULL)
		return before == after ? PLAN_SAME : before == NULL ? PLAN_STRONGER : PLAN_WEAKER;
	return strcmp(before, after) == 0 ? PLAN_SAME : PLAN_CHANGED;
}

static enum plan_effect compare_one(const struct parameter *parameter, const void *before, const void *after);

static const void *item_at(const struct parameter *item, const struct parameter_list *list, size_t index)
{
	return (const char *)list->items + index * parameter_type_size(item->type);
}

static bool lists_are_same(const struct parameter *item, const struct parameter_list *before,
			   const struct parameter_list *after)
{
	bool same = before->count == after->count;

	for (size_t i = 0; same && i < before->count; i++)
		same = compare_one(item, item_at(item, before, i), item_at(item, after, i)) == PLAN_SAME;
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
			found = compare_one(item, item_at(item, from, i), item_at(item, in, k)) == PLAN_SAME;
		missing += !found;
	}
	return missing;
}

static enum plan_effect compare_lists(const struct parameter *parameter, const struct parameter_list *before,
				      const struct parameter_list *after)
{
	const struct parameter *item = parameter->item;
	size_t gone, added;

	/* Members have rows of their own. */
	if (item->type == PARAMETER_RECORD || lists_are_same(item, before, after))
		return PLAN_SAME;
	if (parameter->more == MORE_IS_UNTOLD)
		return PLAN_CHANGED;
	gone = count_missing(item, before, after);
	added = count_missing(item, after, before);
	if (gone > 0 && added > 0)
		return PLAN_CHANGED;
	return added > 0 ? more_of(parameter) : gone > 0 ? less_of(parameter) : PLAN_SAME;
}

static const void *value_of(const struct parameter_map *map, const char *name)
{
	for (size_t i = 0; i < map->count; i++)
		if (strcmp(map->entries[i].name, name) == 0)
			return map->entries[i].value;
	return NULL;
}

static enum plan_effect compare_maps(const struct parameter *parameter, const struct parameter_map *before,
				     const struct parameter_map *after)
{
	size_t kept = 0;

	for (size_t i = 0; i < before->count; i++) {
		const void *now = value_of(after, before->entries[i].name);
		if (now != NULL && compare_one(parameter->item, before->entries[i].value, now) != PLAN_SAME)
			return PLAN_CHANGED;
		kept += now != NULL;
	}
	if (kept < before->count)
		return kept < after->count ? PLAN_CHANGED : less_of(parameter);
	return kept < after->count ? more_of(parameter) : PLAN_SAME;
}

static enum plan_effect compare_written(const struct text *before, const struct text *after)
{
	cleanup_free char *old = before != NULL ? text_describe(before) : NULL;
	cleanup_free char *new = after != NULL ? text_describe(after) : NULL;

	return compare_texts(old, new);
}

static enum plan_effect compare_secrets(const struct secret *before, const struct secret *after)
{
	if (before == NULL || after == NULL)
		return before == after ? PLAN_SAME : PLAN_CHANGED;
	return compare_texts(before->env, after->env) == PLAN_SAME &&
			       compare_texts(before->file, after->file) == PLAN_SAME
		       ? PLAN_SAME
		       : PLAN_CHANGED;
}

static enum plan_effect compare_texts_or_secrets(const struct text_or_secret *before,
						 const struct text_or_secret *after)
{
	enum plan_effect secrets = compare_secrets(before->secret, after->secret);

	return secrets != PLAN_SAME ? secrets : compare_written(before->text, after->text);
}

static enum plan_effect compare_records(const struct record *record, const void *before, const void *after)
{
	if (before == NULL || after == NULL)
		return before == after ? PLAN_SAME : before == NULL ? PLAN_STRONGER : PLAN_WEAKER;
	return plan_compare(record, before, after);
}

static const char *glob_or_null(const struct glob *glob)
{
	return glob != NULL ? glob_text(glob) : NULL;
}

static const char *pattern_or_null(const struct pattern *pattern)
{
	return pattern != NULL ? pattern_text(pattern) : NULL;
}

static enum plan_effect compare_one(const struct parameter *parameter, const void *before, const void *after)
{
	switch (parameter->type) {
	case PARAMETER_BOOL:
		return compare_numbers(parameter, *(const bool *)before, *(const bool *)after, true, true);
	case PARAMETER_INTEGER:
	case PARAMETER_SIZE:
	case PARAMETER_DURATION:
	case PARAMETER_DATE:
		return compare_integers(parameter, before, after);
	case PARAMETER_PERCENT:
		return compare_numbers(parameter, *(const double *)before, *(const double *)after,
				       *(const double *)before >= 0, *(const double *)after >= 0);
	case PARAMETER_CHOICE:
		return *(const int *)before == *(const int *)after ? PLAN_SAME : PLAN_CHANGED;
	case PARAMETER_STRING:
	case PARAMETER_STORE:
	case PARAMETER_INVENTORY:
	case PARAMETER_STEP:
		return compare_texts(*(const char *const *)before, *(const char *const *)after);
	case PARAMETER_GLOB:
		return compare_texts(glob_or_null(*(struct glob *const *)before),
				     glob_or_null(*(struct glob *const *)after));
	case PARAMETER_PATTERN:
		return compare_texts(pattern_or_null(*(struct pattern *const *)before),
				     pattern_or_null(*(struct pattern *const *)after));
	case PARAMETER_RECORD:
		return compare_records(parameter->record, *(const void *const *)before, *(const void *const *)after);
	case PARAMETER_LIST:
		return compare_lists(parameter, before, after);
	case PARAMETER_MAP:
		return compare_maps(parameter, before, after);
	case PARAMETER_TEXT:
	case PARAMETER_GLOB_TEXT:
		return compare_written(*(const struct text *const *)before, *(const struct text *const *)after);
	case PARAMETER_SECRET:
		return compare_secrets(*(const struct secret *const *)before, *(const struct secret *const *)after);
	case PARAMETER_TEXT_OR_SECRET:
		return compare_texts_or_secrets(before, after);
	/* What they come to is in the words of the rows. */
	case PARAMETER_VERSION_RANGE:
	case PARAMETER_CHECKS:
		return PLAN_SAME;
	}
	return PLAN_CHANGED;
}

static bool is_named(const char *name, const char *const *names)
{
	for (; names != NULL && *names != NULL; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return names == NULL;
}

enum plan_effect plan_compare(const struct record *record, const void *before, const void *after)
{
	return plan_compare_some(record, NULL, before, after);
}

enum plan_effect plan_compare_some(const struct record *record, const char *const *names, const void *before,
				   const void *after)
{
	enum plan_effect worst = PLAN_SAME;

	for (const struct parameter *parameter = record->parameters; parameter->name != NULL; parameter++) {
		if (!is_named(parameter->name, names))
			continue;
		enum plan_effect effect = compare_one(parameter, (const char *)before + parameter->offset,
						      (const char *)after + parameter->offset);
		worst = effect > worst ? effect : worst;
	}
	return worst;
}

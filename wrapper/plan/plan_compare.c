#include "plan.h"

#include <string.h>

#include "../../assertions/base/cleanup.h"
#include "../../assertions/base/glob.h"
#include "../../assertions/base/pattern.h"
#include "../../assertions/text.h"

/* What a larger number means for a check, by the parameter's name. */
static enum plan_effect meaning_of_more(const char *name)
{
	static const char *const stronger[] = {"min", "free", "certificate", NULL};
	static const char *const weaker[] = {"max", "shrink", "grow", "depth", "members", "ratio", NULL};

	for (size_t i = 0; stronger[i] != NULL; i++)
		if (strcmp(stronger[i], name) == 0)
			return PLAN_STRONGER;
	for (size_t i = 0; weaker[i] != NULL; i++)
		if (strcmp(weaker[i], name) == 0)
			return PLAN_WEAKER;
	return PLAN_CHANGED;
}

static enum plan_effect opposite(enum plan_effect effect)
{
	if (effect == PLAN_STRONGER)
		return PLAN_WEAKER;
	return effect == PLAN_WEAKER ? PLAN_STRONGER : effect;
}

/* A bound that was not there before only adds; one that is gone only takes away. */
static enum plan_effect compare_numbers(const char *name, double before, double after, bool had, bool has)
{
	enum plan_effect more = meaning_of_more(name);

	if (had == has && (!had || (before <= after && before >= after)))
		return PLAN_SAME;
	if (had != has)
		return more == PLAN_CHANGED ? PLAN_CHANGED : has ? PLAN_STRONGER : PLAN_WEAKER;
	return after > before ? more : opposite(more);
}

static enum plan_effect compare_integers(const char *name, const int64_t *before, const int64_t *after)
{
	return compare_numbers(name, (double)*before, (double)*after, *before != PARAMETER_UNSET,
			       *after != PARAMETER_UNSET);
}

static bool holds(const struct parameter_list *list, int64_t number)
{
	for (size_t i = 0; i < list->count; i++)
		if (((const int64_t *)list->items)[i] == number)
			return true;
	return false;
}

static size_t missing(const struct parameter_list *from, const struct parameter_list *in)
{
	size_t count = 0;

	for (size_t i = 0; i < from->count; i++)
		count += !holds(in, ((const int64_t *)from->items)[i]);
	return count;
}

/* Codes that count as success: each one more lets more pass. */
static enum plan_effect compare_codes(const struct parameter_list *before, const struct parameter_list *after)
{
	size_t gone = missing(before, after), added = missing(after, before);

	if (gone > 0 && added > 0)
		return PLAN_CHANGED;
	return added > 0 ? PLAN_WEAKER : gone > 0 ? PLAN_STRONGER : PLAN_SAME;
}

static enum plan_effect compare_texts(const char *before, const char *after)
{
	if (before == NULL || after == NULL)
		return before == after ? PLAN_SAME : before == NULL ? PLAN_STRONGER : PLAN_WEAKER;
	return strcmp(before, after) == 0 ? PLAN_SAME : PLAN_CHANGED;
}

static enum plan_effect compare_one(const struct parameter *parameter, const void *before, const void *after);

static enum plan_effect compare_lists(const struct parameter *item, const struct parameter_list *before,
				      const struct parameter_list *after)
{
	size_t size = parameter_type_size(item->type);

	if (item->type == PARAMETER_INTEGER)
		return compare_codes(before, after);
	/* Members and patterns have rows of their own. */
	if (item->type == PARAMETER_RECORD || item->type == PARAMETER_PATTERN)
		return PLAN_SAME;
	if (before->count != after->count)
		return PLAN_CHANGED;
	for (size_t i = 0; i < before->count; i++)
		if (compare_one(item, (const char *)before->items + i * size, (const char *)after->items + i * size) !=
		    PLAN_SAME)
			return PLAN_CHANGED;
	return PLAN_SAME;
}

static const void *value_of(const struct parameter_map *map, const char *name)
{
	for (size_t i = 0; i < map->count; i++)
		if (strcmp(map->entries[i].name, name) == 0)
			return map->entries[i].value;
	return NULL;
}

static enum plan_effect compare_maps(const struct parameter *item, const struct parameter_map *before,
				     const struct parameter_map *after)
{
	if (item->type == PARAMETER_PATTERN)
		return PLAN_SAME;
	if (before->count != after->count)
		return PLAN_CHANGED;
	for (size_t i = 0; i < before->count; i++) {
		const void *now = value_of(after, before->entries[i].name);
		if (now == NULL || compare_one(item, before->entries[i].value, now) != PLAN_SAME)
			return PLAN_CHANGED;
	}
	return PLAN_SAME;
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
		if (*(const bool *)before == *(const bool *)after)
			return PLAN_SAME;
		return *(const bool *)after ? PLAN_STRONGER : PLAN_WEAKER;
	case PARAMETER_INTEGER:
	case PARAMETER_SIZE:
	case PARAMETER_DURATION:
	case PARAMETER_DATE:
		return compare_integers(parameter->name, before, after);
	case PARAMETER_PERCENT:
		return compare_numbers(parameter->name, *(const double *)before, *(const double *)after,
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
		return compare_lists(parameter->item, before, after);
	case PARAMETER_MAP:
		return compare_maps(parameter->item, before, after);
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

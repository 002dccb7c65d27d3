#include "parameter.h"

#include <string.h>

#include "base/buffer.h"
#include "text.h"

static const struct {
	const char *one, *many;
	size_t size;
} types[] = {
	[PARAMETER_BOOL] = {"true or false", "booleans", sizeof(bool)},
	[PARAMETER_INTEGER] = {"a whole number", "whole numbers", sizeof(int64_t)},
	[PARAMETER_SIZE] = {"a size", "sizes", sizeof(int64_t)},
	[PARAMETER_DURATION] = {"a duration", "durations", sizeof(int64_t)},
	[PARAMETER_PERCENT] = {"a percentage", "percentages", sizeof(double)},
	[PARAMETER_DATE] = {"a date", "dates", sizeof(int64_t)},
	[PARAMETER_STRING] = {"a string", "strings", sizeof(const char *)},
	[PARAMETER_TEXT] = {"a string", "strings", sizeof(struct text *)},
	[PARAMETER_GLOB] = {"a glob", "globs", sizeof(struct glob *)},
	[PARAMETER_GLOB_TEXT] = {"a glob", "globs", sizeof(struct text *)},
	[PARAMETER_PATTERN] = {"a pattern", "patterns", sizeof(struct pattern *)},
	[PARAMETER_VERSION_RANGE] = {"a version range", "version ranges", sizeof(struct version_range *)},
	[PARAMETER_CHOICE] = {NULL, NULL, sizeof(int)},
	[PARAMETER_SECRET] = {"a secret", "secrets", sizeof(struct secret *)},
	[PARAMETER_TEXT_OR_SECRET] = {"a string or a secret", "strings or secrets", sizeof(struct text_or_secret)},
	[PARAMETER_STORE] = {"the name of a store", "names of stores", sizeof(const char *)},
	[PARAMETER_INVENTORY] = {"the name of an inventory", "names of inventories", sizeof(const char *)},
	[PARAMETER_STEP] = {"the name of a step", "names of steps", sizeof(const char *)},
	[PARAMETER_RECORD] = {NULL, NULL, sizeof(void *)},
	[PARAMETER_LIST] = {NULL, NULL, sizeof(struct parameter_list)},
	[PARAMETER_MAP] = {NULL, NULL, sizeof(struct parameter_map)},
	[PARAMETER_CHECKS] = {"checks", "checks", sizeof(struct check_list *)},
};

static void add_choices(struct buffer *out, const char *const *choices)
{
	static const char more[] = ", ...";

	buffer_string(out, "one of ");
	for (size_t i = 0; choices[i] != NULL; i++) {
		size_t room = out->maximum - out->length - (choices[i + 1] != NULL ? strlen(more) : 0);
		if (strlen(choices[i]) + (i > 0 ? 2 : 0) > room) {
			buffer_string(out, more);
			return;
		}
		buffer_print(out, "%s%s", i > 0 ? ", " : "", choices[i]);
	}
}

static void add_name(struct buffer *out, const struct parameter *parameter)
{
	switch (parameter->type) {
	case PARAMETER_CHOICE:
		add_choices(out, parameter->choices);
		return;
	case PARAMETER_RECORD:
		buffer_string(out, parameter->record->name);
		return;
	case PARAMETER_MAP:
		buffer_string(out, "names, each with ");
		add_name(out, parameter->item);
		return;
	case PARAMETER_LIST:
		break;
	default:
		buffer_string(out, types[parameter->type].one);
		return;
	}
	const struct parameter *item = parameter->item;
	buffer_string(out, "a list of ");
	for (; item->type == PARAMETER_LIST; item = item->item)
		buffer_string(out, "lists of ");
	if (types[item->type].many != NULL) {
		buffer_string(out, types[item->type].many);
		return;
	}
	/* What has no plural of its own is said of each item. */
	out->length -= strlen(" of ");
	buffer_string(out, item->type == PARAMETER_CHOICE ? ", each " : ", each of them ");
	add_name(out, item);
}

const char *parameter_type_name(const struct parameter *parameter, char text[PARAMETER_TYPE_NAME_MAX])
{
	struct buffer name;

	buffer_init(&name, PARAMETER_TYPE_NAME_MAX - 1);
	add_name(&name, parameter);
	memcpy(text, name.data, name.length + 1);
	buffer_release(&name);
	return text;
}

size_t parameter_type_size(enum parameter_type type)
{
	return types[type].size;
}

#include "assertions/value/parameter.h"

#include <string.h>

#include "assertions/base/cleanup.h"

void value_unset(const struct value_type *type, void *ret_value)
{
	if (type->unset != NULL)
		memcpy(ret_value, type->unset, type->size);
	else
		memset(ret_value, 0, type->size);
}

void value_name(const struct parameter *parameter, struct buffer *out)
{
	if (parameter->type->one != NULL)
		buffer_string(out, parameter->type->one);
	else
		parameter->type->name(parameter, out);
}

int value_refuse_empty(const struct parameter *parameter, const struct value_written *written, struct value_error *err)
{
	if (written->text[0] != '\0' || (parameter->flags & PARAMETER_MAY_BE_EMPTY) != 0)
		return 0;
	err->is_predicate = err->show_example = true;
	return error_set(&err->why, "is empty");
}

enum value_change value_grown(const struct parameter *parameter, bool grown)
{
	if (parameter->more == MORE_IS_UNTOLD)
		return VALUE_CHANGED;
	return (parameter->more == MORE_IS_STRONGER) == grown ? VALUE_STRONGER : VALUE_WEAKER;
}

enum value_change value_compare(const struct parameter *parameter, const void *before, const void *after)
{
	return parameter->type->compare != NULL ? parameter->type->compare(parameter, before, after) : VALUE_SAME;
}

enum value_change value_compare_printed(const struct parameter *parameter, const void *before, const void *after)
{
	cleanup_free char *old = parameter->type->print(before), *new = parameter->type->print(after);

	if (old == NULL || new == NULL)
		return old == new ? VALUE_SAME : old == NULL ? VALUE_STRONGER : VALUE_WEAKER;
	return strcmp(old, new) == 0 ? VALUE_SAME : VALUE_CHANGED;
}

const char *parameter_type_name(const struct parameter *parameter, char text[PARAMETER_TYPE_NAME_MAX])
{
	struct buffer name;

	buffer_init(&name, PARAMETER_TYPE_NAME_MAX - 1);
	value_name(parameter, &name);
	memcpy(text, name.data, name.length + 1);
	buffer_release(&name);
	return text;
}

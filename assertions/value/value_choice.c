#include "assertions/value/parameter.h"

#include <stdio.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/suggest.h"

static const int no_choice = -1;

static void name_choices(const struct parameter *parameter, struct buffer *out)
{
	static const char more[] = ", ...";
	const char *const *choices = parameter->choices;

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

static int parse_choice(const struct parameter *parameter, const struct value_written *written, void *ret_value,
			struct value_error *err)
{
	const char *const *choices = parameter->choices;
	cleanup_buffer struct buffer all;
	size_t count = 0;

	buffer_init(&all, sizeof(err->hint));
	while (choices[count] != NULL && strcmp(choices[count], written->text) != 0)
		count++;
	if (choices[count] != NULL) {
		*(int *)ret_value = (int)count;
		return 0;
	}
	name_choices(parameter, &all);
	const char *nearest = suggest_nearest(written->text, choices, count);
	if (nearest != NULL)
		snprintf(err->hint, sizeof(err->hint), "did you mean '%s'?", nearest);
	err->is_predicate = true;
	return error_set(&err->why, "must be %s, not '%.100s'", all.data, written->text);
}

static enum value_change compare_choices(const struct parameter *parameter, const void *before, const void *after)
{
	int old = *(const int *)before, new = *(const int *)after;

	if (parameter->more == MORE_IS_UNTOLD)
		return old == new ? VALUE_SAME : VALUE_CHANGED;
	/* Those that have an order begin with what holds where none is written. */
	old = old < 0 ? 0 : old;
	new = new < 0 ? 0 : new;
	return old == new ? VALUE_SAME : value_grown(parameter, new > old);
}

const struct value_type value_choice = {
	.size = sizeof(int),
	.unset = &no_choice,
	.name = name_choices,
	.parse = parse_choice,
	.compare = compare_choices,
};

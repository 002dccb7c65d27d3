#include "assertions/value/parameter.h"

#include "assertions/base/cleanup.h"
#include "assertions/base/glob.h"
#include "assertions/base/memory.h"

/* Of a resolved text: a value that does not fit must not be used cut. */
#define RESOLVED_MAX ((size_t)1 << 20)

bool text_is_known(const struct text *text)
{
	for (size_t i = 0; i < text->count; i++)
		if (text->parts[i].step != NULL)
			return false;
	return true;
}

int text_resolve(const struct text *text, text_lookup lookup, void *context, char **ret_value, struct error *err)
{
	cleanup_buffer struct buffer value;

	buffer_init(&value, RESOLVED_MAX);
	for (size_t i = 0; i < text->count; i++) {
		const struct text_part *part = &text->parts[i];
		const char *late = NULL;
		if (part->step == NULL) {
			buffer_string(&value, part->literal);
			continue;
		}
		if (lookup(context, part->step, &late, err) < 0)
			return -1;
		if (text->quoting == TEXT_GLOB)
			glob_quote(late, &value);
		else
			buffer_string(&value, late);
	}
	if (value.truncated)
		return error_set(err, "longer than %zu bytes once resolved: '%s'", RESOLVED_MAX, text->written);
	*ret_value = buffer_take(&value);
	return 0;
}

char *text_describe(const struct text *text)
{
	cleanup_buffer struct buffer value;

	buffer_init(&value, RESOLVED_MAX);
	for (size_t i = 0; i < text->count; i++) {
		if (text->parts[i].step != NULL)
			buffer_print(&value, "<output of %s>", text->parts[i].step);
		else
			buffer_string(&value, text->parts[i].literal);
	}
	return buffer_take(&value);
}

static int parse_string(const struct parameter *parameter, const struct value_written *written, void *ret_value,
			struct value_error *err)
{
	if (value_refuse_empty(parameter, written, err) < 0)
		return -1;
	*(const char **)ret_value = written->text;
	return 0;
}

static char *print_string(const void *value)
{
	return memory_string(*(const char *const *)value);
}

const struct value_type value_string = {
	.one = "a string",
	.many = "strings",
	.size = sizeof(const char *),
	.schema = {{"string", "number", "boolean"}},
	.parse = parse_string,
	.print = print_string,
	.compare = value_compare_printed,
};

/* clang-format off */
#define NAME(what, whats, kind) { \
	.one = what, .many = whats, .size = sizeof(const char *), .refers_to = kind, .schema = {{"string", "number"}}, \
	.parse = parse_string, .print = print_string, .compare = value_compare_printed, \
}
/* clang-format on */

const struct value_type value_store = NAME("the name of a store", "names of stores", "store");
const struct value_type value_inventory = NAME("the name of an inventory", "names of inventories", "inventory");
const struct value_type value_step = NAME("the name of a step", "names of steps", "step");

static int check_text(const struct parameter *parameter, const struct value_written *written, void *ret_value,
		      struct value_error *err)
{
	(void)ret_value;
	return value_refuse_empty(parameter, written, err);
}

char *value_print_text(const void *value)
{
	const struct text *text = *(const struct text *const *)value;

	return text != NULL ? text_describe(text) : NULL;
}

const struct value_type value_script = {
	.one = "a script",
	.many = "scripts",
	.size = sizeof(struct text *),
	.late = true,
	.quoting = TEXT_SCRIPT,
	.schema = {{"string", "number", "boolean"}},
	.parse = check_text,
	.print = value_print_text,
	.compare = value_compare_printed,
};

const struct value_type value_text = {
	.one = "a string",
	.many = "strings",
	.size = sizeof(struct text *),
	.late = true,
	.schema = {{"string", "number", "boolean"}},
	.parse = check_text,
	.print = value_print_text,
	.compare = value_compare_printed,
};

#include "assertions/value/text.h"

#include <stdlib.h>
#include <string.h>

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

struct text *text_new_literal(const char *literal)
{
	struct text *text = memory_alloc(sizeof(*text));

	text->written = memory_string(literal);
	text_add(text, literal, NULL);
	return text;
}

void text_add(struct text *text, const char *literal, const char *step)
{
	text->parts = memory_grow(text->parts, text->count + 1, sizeof(*text->parts));
	text->parts[text->count++] = (struct text_part){memory_string(literal), memory_string(step)};
}

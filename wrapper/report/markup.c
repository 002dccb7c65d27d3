#include "wrapper/report/report_private.h"

#include <stdbool.h>
#include <string.h>

#include "assertions/base/utf8.h"

#define REPLACEMENT "\xef\xbf\xbd"

static const char *entity(char character, bool in_attribute)
{
	static const struct {
		char character;
		bool in_attribute_only;
		const char *entity;
	} entities[] = {{'&', false, "&amp;"},  {'<', false, "&lt;"},   {'>', false, "&gt;"},  {'"', false, "&quot;"},
			{'\'', false, "&#39;"}, {'\r', false, "&#13;"}, {'\n', true, "&#10;"}, {'\t', true, "&#9;"}};

	for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++)
		if (entities[i].character == character && (in_attribute || !entities[i].in_attribute_only))
			return entities[i].entity;
	return NULL;
}

static bool is_allowed(uint32_t code_point)
{
	return (code_point >= 0x20 && code_point != 0xfffe && code_point != 0xffff) || code_point == '\n' ||
	       code_point == '\t';
}

static void put_escaped(FILE *file, const char *text, bool in_attribute)
{
	size_t length = strlen(text);

	for (size_t at = 0; at < length;) {
		uint32_t code_point = 0;
		size_t bytes = utf8_character(text + at, length - at, &code_point);
		const char *escaped = entity(text[at], in_attribute);
		if (escaped != NULL)
			fputs(escaped, file);
		else if (bytes == 0 || !is_allowed(code_point))
			fputs(REPLACEMENT, file);
		else
			fwrite(text + at, 1, bytes, file);
		at += bytes > 0 ? bytes : 1;
	}
}

void markup_text(FILE *file, const char *text)
{
	put_escaped(file, text, false);
}

void markup_attribute(FILE *file, const char *name, const char *value)
{
	fprintf(file, " %s=\"", name);
	put_escaped(file, value, true);
	fputc('"', file);
}

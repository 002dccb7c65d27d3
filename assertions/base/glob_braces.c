#include <stdlib.h>
#include <string.h>

#include "assertions/base/glob_private.h"
#include "assertions/base/memory.h"

#define BRACES_MAX 100
#define QUOTED_MAX 200

struct expansion {
	const char *text; /* as it was written */
	char **results;
	size_t count, bytes;
};

size_t glob_class_length(const char *text)
{
	size_t place = 1;

	place += text[place] == '!' || text[place] == '^';
	place += text[place] == ']';
	for (; text[place] != '\0'; place++) {
		if (text[place] == ']')
			return place + 1;
		if (text[place] == '\\' && text[place + 1] != '\0')
			place++;
	}
	return 0;
}

/* Bytes of what stands here as one: an escape, a class, or a byte. 0: a class that does not end. */
static size_t item_length(const char *text)
{
	if (*text == '\\' && text[1] != '\0')
		return 2;
	return *text == '[' ? glob_class_length(text) : 1;
}

/* The first "{", or the text's end. */
static int find_open(const struct expansion *expansion, const char *text, const char **ret_open, struct error *err)
{
	while (*text != '\0' && *text != '{') {
		size_t length = item_length(text);
		if (length == 0)
			return error_set(err, "unclosed [ in the glob '%.*s'", QUOTED_MAX, expansion->text);
		text += length;
	}
	*ret_open = text;
	return 0;
}

/* The end of the alternative that begins here: the comma or the closing brace of its own level. */
static int find_end(const struct expansion *expansion, const char *text, const char **ret_end, struct error *err)
{
	size_t depth = 0;

	while (*text != '\0' && (depth > 0 || (*text != ',' && *text != '}'))) {
		size_t length = item_length(text);
		if (length == 0)
			return error_set(err, "unclosed [ in the glob '%.*s'", QUOTED_MAX, expansion->text);
		depth += *text == '{';
		depth -= *text == '}';
		text += length;
	}
	if (*text == '\0')
		return error_set(err, "unclosed { in the glob '%.*s'", QUOTED_MAX, expansion->text);
	*ret_end = text;
	return 0;
}

static int find_close(const struct expansion *expansion, const char *text, const char **ret_close, struct error *err)
{
	do {
		if (find_end(expansion, text + 1, &text, err) < 0)
			return -1;
	} while (*text == ',');
	*ret_close = text;
	return 0;
}

static int add_result(struct expansion *expansion, const char *text, struct error *err)
{
	expansion->bytes += strlen(text) + 1;
	if (expansion->count == GLOB_ALTERNATIVES_MAX || expansion->bytes > GLOB_EXPANDED_MAX)
		return error_set(err, "too many alternatives in the glob '%.*s'", QUOTED_MAX, expansion->text);
	expansion->results = memory_grow(expansion->results, expansion->count + 1, sizeof(*expansion->results));
	expansion->results[expansion->count++] = memory_string(text);
	return 0;
}

/* Takes one pair of braces off and leaves the rest to itself: no deeper than there are braces. */
static int expand(struct expansion *expansion, const char *text, struct error *err)
{
	const char *open = text, *close = NULL, *end = NULL;

	if (find_open(expansion, text, &open, err) < 0)
		return -1;
	if (*open == '\0')
		return add_result(expansion, text, err);
	if (find_close(expansion, open, &close, err) < 0)
		return -1;
	for (const char *begin = open + 1; begin <= close; begin = end + 1) {
		if (find_end(expansion, begin, &end, err) < 0)
			return -1;
		char *one = memory_format("%.*s%.*s%s", (int)(open - text), text, (int)(end - begin), begin, close + 1);
		int done = expand(expansion, one, err);
		free(one);
		if (done < 0)
			return -1;
	}
	return 0;
}

int glob_expand_braces(const char *text, char ***ret_texts, size_t *ret_count, struct error *err)
{
	struct expansion expansion = {.text = text};
	size_t braces = 0;

	for (const char *byte = text; *byte != '\0'; byte++) {
		braces += *byte == '{';
		byte += *byte == '\\' && byte[1] != '\0';
	}
	if (braces > BRACES_MAX)
		return error_set(err, "more than %d braces in the glob '%.*s'", BRACES_MAX, QUOTED_MAX, text);
	if (expand(&expansion, text, err) < 0) {
		for (size_t i = 0; i < expansion.count; i++)
			free(expansion.results[i]);
		free(expansion.results);
		return -1;
	}
	*ret_texts = expansion.results;
	*ret_count = expansion.count;
	return 0;
}

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

/* Length of the class that the text begins with, 0 where it does not end. */
static size_t class_length(const char *text)
{
	size_t length = 1;

	length += text[length] == '!' || text[length] == '^';
	length += text[length] == ']';
	for (; text[length] != '\0'; length++) {
		if (text[length] == ']')
			return length + 1;
		if (text[length] == '\\' && text[length + 1] != '\0')
			length++;
	}
	return 0;
}

/* Bytes of what stands here as one: an escape, a class, or a byte. 0: a class that does not end. */
static size_t item_length(const char *text)
{
	if (*text == '\\' && text[1] != '\0')
		return 2;
	return *text == '[' ? class_length(text) : 1;
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

struct parse {
	struct glob_alternative *alternative;
	const char *rest;
	char *out; /* where the next literal byte goes, never behind `rest` */
	bool at_part; /* a part of the path begins here */
};

static struct glob_token *add_token(struct parse *parse, enum glob_token_type type)
{
	struct glob_alternative *alternative = parse->alternative;

	alternative->tokens = memory_grow(alternative->tokens, alternative->count + 1, sizeof(*alternative->tokens));
	struct glob_token *token = &alternative->tokens[alternative->count++];
	*token = (struct glob_token){.type = type};
	return token;
}

static void add_literal(struct parse *parse, char byte)
{
	struct glob_alternative *alternative = parse->alternative;
	struct glob_token *last = alternative->count > 0 ? &alternative->tokens[alternative->count - 1] : NULL;

	if (last == NULL || last->type != GLOB_LITERAL) {
		last = add_token(parse, GLOB_LITERAL);
		last->bytes = parse->out;
	}
	*parse->out++ = byte;
	last->length++;
	parse->at_part = byte == '/';
}

static void take_stars(struct parse *parse)
{
	size_t stars = strspn(parse->rest, "*");
	char next = parse->rest[stars];
	bool whole_part = parse->at_part && (next == '\0' || next == '/');
	bool is_first = parse->alternative->count == 0;

	parse->rest += stars;
	if (whole_part && stars > 1 && next == '/') {
		parse->rest++;
		/* Several in a row say no more than one. */
		if (is_first || parse->alternative->tokens[parse->alternative->count - 1].type != GLOB_PARTS)
			add_token(parse, GLOB_PARTS);
		return;
	}
	/* A part is never empty: "a/" is not below a. */
	if (whole_part && !(stars > 1 && is_first))
		add_token(parse, GLOB_ONE);
	add_token(parse, whole_part && stars > 1 ? GLOB_REST : GLOB_STAR);
	parse->at_part = false;
}

static uint32_t take_class_character(const char **text)
{
	uint32_t code_point;

	*text += **text == '\\';
	*text += glob_character(*text, &code_point);
	return code_point;
}

/* "a" or "a-z"; a hyphen at the class's end is itself. */
static int take_range(const char **text, const char *end, struct glob_range *ret_range, struct error *err)
{
	if (**text == '[' && (*text)[1] != '\0' && strchr(":.=", (*text)[1]) != NULL)
		return error_set(err, "[:...:] is not known in globs");
	ret_range->first = ret_range->last = take_class_character(text);
	if (**text == '-' && *text + 1 < end) {
		(*text)++;
		ret_range->last = take_class_character(text);
	}
	if (ret_range->first > ret_range->last)
		return error_set(err, "the range ends before it begins");
	if (ret_range->first == '/' || ret_range->last == '/')
		return error_set(err, "'/' cannot stand in [...]");
	return 0;
}

static int take_class(struct parse *parse, struct error *err)
{
	size_t length = class_length(parse->rest);

	if (length == 0)
		return error_set(err, "unclosed [");
	const char *text = parse->rest + 1, *end = parse->rest + length - 1;
	struct glob_token *token = add_token(parse, GLOB_CLASS);
	token->negated = *text == '!' || *text == '^';
	text += token->negated;
	while (text < end) {
		token->ranges = memory_grow(token->ranges, token->range_count + 1, sizeof(*token->ranges));
		if (take_range(&text, end, &token->ranges[token->range_count], err) < 0)
			return -1;
		token->range_count++;
	}
	parse->rest += length;
	parse->at_part = false;
	return 0;
}

static int take_item(struct parse *parse, struct error *err)
{
	switch (*parse->rest) {
	case '*':
		take_stars(parse);
		return 0;
	case '?':
		parse->rest++;
		parse->at_part = false;
		add_token(parse, GLOB_ONE);
		return 0;
	case '[':
		return take_class(parse, err);
	case '\\':
		if (parse->rest[1] == '\0')
			return error_set(err, "nothing follows the last \\");
		parse->rest++;
		break;
	default:
		break;
	}
	add_literal(parse, *parse->rest++);
	return 0;
}

int glob_parse_alternative(char *text, bool of_keys, struct glob_alternative *ret_alternative, struct error *err)
{
	struct glob_alternative alternative = {.text = text};
	struct parse parse = {&alternative, of_keys ? text : glob_skip_dot(text), text, true};

	while (*parse.rest != '\0') {
		if (take_item(&parse, err) < 0) {
			glob_alternative_release(&alternative);
			return -1;
		}
	}
	*ret_alternative = alternative;
	return 0;
}

void glob_alternative_release(struct glob_alternative *alternative)
{
	for (size_t i = 0; i < alternative->count; i++)
		free(alternative->tokens[i].ranges);
	free(alternative->tokens);
	free(alternative->text);
}

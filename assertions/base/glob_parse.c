#include <stdlib.h>
#include <string.h>

#include "assertions/base/glob_private.h"
#include "assertions/base/memory.h"
#include "assertions/base/utf8.h"

#define NO_CHARACTER 0x110000 /* and above: a byte that is part of none */

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

static uint32_t take_character(const char **text)
{
	uint32_t code_point = 0;
	size_t length = utf8_character(*text, strlen(*text), &code_point);

	if (length == 0)
		code_point = NO_CHARACTER | (unsigned char)**text;
	*text += length > 0 ? length : 1;
	return code_point;
}

static uint32_t take_class_character(const char **text)
{
	*text += **text == '\\';
	return take_character(text);
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
	size_t length = glob_class_length(parse->rest);

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

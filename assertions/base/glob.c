#include "assertions/base/glob.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/buffer.h"
#include "assertions/base/glob_private.h"
#include "assertions/base/memory.h"
#include "assertions/base/utf8.h"

#define QUOTED_MAX 200

const char *glob_skip_dot(const char *path)
{
	while (path[0] == '.' && path[1] == '/') {
		path += 2;
		path += strspn(path, "/");
	}
	return strcmp(path, ".") == 0 ? path + 1 : path;
}

static bool is_all_literal(const struct glob_alternative *alternative)
{
	return alternative->count == 0 || (alternative->count == 1 && alternative->tokens[0].type == GLOB_LITERAL);
}

/* What all alternatives begin with, whole characters. */
static char *common_prefix(const struct glob *glob)
{
	const char *prefix = NULL;
	size_t length = 0;

	for (size_t i = 0; i < glob->count; i++) {
		const struct glob_alternative *alternative = &glob->alternatives[i];
		if (alternative->count == 0 || alternative->tokens[0].type != GLOB_LITERAL)
			return memory_string("");
		const struct glob_token *head = &alternative->tokens[0];
		size_t same = 0;
		if (prefix == NULL) {
			prefix = head->bytes;
			length = head->length;
		}
		while (same < length && same < head->length && prefix[same] == head->bytes[same])
			same++;
		length = same;
	}
	return memory_substring(prefix, length - (length > 0 ? utf8_unfinished(prefix, length) : 0));
}

static int compile(const char *text, bool of_keys, struct glob **ret_glob, struct error *err)
{
	size_t count = 0;
	char **texts = NULL;

	if (*text == '\0')
		return error_set(err, "an empty glob matches nothing");
	if (strlen(text) > GLOB_TEXT_MAX)
		return error_set(err, "the glob is longer than %d bytes: '%.*s...'", GLOB_TEXT_MAX, QUOTED_MAX, text);
	if (glob_expand_braces(text, &texts, &count, err) < 0)
		return -1;
	struct glob *glob = memory_alloc(sizeof(*glob));
	glob->text = memory_string(text);
	glob->of_keys = of_keys;
	glob->alternatives = memory_array(count, sizeof(*glob->alternatives));
	bool good = true;
	for (size_t i = 0; i < count; i++) {
		if (!good)
			free(texts[i]);
		else if (glob_parse_alternative(texts[i], of_keys, &glob->alternatives[i], err) < 0)
			good = false;
		else
			glob->count++;
	}
	free(texts);
	if (!good) {
		glob_free(glob);
		return error_wrap(err, "in the glob '%.*s'", QUOTED_MAX, text);
	}
	glob->prefix = common_prefix(glob);
	*ret_glob = glob;
	return 0;
}

int glob_compile(const char *text, struct glob **ret_glob, struct error *err)
{
	return compile(text, false, ret_glob, err);
}

int glob_compile_key(const char *text, struct glob **ret_glob, struct error *err)
{
	return compile(text, true, ret_glob, err);
}

void glob_free(struct glob *glob)
{
	if (glob == NULL)
		return;
	for (size_t i = 0; i < glob->count; i++)
		glob_alternative_release(&glob->alternatives[i]);
	free(glob->alternatives);
	free(glob->text);
	free(glob->prefix);
	free(glob);
}

const char *glob_text(const struct glob *glob)
{
	return glob->text;
}

const char *glob_prefix(const struct glob *glob)
{
	return glob->prefix;
}

bool glob_is_literal(const struct glob *glob)
{
	return glob->count == 1 && is_all_literal(&glob->alternatives[0]);
}

bool glob_is_everything(const struct glob *glob)
{
	for (size_t i = 0; i < glob->count; i++)
		if (glob->alternatives[i].count == 1 && glob->alternatives[i].tokens[0].type == GLOB_REST)
			return true;
	return false;
}

size_t glob_character(const char *text, uint32_t *ret_code_point)
{
	size_t length = utf8_character(text, strnlen(text, 4), ret_code_point);

	if (length == 0)
		*ret_code_point = GLOB_NO_CHARACTER | (unsigned char)*text;
	return length > 0 ? length : 1;
}

static bool is_in_class(const struct glob_token *token, uint32_t code_point)
{
	for (size_t i = 0; i < token->range_count; i++)
		if (code_point >= token->ranges[i].first && code_point <= token->ranges[i].last)
			return !token->negated;
	return token->negated;
}

/* How far the token takes the path on, 0 where it does not match. */
static size_t take_token(const struct glob_token *token, const char *path)
{
	uint32_t code_point;

	if (token->type == GLOB_LITERAL)
		return strncmp(path, token->bytes, token->length) == 0 ? token->length : 0;
	if (*path == '\0' || *path == '/')
		return 0;
	size_t length = glob_character(path, &code_point);
	return token->type == GLOB_ONE || is_in_class(token, code_point) ? length : 0;
}

/* A place to come back to: the token behind a star, and from where it was tried last. */
struct choice {
	size_t token;
	const char *path; /* NULL: none */
};

/* The star takes one character more, but no "/". */
static bool widen_star(struct choice *star)
{
	uint32_t code_point;

	if (star->path == NULL || *star->path == '\0' || *star->path == '/')
		return false;
	star->path += glob_character(star->path, &code_point);
	return true;
}

static bool widen_parts(struct choice *parts)
{
	const char *slash = parts->path != NULL ? strchr(parts->path, '/') : NULL;

	if (slash == NULL)
		return false;
	parts->path = slash + 1;
	return true;
}

static bool is_begin_of(const char *path, const struct glob_token *token)
{
	size_t length = strlen(path);

	return length < token->length && memcmp(path, token->bytes, length) == 0;
}

/*
 * Only the last star of either sort is ever come back to, so the time is bounded: a star that
 * takes more than it must gives those behind it nothing that they could not have had.
 */
bool glob_alternative_matches(const struct glob_alternative *alternative, const char *path, bool may_go_on)
{
	struct choice star = {0}, parts = {0};
	size_t next = 0;

	for (;;) {
		const struct glob_token *token = next < alternative->count ? &alternative->tokens[next] : NULL;
		if (*path == '\0' && (token == NULL || may_go_on))
			return true;
		/* Where more can follow, any number of parts can take it all in. */
		if (token != NULL && (token->type == GLOB_REST || (token->type == GLOB_PARTS && may_go_on)))
			return true;
		if (token != NULL && (token->type == GLOB_STAR || token->type == GLOB_PARTS)) {
			next++;
			star = token->type == GLOB_STAR ? (struct choice){next, path} : (struct choice){0};
			if (token->type == GLOB_PARTS)
				parts = (struct choice){next, path};
			continue;
		}
		size_t taken = token != NULL ? take_token(token, path) : 0;
		if (taken > 0) {
			path += taken;
			next++;
		} else if (may_go_on && token != NULL && token->type == GLOB_LITERAL && is_begin_of(path, token)) {
			return true;
		} else if (widen_star(&star)) {
			path = star.path;
			next = star.token;
		} else if (widen_parts(&parts)) {
			star = (struct choice){0};
			path = parts.path;
			next = parts.token;
		} else {
			return false;
		}
	}
}

bool glob_matches(const struct glob *glob, const char *path)
{
	path = glob->of_keys ? path : glob_skip_dot(path);
	for (size_t i = 0; i < glob->count; i++)
		if (glob_alternative_matches(&glob->alternatives[i], path, false))
			return true;
	return false;
}

void glob_quote(const char *text, struct buffer *out)
{
	for (; *text != '\0'; text++) {
		if (strchr("*?[]{},\\", *text) != NULL)
			buffer_append(out, "\\", 1);
		buffer_append(out, text, 1);
	}
}

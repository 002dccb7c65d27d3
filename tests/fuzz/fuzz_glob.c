/* test: runs 40000 */
/*
 * Globs against the plainest matcher there is, which tries everything and remembers what it tried.
 * Input: a glob up to a NUL, the path.
 */
#include "assertions/base/buffer.h"
#include "assertions/base/glob_private.h"
#include "assertions/base/memory.h"
#include "assertions/base/utf8.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct plain {
	const struct glob_alternative *alternative;
	const char *path;
	size_t length;
	bool leads_on;
	char *known; /* for each token and place: 0 not tried, 1 no, 2 yes */
};

static bool try_all(struct plain *plain, size_t place, size_t at);

static size_t character(const struct plain *plain, size_t at, uint32_t *ret_code_point)
{
	size_t length = utf8_character(plain->path + at, plain->length - at, ret_code_point);

	if (length == 0)
		*ret_code_point = 0x110000u | (unsigned char)plain->path[at];
	return length > 0 ? length : 1;
}

static bool takes(const struct glob_token *token, uint32_t code_point)
{
	bool in = false;

	for (size_t i = 0; i < token->range_count; i++)
		in = in || (code_point >= token->ranges[i].first && code_point <= token->ranges[i].last);
	return token->type == GLOB_ONE || in != token->negated;
}

static bool find_out(struct plain *plain, size_t place, size_t at)
{
	const char *rest = plain->path + at;
	uint32_t code_point;

	if (plain->leads_on && at == plain->length)
		return true;
	if (place == plain->alternative->count)
		return at == plain->length;
	const struct glob_token *token = &plain->alternative->tokens[place];
	switch (token->type) {
	case GLOB_REST:
		return true;
	case GLOB_LITERAL:
		if (plain->leads_on && plain->length - at < token->length)
			return strncmp(rest, token->bytes, plain->length - at) == 0;
		return strncmp(rest, token->bytes, token->length) == 0 && try_all(plain, place + 1, at + token->length);
	case GLOB_STAR:
		if (try_all(plain, place + 1, at))
			return true;
		return *rest != '\0' && *rest != '/' && try_all(plain, place, at + character(plain, at, &code_point));
	case GLOB_PARTS:
		if (plain->leads_on || try_all(plain, place + 1, at))
			return true;
		rest = strchr(rest, '/');
		return rest != NULL && try_all(plain, place, (size_t)(rest - plain->path) + 1);
	case GLOB_ONE:
	case GLOB_CLASS:
		break;
	}
	if (*rest == '\0' || *rest == '/')
		return false;
	size_t length = character(plain, at, &code_point);
	return takes(token, code_point) && try_all(plain, place + 1, at + length);
}

static bool try_all(struct plain *plain, size_t place, size_t at)
{
	char *known = &plain->known[place * (plain->length + 1) + at];

	if (*known == 0)
		*known = find_out(plain, place, at) ? 2 : 1;
	return *known == 2;
}

static void compare(const struct glob_alternative *alternative, const char *path)
{
	for (int leads_on = 0; leads_on < 2; leads_on++) {
		struct plain plain = {alternative, path, strlen(path), leads_on > 0, NULL};
		plain.known = memory_array(alternative->count + 1, plain.length + 1);
		bool expected = try_all(&plain, 0, 0);
		if (expected != glob_alternative_matches(alternative, path, leads_on > 0))
			abort();
		free(plain.known);
	}
}

static void check_quoted(const char *path)
{
	struct buffer quoted;
	struct glob *glob;
	struct error err;

	buffer_init(&quoted, 10000);
	glob_quote(path, &quoted);
	if (glob_compile(quoted.data, &glob, &err) < 0 || !glob_is_literal(glob) || !glob_matches(glob, path))
		abort();
	glob_free(glob);
	buffer_release(&quoted);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t glob_length = size > 0 ? strnlen((const char *)data, size) : 0;
	struct error err = {""};
	struct glob *glob;

	if (glob_length == size || size > 2000)
		return 0;
	char *path = memory_substring((const char *)data + glob_length + 1, size - glob_length - 1);
	if (*path != '\0')
		check_quoted(path);
	if (glob_compile((const char *)data, &glob, &err) == 0) {
		bool any = false;
		const char *bare = glob_skip_dot(path);
		for (size_t i = 0; i < glob->count; i++) {
			if (strlen(bare) * glob->alternatives[i].count < 20000)
				compare(&glob->alternatives[i], bare);
			any = any || glob_alternative_matches(&glob->alternatives[i], bare, false);
		}
		if (any != glob_matches(glob, path) ||
		    (any && strncmp(bare, glob_prefix(glob), strlen(glob_prefix(glob))) != 0) ||
		    (!any && glob_is_everything(glob)))
			abort();
		glob_free(glob);
	} else if (err.message[0] == '\0') {
		abort();
	}
	free(path);
	return 0;
}

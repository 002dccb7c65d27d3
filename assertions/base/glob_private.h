/*
 * What a glob is made of, for the glob_*.c files only.
 *
 * A glob is the list of its alternatives once the braces are expanded; an alternative is
 * a row of tokens without any choice in it.
 */
#ifndef MUSTER_BASE_GLOB_PRIVATE_H
#define MUSTER_BASE_GLOB_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assertions/base/error.h"
#include "assertions/base/glob.h"

#define GLOB_ALTERNATIVES_MAX 1024
#define GLOB_EXPANDED_MAX ((size_t)256 * 1024) /* bytes of all alternatives */

enum glob_token_type {
	GLOB_LITERAL, /* `bytes` */
	GLOB_ONE, /* a character other than "/" */
	GLOB_CLASS, /* one of `ranges`, never "/" */
	GLOB_STAR, /* any number of characters other than "/" */
	GLOB_PARTS, /* any number of whole parts, each with the "/" behind it */
	GLOB_REST, /* everything */
};

struct glob_range {
	uint32_t first, last;
};

struct glob_token {
	enum glob_token_type type;
	const char *bytes;
	size_t length;
	bool negated;
	struct glob_range *ranges;
	size_t range_count;
};

struct glob_alternative {
	char *text; /* what the literals point into */
	struct glob_token *tokens;
	size_t count;
};

struct glob {
	char *text;
	char *prefix;
	struct glob_alternative *alternatives;
	size_t count;
	bool of_keys; /* a leading "./" counts */
};

/* The text's alternatives, braces expanded, escapes and classes left as they stand. */
int glob_expand_braces(const char *text, char ***ret_texts, size_t *ret_count, struct error *err);

/* Takes over the text, on failure too. */
int glob_parse_alternative(char *text, bool of_keys, struct glob_alternative *ret_alternative, struct error *err);
void glob_alternative_release(struct glob_alternative *alternative);

/* `may_go_on`: or whether a match may begin with the path. */
bool glob_alternative_matches(const struct glob_alternative *alternative, const char *path, bool may_go_on);

#define GLOB_NO_CHARACTER 0x110000 /* and above: a byte that is part of none */

/* Bytes of the character that the text begins with; a byte that is part of none is one, with a code point of its own. */
size_t glob_character(const char *text, uint32_t *ret_code_point);

/* Without the "./" that it may begin with. */
const char *glob_skip_dot(const char *path);

#endif

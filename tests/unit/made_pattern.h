/*
 * Patterns and texts made from bytes that may be anything: random ones, or a fuzzer's. The letters are few,
 * so that what is looked for is often there.
 */
#ifndef MUSTER_TESTS_MADE_PATTERN_H
#define MUSTER_TESTS_MADE_PATTERN_H

#include "assertions/base/buffer.h"
#include "assertions/scan/scan_private.h"

#include <stdint.h>
#include <string.h>

struct choices {
	const uint8_t *bytes;
	size_t left;
};

/* Nothing left is always the first. */
static inline size_t made_choice(struct choices *choices, size_t count)
{
	if (choices->left == 0)
		return 0;
	choices->left--;
	return *choices->bytes++ % count;
}

#define MADE_ONE_OF(choices, list) ((list)[made_choice((choices), sizeof(list) / sizeof((list)[0]))])

static void made_alternatives(struct choices *choices, unsigned depth, struct buffer *out);

static inline void made_item(struct choices *choices, unsigned depth, struct buffer *out)
{
	static const char *const plain[] = {"a", "b",   "c",   "ab",  "bc",  "abc", "bab",
					    "A", "cAb", "a b", "\\n", "\\r", "\\.", "-"};
	static const char *const others[] = {"^",    "$",    ".",       "\\s",          "\\S",    "\\w",
					     "\\d",  "\\b",  "\\B",     "\\A",          "\\z",    "\\Z",
					     "[ab]", "[^a]", "[a-c]",   "[[:alpha:]_]", "[\\s.]", "[^\\n]",
					     "[]a]", "[[]",  "[a\\]b]", "\\r\\n",       "\\v",    "\\h"};
	static const char *const groups[] = {"(",    "(?:",  "(?<n>", "(?P<m>", "(?=", "(?!",
					     "(?<=", "(?<!", "(?>",   "(?|",    "(?i:"};
	static const char *const odd[] = {"\\R",        "\\K",   "\\1",     "\\Qa|\\E",  "(?i)",      "(?x)",
					  "(?#b)",      "\\x61", "\\141",   "(*ACCEPT)", "(*COMMIT)", "\\N",
					  "[\\Qa]\\E]", "a{,2}", "a{",      "{1}",       "(?1)",      "\\E",
					  "(?-i)",      "\\ca",  "[[:<:]]", "\\X",       "\\C",       "(?(1)a|b)"};
	size_t choice = made_choice(choices, 32);

	if (choice < 18) {
		buffer_string(out, MADE_ONE_OF(choices, plain));
	} else if (choice < 26 || (choice < 31 && depth == 3)) {
		buffer_string(out, MADE_ONE_OF(choices, others));
	} else if (choice < 31) {
		buffer_string(out, made_choice(choices, 4) > 0 ? groups[made_choice(choices, 3)]
							       : MADE_ONE_OF(choices, groups));
		made_alternatives(choices, depth + 1, out);
		buffer_string(out, ")");
	} else {
		buffer_string(out, MADE_ONE_OF(choices, odd));
	}
}

static inline void made_alternatives(struct choices *choices, unsigned depth, struct buffer *out)
{
	static const char *const quantifiers[] = {"*",    "+",      "?",     "{2}",    "{0,2}",   "{1,}",
						  "{0}",  "{1}",    "{1,3}", "*?",     "++",      "??",
						  "{2}+", "{0,1}?", "{3,}",  "{1001}", "{0,999}", "{300}"};

	do {
		for (size_t left = made_choice(choices, 5) + (depth == 0); left > 0; left--) {
			made_item(choices, depth, out);
			if (made_choice(choices, 4) == 3)
				buffer_string(out, MADE_ONE_OF(choices, quantifiers));
		}
		if (made_choice(choices, 6) != 5)
			return;
		buffer_string(out, "|");
	} while (out->length < 200);
}

static inline void made_pattern(struct choices *choices, struct buffer *out)
{
	static const char *const options[] = {"",     "",      "",     "",     "",      "(?i)",
					      "(?s)", "(?is)", "(?m)", "(?x)", "(?-m)", "(?J)"};

	buffer_string(out, MADE_ONE_OF(choices, options));
	made_alternatives(choices, 0, out);
}

static inline void made_text(struct choices *choices, size_t parts, struct buffer *out)
{
	static const char *const texts[] = {"a",  "b",    "c", "A", "B",   "ab",  "abc",  "bab", " ",    "\n",
					    "\r", "\r\n", ".", "-", "cAb", "a b", "aaaa", "x",   "\xe4", "abcabc"};

	for (; parts > 0; parts--)
		buffer_string(out, MADE_ONE_OF(choices, texts));
}

/* Whether one of the literals is in this part of the text, as the set says of each match. */
static inline bool made_holds_literal(const struct literal_set *set, const char *text, size_t begin, size_t end)
{
	for (size_t i = 0; i < set->count; i++) {
		const struct literal *literal = &set->items[i];
		for (size_t place = begin; place + literal->length <= end; place++) {
			bool has_line_end = memchr(text + begin, '\n', place - begin) != NULL ||
					    memchr(text + begin, '\r', place - begin) != NULL;
			if (literal->before_bytes_max > LITERAL_BEFORE_MAX ? has_line_end
									   : place - begin > literal->before_bytes_max)
				break;
			if ((set->is_caseless ? strncasecmp(text + place, literal->bytes, literal->length)
					      : memcmp(text + place, literal->bytes, literal->length)) == 0)
				return true;
		}
	}
	return false;
}

#endif

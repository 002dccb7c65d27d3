/*
 * JSON made fit for a YAML parser.
 *
 * JSON is YAML but for a few things: tabs before a token, a line break before a colon, surrogate pairs
 * (\ud83d\ude00), and line separators (U+0085, U+2028, U+2029) that YAML folds inside strings. Where a text is
 * JSON these are rewritten; `shifts` tells where the characters of the new text came from.
 */
#ifndef MUSTER_MANIFEST_JSON_TEXT_H
#define MUSTER_MANIFEST_JSON_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct json_shift {                     /* from this character of the new text on */
	size_t character;
	size_t original;                /* stands the one with this number in the old text */
};

struct json_text {
	char *text;
	size_t length;
	struct json_shift *shifts;
	size_t count;
};

/* False, and nothing to release, where the text is not JSON. */
bool json_text_from(const char *text, size_t length, struct json_text *ret_json);
size_t json_text_original(const struct json_text *json, size_t character);
void json_text_release(struct json_text *json);

#endif

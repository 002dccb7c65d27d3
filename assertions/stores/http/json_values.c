#include "assertions/stores/http/json_values.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"

/* A struct json_values * is a json_t *. */

struct json_values *json_values_parse(const char *text, size_t length)
{
	json_error_t trouble;

	return (struct json_values *)json_loadb(text, length, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &trouble);
}

void json_values_free(struct json_values *values)
{
	json_decref((json_t *)values);
}

/* One reference token, "~1" and "~0" undone (RFC 6901, section 4). */
static char *unescape(const char *token, size_t length)
{
	char *plain = memory_substring(token, length), *into = plain;

	for (const char *from = plain; *from != '\0'; from++) {
		if (from[0] == '~' && (from[1] == '0' || from[1] == '1'))
			*into++ = *++from == '0' ? '~' : '/';
		else
			*into++ = *from;
	}
	*into = '\0';
	return plain;
}

static const json_t *follow(const json_t *value, const char *pointer)
{
	while (*pointer == '/' && value != NULL) {
		size_t length = strcspn(pointer + 1, "/");
		cleanup_free char *token = unescape(pointer + 1, length);
		if (json_is_array(value))
			value = token[0] != '\0' && strspn(token, "0123456789") == strlen(token) && strlen(token) < 10
					? json_array_get(value, (size_t)atol(token))
					: NULL;
		else
			value = json_object_get(value, token);
		pointer += 1 + length;
	}
	return value;
}

char *json_values_text(const struct json_values *values, const char *pointer)
{
	const json_t *value = follow((const json_t *)values, pointer);

	if (value == NULL)
		return NULL;
	return json_is_string(value) ? memory_string(json_string_value(value))
				     : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
}

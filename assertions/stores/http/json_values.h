/*
 * Values of an answer in JSON, by JSON pointer (RFC 6901).
 */
#ifndef MUSTER_STORES_HTTP_JSON_VALUES_H
#define MUSTER_STORES_HTTP_JSON_VALUES_H

#include <stddef.h>

struct json_values;

/* NULL where the text is no JSON, or has a name twice in one object. */
struct json_values *json_values_parse(const char *text, size_t length);
void json_values_free(struct json_values *values); /* NULL is harmless */

/* A string as it is, anything else as JSON; the caller frees. NULL where there is none. */
char *json_values_text(const struct json_values *values, const char *pointer);

#endif

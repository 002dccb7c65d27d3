/*
 * Files of settings: "[section]", "key = value", and, below a key without a value, indented lines that are its block:
 *
 *     [profile backup]
 *     region = eu-west-1
 *     s3 =
 *       addressing_style = path
 *
 * As AWS's tools and s3cmd write them; lines that begin with "#" or ";" are comments, a "#" later in a line is part of it.
 */
#ifndef MUSTER_STORES_HTTP_INI_H
#define MUSTER_STORES_HTTP_INI_H

#include <stdbool.h>
#include <stddef.h>

#include "assertions/base/error.h"

#define INI_FILE_MAX ((size_t)1 << 20)

struct ini_entry {
	const char *section; /* "" before the first */
	const char *block; /* the key whose block it is in; "" */
	const char *key; /* NULL: the section begins */
	const char *value;
};

/* The text is changed; what the entries point at is valid during the call. */
void ini_parse(char *text, void (*found)(void *context, const struct ini_entry *entry), void *context);

/* The whole file, for secret_free(); *ret_text is NULL where there is no such file, which is no error. `what`: for messages. */
int ini_read(const char *path, const char *what, char **ret_text, struct error *err);

#endif

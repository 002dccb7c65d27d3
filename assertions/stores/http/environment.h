/*
 * What muster's environment says; a variable that is empty is one that is not set.
 */
#ifndef MUSTER_STORES_HTTP_ENVIRONMENT_H
#define MUSTER_STORES_HTTP_ENVIRONMENT_H

#include <stdbool.h>

/* NULL where it is not set. */
const char *environment_value(const char *name);
const char *environment_either(const char *first, const char *second);

/* "true" in whatever case. */
bool environment_is_true(const char *name);

/* "~/x" below HOME, all else as it is. The caller frees. */
char *environment_path(const char *path);

#endif

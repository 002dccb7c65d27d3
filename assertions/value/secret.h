/*
 * A secret of the manifest, read: `{env: NAME}` or `{file: PATH}`.
 *
 *     char *token;
 *     if (secret_read(parameters->token, &token, err) != 0)
 *             return -1;
 *     ...
 *     secret_free(token);
 */
#ifndef MUSTER_VALUE_SECRET_H
#define MUSTER_VALUE_SECRET_H

#include <stddef.h>

#include "assertions/base/error.h"
#include "assertions/value/parameter.h"

#define SECRET_MAX ((size_t)64 << 10)
#define SECRET_SILENCE_MS 5000 /* of the writer of a pipe */
#define SECRET_PIPE_MS 30000 /* for all of it */

/*
 * The value, registered for masking; for secret_free(). One line end after it ("\n" or "\r\n") is dropped, since
 * files of secrets come with and without. A file is a regular one, or a pipe (a shell's <(command) is one), which can be
 * read only once and is not waited for longer than the bounds above. Unset, empty, holding a NUL, or over SECRET_MAX bytes: an error, which
 * names the variable or the file and nothing of the value.
 */
int secret_read(const struct secret *secret, char **ret_value, struct error *err);

/* Overwritten, then freed. NULL is harmless. */
void secret_free(char *value);

#endif

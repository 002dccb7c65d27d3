/*
 * Globs as the manifest means them: * and ? within a part of a path, ** across parts
 * ("**" alone is everything), [abc] [a-z] [!a] [^a], {a,b} (nested too,
 * an alternative may be empty), \ before a character makes it itself.
 *
 * A leading "./" is no part of a path, neither in the glob nor in what is matched.
 * A leading dot in a name is matched by * like any other character: a backup has no hidden members.
 */
#ifndef MUSTER_BASE_GLOB_H
#define MUSTER_BASE_GLOB_H

#include <stdbool.h>

#include "assertions/base/error.h"

#define GLOB_TEXT_MAX 4096

struct glob;
struct buffer;

int glob_compile(const char *text, struct glob **ret_glob, struct error *err);

/* Of a store's keys: they are no paths, and "./" at their begin is part of them. */
int glob_compile_key(const char *text, struct glob **ret_glob, struct error *err);
void glob_free(struct glob *glob);

const char *glob_text(const struct glob *glob);
bool glob_matches(const struct glob *glob, const char *path);
bool glob_is_literal(const struct glob *glob); /* matches one path only */
bool glob_is_everything(const struct glob *glob); /* matches whatever it is given */

/* The longest text that every match starts with (for a listing's prefix); owned by the glob. */
const char *glob_prefix(const struct glob *glob);

/* Appends the text with the characters that a glob knows escaped. */
void glob_quote(const char *text, struct buffer *out);

/*
 * Files (regular ones, symbolic links followed) below the file system that match, each once, in no order.
 * The callback returns 0 to go on, another value to stop, which is then returned.
 * A folder that cannot be read is an error (-1), a folder that is not there is not.
 */
int glob_files(const struct glob *glob, int (*found)(void *context, const char *path), void *context,
	       struct error *err);

/* For a message on what is not there: the text, and where it is relative the current directory. The caller's. */
char *glob_whereabouts(const char *text);

#endif

/*
 * The line on which something was found, fit to be shown to a person.
 */
#ifndef MUSTER_BASE_EXCERPT_H
#define MUSTER_BASE_EXCERPT_H

#include <stdbool.h>
#include <stddef.h>

/* How far before the place, and after its begin, the text is looked at. */
#define EXCERPT_REACH 200

/* Whether what follows text[0..length) could change the excerpt of a match at begin..end. */
bool excerpt_needs_more(const char *text, size_t length, size_t begin, size_t end);

/*
 * The line or lines of text[begin..end), cut to `size` with its NUL ("..." stands for what is cut),
 * always UTF-8: line ends and tabs are spaces, other control characters and what is no character "?".
 */
void excerpt_make(const char *text, size_t length, size_t begin, size_t end, char *ret_excerpt, size_t size);

#endif

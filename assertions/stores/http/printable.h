/*
 * Text of a server, fit for a message: no control character reaches a terminal or a report.
 */
#ifndef MUSTER_STORES_HTTP_PRINTABLE_H
#define MUSTER_STORES_HTTP_PRINTABLE_H

#include <stddef.h>

/* As much as fits, with a NUL; control characters (C0, DEL, C1 in UTF-8) become "?", a character is not cut in two. */
void printable_copy(char *ret_text, size_t size, const char *text);

/*
 * The same of a server's own words, which may repeat what it was sent: secrets are masked before anything is cut off, since of
 * a half nobody could tell afterwards that it is one. Not for what is compared with something.
 */
void printable_words(char *ret_text, size_t size, const char *text);

#endif

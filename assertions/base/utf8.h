/*
 * UTF-8 (RFC 3629), met in text that may be anything.
 */
#ifndef MUSTER_BASE_UTF8_H
#define MUSTER_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/*
 * Bytes of the character that the text begins with, 0 where that is none (overlong forms,
 * surrogates, what is cut, nothing at all). ret_code_point may be NULL.
 */
size_t utf8_character(const char *text, size_t length, uint32_t *ret_code_point);

/* Bytes at the end of the text that may be the beginning of a character: 0 to 3. */
size_t utf8_unfinished(const char *text, size_t length);

/* The last offset at or before this one at which a character may begin. */
size_t utf8_boundary(const char *text, size_t offset);

#endif

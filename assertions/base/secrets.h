/*
 * What must never be seen: every secret that was read is registered here, and whatever
 * is printed, reported or kept goes through secrets_mask().
 *
 * Registered are the value itself, its base64 and its percent-encoded form, and, where it has
 * several lines, each line of eight bytes or more; of a URL what stands behind its host, and each long part of that, since
 * whoever prints the URL in pieces tells the token as well. Values shorter than four bytes are not masked
 * (they would mask everything else). Longest first; the replacement is "[secret]".
 */
#ifndef MUSTER_BASE_SECRETS_H
#define MUSTER_BASE_SECRETS_H

#include <stddef.h>

struct buffer;

void secrets_register(const char *value);
/* Of a URL that is refused for it: what stands before its last "@", and the password in that. */
void secrets_register_userinfo(const char *url);
void secrets_forget_all(void); /* overwrites them */

/* Appends the text with every secret replaced. */
void secrets_mask(const char *text, size_t length, struct buffer *out);

/* In place, every byte of a secret an asterisk: for texts that are cut afterwards. */
void secrets_blot(char *text, size_t length);

/* The length of the longest that is registered; 0 where there is none. */
size_t secrets_longest(void);

/* In place: never longer than before, so a replacement is cut where the secret was shorter than it. */
void secrets_mask_string(char *text);

#endif

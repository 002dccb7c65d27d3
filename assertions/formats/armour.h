/*
 * Takes ASCII armour off: RFC 9580 section 6 (PGP), age-encryption.org/v1 (age, which has no header lines and no sum).
 *
 * One BEGIN line, base64, the sum where there is one, the END line that belongs to it, and nothing else but white
 * space around.
 */
#ifndef MUSTER_FORMATS_ARMOUR_H
#define MUSTER_FORMATS_ARMOUR_H

#include <stdbool.h>
#include <stddef.h>

#include "assertions/bytes/cursor.h"

struct armour_kind {
	const char *format; /* for messages: "gpg" */
	const char *label; /* "PGP MESSAGE" */
	bool has_headers; /* "Key: value" lines and an empty one after BEGIN; a sum may stand before END */
};

bool armour_recognises(const struct armour_kind *kind, const unsigned char *head, size_t length);

/* What a verifier's verify() is: `verify_binary` reads what is within the armour, or the bytes themselves where there is none. */
int armour_verify(const struct armour_kind *kind, struct cursor *cursor,
		  int (*verify_binary)(struct cursor *cursor, struct trouble *ret_trouble),
		  struct trouble *ret_trouble);

#endif

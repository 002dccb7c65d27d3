/*
 * Names that look the same and are others: "é" as one character (Unicode's NFC, what people type) and as "e" with an accent behind
 * it (NFD, what macOS makes of file names).
 *
 * Known are Latin letters up to U+017F with one accent, and Korean syllables, which Unicode takes apart by arithmetic. It is meant for messages:
 * what is not known here is only equal where its bytes are.
 */
#ifndef MUSTER_BASE_NORMAL_FORM_H
#define MUSTER_BASE_NORMAL_FORM_H

#include <stdbool.h>
#include <stddef.h>

bool normal_form_is_equal(const char *one, const char *other);

/* How many bytes of the text stand in front of everything that may be written otherwise; all of them where nothing may. */
size_t normal_form_plain_length(const char *text);

#endif

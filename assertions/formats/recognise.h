/*
 * Tells from their first bytes what bytes are, and says it in words.
 *
 * `head` is what a source begins with, RECOGNISE_HEAD_BYTES of it unless it is shorter.
 */
#ifndef MUSTER_FORMATS_RECOGNISE_H
#define MUSTER_FORMATS_RECOGNISE_H

#include <stdbool.h>
#include <stddef.h>

#include "assertions/formats/format.h"
#include "assertions/bytes/source.h"

#define RECOGNISE_HEAD_BYTES 1024
#define RECOGNISE_TEXT_MAX 160

/* Whether they can be of that format: for one that is declared. */
bool recognise_is(enum format format, const unsigned char *head, size_t length);

/* Whether they begin as that format does, but in a version that cannot be read here: *ret_trouble is OPAQUE and says which. */
bool recognise_other_version(enum format format, const unsigned char *head, size_t length, struct trouble *ret_trouble);

/* Which one they are, of those of a class, or FORMAT_UNKNOWN. */
enum format recognise_of(enum format_class class, const unsigned char *head, size_t length);

/* What nothing here can look into, though something could: "a 7z archive"; NULL where it is none of these. */
const char *recognise_foreign(const unsigned char *head, size_t length);

/* "gzip", "nothing (0 bytes)", "text that begins with \"CREATE TABLE a\"", "bytes that begin with 7f 45 4c 46". */
const char *recognise_describe(const unsigned char *head, size_t length, char text[RECOGNISE_TEXT_MAX]);

/* Fit to be shown to a person: control characters replaced, cut with "..." where it is long. */
const char *recognise_printable(const char *bytes, size_t length, char text[RECOGNISE_TEXT_MAX]);

#endif

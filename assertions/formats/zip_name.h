/*
 * Names in zips in UTF-8: those that say so are, and of the others code page 437 is what they are taken for.
 *
 * Tools on Unix write UTF-8 and do not say so; what can be UTF-8 is hardly ever anything else.
 */
#ifndef MUSTER_FORMATS_ZIP_NAME_H
#define MUSTER_FORMATS_ZIP_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "assertions/base/buffer.h"

/* Appends it. */
void zip_name_decode(const char *name, size_t length, bool is_utf8, struct buffer *out);

#endif

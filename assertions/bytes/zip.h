/*
 * Reads a zip with libarchive, as a stream, and holds it to what libarchive lets pass: the central directory must be
 * there and say what the members say.
 *
 * What a zip's symbolic links are is told in its central directory only: they are given out as files with the target in them.
 * Members that are encrypted, or compressed otherwise than by deflate or bzip2, are OPAQUE.
 */
#ifndef MUSTER_BYTES_ZIP_H
#define MUSTER_BYTES_ZIP_H

#include "container.h"

/* `source` is borrowed. */
struct container *zip_open(struct source *source);

#endif

/*
 * Reads zip and cpio with libarchive, as streams, and holds both to what libarchive lets pass: a zip's central
 * directory must be there and say what its members say, a cpio must end in its trailer with only zeros after it, and
 * where its headers carry sums of the data, these must be right.
 *
 * A zip's symbolic links are told apart in its central directory only: they are given out as files with the target in them.
 */
#ifndef MUSTER_BYTES_CONTAINER_LIBARCHIVE_H
#define MUSTER_BYTES_CONTAINER_LIBARCHIVE_H

#include "container.h"

/* FORMAT_ZIP or FORMAT_CPIO. `source` is borrowed. */
struct container *container_libarchive_open(enum format format, struct source *source);

#endif

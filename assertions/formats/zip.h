/*
 * Reads a zip as a stream, from one local header to the next, and holds what went by to the central directory:
 * everything that is told twice must be the same, the directory must be whole and stand where the end record says, and nothing but
 * the zeros that fill up a record of a tape may follow.
 *
 * Encrypted members, and those of a method that is none of stored, deflate, bzip2, zstd and xz, are OPAQUE, and so is the archive that
 * has them. What is a link or a folder only the directory tells: such a member is announced again then, as `corrected`.
 */
#ifndef MUSTER_FORMATS_ZIP_H
#define MUSTER_FORMATS_ZIP_H

#include "assertions/formats/container.h"

struct container *zip_open(struct source *source);

#endif

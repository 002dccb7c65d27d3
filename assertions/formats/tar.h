/*
 * Reads a tar: v7, ustar, pax, GNU, star; long names, sparse files, numbers in base 256.
 *
 * It is complete when every member is whole, two zero blocks follow, and nothing but whole zero blocks after them.
 * Members that the archive does not hold itself (volume labels, extended headers) are not given out. Hard links have
 * the bytes that they carry in a pax archive, and none in others.
 */
#ifndef MUSTER_FORMATS_TAR_H
#define MUSTER_FORMATS_TAR_H

#include "assertions/formats/container.h"

/* `source` is borrowed. */
struct container *tar_open(struct source *source);

/* The first block of a tar: a header whose checksum fits, or the first zero block of an empty one. */
bool tar_recognises(const unsigned char *head, size_t length);

#endif

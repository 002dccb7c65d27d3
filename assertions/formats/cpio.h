/*
 * Reads a cpio: the new ASCII format with and without sums (newc, crc), the old ASCII one (odc) and the binary one in
 * either byte order. pubs.opengroup.org/onlinepubs/007908799/xcu/pax.html has odc; the others are in cpio(5).
 *
 * It is complete when every member is whole, the trailer follows, and nothing but zeros after it.
 */
#ifndef MUSTER_FORMATS_CPIO_H
#define MUSTER_FORMATS_CPIO_H

#include "assertions/formats/container.h"

/* `source` is borrowed. */
struct container *cpio_open(struct source *source);

bool cpio_recognises(const unsigned char *head, size_t length);
bool cpio_is_other_version(const unsigned char *head, size_t length, struct trouble *ret_trouble);

#endif

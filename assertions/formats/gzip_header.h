/*
 * The header of a gzip member, taken as it comes: RFC 1952, section 2.3.
 *
 *     struct gzip_header header = {0};
 *     while ((taken = gzip_header_take(&header, data, length, &trouble)) ... header.done ...
 */
#ifndef MUSTER_FORMATS_GZIP_HEADER_H
#define MUSTER_FORMATS_GZIP_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assertions/bytes/source.h"

#define GZIP_OTHER_METHOD "is compressed by a method that is newer than RFC 1952: muster reads method 8, deflate,"
#define GZIP_OTHER_FLAGS "has flags in its header that are newer than RFC 1952, up to which muster reads,"

bool gzip_recognises(const unsigned char *head, size_t length);
bool gzip_is_other_version(const unsigned char *head, size_t length, struct trouble *ret_trouble);

struct gzip_header { /* all zero is the begin */
	bool done;
	int part; /* of enum gzip_part */
	unsigned flags;
	uint32_t count; /* bytes of this part so far */
	uint32_t extra_length;
	uint32_t crc; /* of the header so far */
	uint32_t crc_read;
};

/* Takes bytes up to the end of the header; gives how many. *ret_trouble is DAMAGED where it is none, OPAQUE where it is newer. */
size_t gzip_header_take(struct gzip_header *header, const unsigned char *data, size_t length,
			struct trouble *ret_trouble);

#endif

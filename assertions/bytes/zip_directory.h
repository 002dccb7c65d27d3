/*
 * A zip's central directory, compared with the members that were walked.
 *
 * pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, sections 4.3.12 to 4.3.16. The directory is what tools that
 * restore go by, the local headers are what a stream can be read by: both must say the same.
 */
#ifndef MUSTER_BYTES_ZIP_DIRECTORY_H
#define MUSTER_BYTES_ZIP_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cursor.h"

struct zip_member {
	uint64_t offset; /* of its local header */
	uint64_t size; /* unpacked */
	uint32_t crc;
	unsigned method;
	unsigned version; /* of the format, that is needed to extract it; 63 is 6.3 */
	bool encrypted;
	const char *name;
	size_t name_length;
};

/* Members, in no order: two tallies are equal where the members are. */
struct zip_tally {
	uint64_t count, sum;
	unsigned version; /* the highest */
};

/* How their methods are: those that can be read here; of the others, size and checksum are not compared. */
bool zip_method_is_known(unsigned method);

void zip_tally_add(struct zip_tally *tally, const struct zip_member *member);

/* From the directory's first byte, at `begin` in the archive, to the end of the stream. */
int zip_directory_check(struct cursor *cursor, uint64_t begin, const struct zip_tally *walked,
			struct trouble *ret_trouble);

#endif

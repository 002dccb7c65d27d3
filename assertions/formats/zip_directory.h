/*
 * A zip's central directory, compared with the members that were walked.
 *
 * pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, sections 4.3.12 to 4.3.16. The directory is what tools that
 * restore go by, the local headers are what a stream can be read by: both must say the same.
 *
 *     zip_directory_begin(&directory, &cursor, header);
 *     while ((more = zip_directory_next(&directory, &walked, &trouble)) > 0)
 *             ... the header is that entry's ...
 */
#ifndef MUSTER_FORMATS_ZIP_DIRECTORY_H
#define MUSTER_FORMATS_ZIP_DIRECTORY_H

#include <stdbool.h>
#include <stdint.h>

#include "assertions/formats/zip_private.h"

/* Of what not every tool writes in both places: compared where it stands as often in the one as in the other. */
struct zip_pairs {
	uint64_t count, sum;
};

/* Members, in no order: two tallies are equal where the members are. */
struct zip_tally {
	uint64_t count, sum;
	unsigned version; /* the highest */
	struct zip_pairs times, ntfs, owner;
};

/* With length and checksum as they are, whatever the header says. */
void zip_tally_add(struct zip_tally *tally, const struct zip_header *header);

struct zip_directory {
	struct cursor *cursor;
	struct zip_header *header;
	uint64_t begin, end; /* the entries' */
	struct zip_tally listed;
	bool has_signature, has_end64, has_locator;
	uint64_t end64_at, end64_here, end64_count, end64_bytes, end64_begin;
	struct trouble *trouble;
};

/* At the directory's first byte. Both are borrowed. */
void zip_directory_begin(struct zip_directory *directory, struct cursor *cursor, struct zip_header *header);

/* 1 for an entry; 0 where it was the end of the stream, and everything fits; -1. */
int zip_directory_next(struct zip_directory *directory, const struct zip_tally *walked, struct trouble *ret_trouble);

#endif

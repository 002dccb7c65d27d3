/*
 * pax extended headers: "27 mtime=1234567890.5\n" records that override fields of the header that follows.
 * pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html, "pax Extended Header"; GNU.sparse.* as in tar_sparse.h.
 */
#ifndef MUSTER_FORMATS_TAR_PAX_H
#define MUSTER_FORMATS_TAR_PAX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assertions/base/buffer.h"
#include "assertions/formats/tar_sparse.h"

#define TAR_META_MAX (1024 * 1024) /* of an extended header, and of a long name */

struct tar_pax {
	bool has_path, has_sparse_path, has_size, has_modified, has_real_size;
	struct buffer path; /* the sparse path, where there is one */
	uint64_t size;
	int64_t modified_ms;
	bool sparse; /* one of GNU's */
	bool map_in_data; /* its map stands in front of the data (1.0) */
	bool foreign_sparse; /* of another writer's kind, which is not understood */
	bool newer_sparse; /* GNU's, with keywords that are not known */
	uint64_t sparse_major, sparse_minor;
	uint64_t blocks_left; /* of the numblocks that 0.0 and 0.1 tell of */
	uint64_t real_size;
	bool has_extent_offset;
	uint64_t extent_offset; /* 0.0 writes offsets and lengths in turn */
	struct tar_map map;
};

void tar_pax_init(struct tar_pax *pax);
void tar_pax_release(struct tar_pax *pax);
void tar_pax_clear(struct tar_pax *pax); /* nothing is overridden; memory kept */

int tar_pax_parse(struct tar_pax *pax, const char *data, size_t length, struct trouble *ret_trouble);

#endif

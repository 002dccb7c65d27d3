/*
 * The map of a sparse member: which stretches of the file are stored, one after the other; the rest is zeros.
 * gnu.org/software/tar/manual/html_node/Sparse-Formats.html has the four ways in which it is written.
 */
#ifndef MUSTER_FORMATS_TAR_SPARSE_H
#define MUSTER_FORMATS_TAR_SPARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assertions/bytes/cursor.h"

#define TAR_EXTENTS_MAX (256 * 1024)

struct tar_extent {
	uint64_t offset, length; /* in the file */
};

struct tar_map {
	struct tar_extent *extents; /* kept from member to member */
	size_t count, capacity;
};

void tar_map_release(struct tar_map *map);

/* In the order of the file, not overlapping. */
int tar_map_add(struct tar_map *map, uint64_t offset, uint64_t length, struct trouble *ret_trouble);

/* "0,512,4096,512": GNU.sparse.map, of format 0.1. */
int tar_map_parse(struct tar_map *map, const char *text, size_t length, struct trouble *ret_trouble);

/* Decimal numbers in front of the data, a line each, padded to whole blocks: format 1.0. Gives their bytes. */
int tar_map_read_lines(struct tar_map *map, struct cursor *cursor, uint64_t stored, uint64_t *ret_bytes,
		       struct trouble *ret_trouble);

/* Old GNU: four extents in the header's block, and blocks of 21 that follow. Gives the bytes of these and the file's size. */
int tar_map_read_old(struct tar_map *map, const unsigned char *header_block, struct cursor *cursor, uint64_t *ret_bytes,
		     uint64_t *ret_real_size, struct trouble *ret_trouble);

/* Whether the map fits the file's size and the bytes that are stored of it. */
int tar_map_check(const struct tar_map *map, uint64_t real_size, uint64_t stored, struct trouble *ret_trouble);

#endif

/*
 * What a tar is made of, for the tar_*.c files: blocks of 512 bytes that are headers, pax extended headers, maps of sparse members.
 *
 * Headers: pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html, "ustar Interchange Format" and "pax Extended Header";
 * gnu.org/software/tar/manual/html_node/Standard.html for GNU's own fields, .../Sparse-Formats.html for the four ways in which
 * the map of a sparse member is written.
 */
#ifndef MUSTER_FORMATS_TAR_PRIVATE_H
#define MUSTER_FORMATS_TAR_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assertions/base/buffer.h"
#include "assertions/base/error.h"
#include "assertions/bytes/cursor.h"
#include "assertions/formats/format.h"

#define TAR_BLOCK 512
#define TAR_END_MARKER_BYTES (2 * TAR_BLOCK)
#define TAR_LINK_AT 157
#define TAR_LINK_MAX 100
#define TAR_VERSION_AT 263
#define TAR_VERSION_LENGTH 2
#define TAR_HEADER_PATH_MAX 257 /* prefix, "/", name and a NUL */

enum tar_dialect { TAR_V7, TAR_USTAR, TAR_GNU, TAR_STAR };

struct tar_header {
	const unsigned char *block;
	enum tar_dialect dialect;
	char type; /* typeflag; '0' for a NUL */
	uint64_t size;
	int64_t modified_ms; /* INT64_MIN where it cannot be read */
};

/* As in struct format_signs. */
bool tar_recognises(const unsigned char *head, size_t length);
int tar_end_in_sample(const struct sample *sample, struct trouble *ret_trouble);

bool tar_header_is_valid(const unsigned char block[TAR_BLOCK]); /* its checksum fits, summed either way */
bool tar_header_version_is_known(const struct tar_header *header);
bool tar_header_type_is_known(const struct tar_header *header);
int tar_header_read(const unsigned char block[TAR_BLOCK], struct tar_header *ret_header, struct error *err);

/* Prefix and name as they stand; gives the length. */
size_t tar_header_path(const struct tar_header *header, char ret_path[TAR_HEADER_PATH_MAX]);

/* Octal in ASCII, or base 256 (the first bit set). -1 where it is neither, or does not fit. */
int tar_number(const unsigned char *field, size_t length, int64_t *ret_number);

/* Old tars have no type for folders: their names end in a slash. */
enum member_type tar_header_type(const struct tar_header *header, bool named_as_folder);

/* The map of a sparse member: which stretches of the file are stored, one after the other; the rest is zeros. */

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

/* pax extended headers: "27 mtime=1234567890.5\n" records that override fields of the header that follows. */

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

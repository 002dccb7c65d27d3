/*
 * One 512-byte header block of a tar: pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html,
 * "ustar Interchange Format"; gnu.org/software/tar/manual/html_node/Standard.html for GNU's own fields.
 */
#ifndef MUSTER_FORMATS_TAR_PRIVATE_H
#define MUSTER_FORMATS_TAR_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assertions/base/error.h"
#include "assertions/formats/format.h"

#define TAR_BLOCK 512
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

#endif

/*
 * The checksums that S3 stores verify while something is uploaded, and keep: x-amz-checksum-*, sent only where asked for.
 *
 * docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html: of an object in parts they are made of the
 * parts' checksums, which every store that knows them takes, but for CRC-64/NVME, which is always of the whole.
 */
#ifndef MUSTER_STORES_S3_S3_CHECKSUM_H
#define MUSTER_STORES_S3_S3_CHECKSUM_H

#include <stdbool.h>
#include <stddef.h>

#include "assertions/bytes/checksum.h"
#include "assertions/stores/store.h"

#define S3_CHECKSUM_TEXT_MAX 48

struct s3_checksum {
	enum store_algorithm algorithm;
	enum checksum_algorithm computed;
	const char *word; /* the manifest's: "crc64nvme" */
	const char *name; /* in headers: "CRC64NVME" */
	const char *header; /* "x-amz-checksum-crc64nvme" */
	const char *element; /* of XML: "ChecksumCRC64NVME" */
	bool of_whole; /* also of an object in parts */
};

const struct s3_checksum *s3_checksum_find(enum store_algorithm algorithm); /* NULL: STORE_NO_CHECKSUM */

/* As it is written into headers: base64, the high byte first. */
void s3_checksum_of(const struct s3_checksum *checksum, const void *data, size_t length,
		    char ret_text[S3_CHECKSUM_TEXT_MAX]);

/* The same piece by piece, of the whole; s3_checksum_end() frees it. */
struct checksum *s3_checksum_begin(const struct s3_checksum *checksum);
void s3_checksum_end(struct checksum *running, char ret_text[S3_CHECKSUM_TEXT_MAX]);

/* Base64 of so many bytes in hex. */
void s3_checksum_base64(const char *hex, char *ret_text, size_t size);

#endif

/*
 * The checksums that S3 stores make of an object, of the whole or of its parts, those that are asked for.
 *
 * Of parts it is the checksum of the parts' checksums, one after the other, in binary (an ETag is that with MD5):
 * docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html. CRC-64/NVME is that of the NVM Express
 * specification (reflected 0x9a6c9329ac4bc9b5), CRC-32C that of RFC 3720.
 */
#ifndef MUSTER_BYTES_CHECKSUM_H
#define MUSTER_BYTES_CHECKSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHECKSUM_WISHES_MAX 8
#define CHECKSUM_RUNS_MAX 16

enum checksum_algorithm {
	CHECKSUM_MD5,
	CHECKSUM_SHA1,
	CHECKSUM_SHA256,
	CHECKSUM_CRC32,
	CHECKSUM_CRC32C,
	CHECKSUM_CRC64NVME,
};

struct checksum_run { /* parts of one size */
	int64_t size;
	uint64_t count;
};

struct checksum_wish {
	enum checksum_algorithm algorithm;
	struct checksum_run runs[CHECKSUM_RUNS_MAX]; /* all parts, in their order */
	size_t run_count; /* 0: of the whole */
};

struct checksum_request { /* all zero: none */
	struct checksum_wish wishes[CHECKSUM_WISHES_MAX];
	size_t count;
};

struct checksum_result {
	struct checksum_request request; /* as it was asked for */
	char hex[CHECKSUM_WISHES_MAX][65]; /* lower case; "" where the bytes were not as many as the parts */
};

/* Once, whoever asks; false where there are too many. */
bool checksum_wish_for(struct checksum_request *request, const struct checksum_wish *wish);
/* NULL where it was not asked for, or cannot be. */
const char *checksum_find(const struct checksum_result *result, const struct checksum_wish *wish);

/* The CRC-64 of Redis's dumps, of no length at all from 0 on; it goes on from what came before. */
uint64_t checksum_crc64_jones(uint64_t crc, const void *data, size_t length);

struct checksum;

struct checksum *checksum_new(const struct checksum_request *request);
void checksum_update(struct checksum *checksum, const void *data, size_t length);
void checksum_finish(struct checksum *checksum, struct checksum_result *ret_result);
void checksum_free(struct checksum *checksum); /* NULL is harmless */

/* What the library says of a digest. It fails for want of memory, or where it may not use the algorithm: the run ends as it does without memory. */
void checksum_require(bool ok);

/* Lower case, and a NUL: 2 * count + 1 characters. */
void checksum_hex(const unsigned char *bytes, size_t count, char *ret_hex);

#endif

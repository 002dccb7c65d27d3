/*
 * Digests of a stream, those that are asked for and no others.
 *
 * SHA-256 and MD5 over the whole, and S3's multipart ETag: hex(MD5(MD5(part 1) || ... )) "-" parts,
 * for up to DIGEST_PART_SIZES_MAX part sizes at once (docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html).
 */
#ifndef MUSTER_BYTES_DIGEST_H
#define MUSTER_BYTES_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#include "assertions/base/error.h"
#include "assertions/bytes/checksum.h"

#define DIGEST_PART_SIZES_MAX 8
#define DIGEST_ETAG_MAX 48

struct digest_request {
	int sha256, md5; /* 1: wanted */
	int64_t part_sizes[DIGEST_PART_SIZES_MAX]; /* bytes */
	size_t part_size_count;
	struct checksum_request checksums;
};

struct digest_result {
	char sha256[65]; /* lower case hex; "" where not wanted */
	char md5[33];
	int64_t part_sizes[DIGEST_PART_SIZES_MAX];
	char etags[DIGEST_PART_SIZES_MAX][DIGEST_ETAG_MAX]; /* "564d...-2" */
	size_t part_size_count;
	struct checksum_result checksums;
	uint64_t bytes;
};

struct digest;

struct digest *digest_new(const struct digest_request *request);
void digest_update(struct digest *digest, const void *data, size_t length);
void digest_finish(struct digest *digest, struct digest_result *ret_result);
void digest_free(struct digest *digest);

/* One-shot, lower case hex. */
void digest_sha256_hex(const void *data, size_t length, char ret_hex[65]);

#endif

/*
 * Digests of a stream, those that are asked for and no others.
 *
 * SHA-256 and MD5 over the whole, and S3's multipart ETag: hex(MD5(MD5(part 1) || ... )) "-" parts,
 * for up to DIGEST_PART_SIZES_MAX part sizes at once (docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html).
 */
#ifndef MUSTER_BYTES_DIGEST_H
#define MUSTER_BYTES_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/* OpenSSL gets its memory from base/memory.h; to be called before anything can use it. */
void digest_begin(void);

struct digest *digest_new(const struct digest_request *request);
void digest_update(struct digest *digest, const void *data, size_t length);
void digest_finish(struct digest *digest, struct digest_result *ret_result);
void digest_free(struct digest *digest);

/* One-shot, lower case hex. */
void digest_sha256_hex(const void *data, size_t length, char ret_hex[65]);

/*
 * SHA-256 and MD5s of the same bytes, computed beside one another: together they take about as long as one MD5. For
 * digest.c, which uses them where they pay.
 *
 *     struct many_digests together;
 *     many_digests_init(&together, true, 2);
 *     many_digests_update(&together, data, length);
 *     many_digests_md5(&together, 1, digest);         a part is full: its digest
 *     many_digests_restart(&together, 1);             and the next part begins
 *
 * A lane is an MD5 of the bytes since its last restart. Only where many_digests_is_available(): with x86's SHA instructions.
 */
#define MANY_DIGESTS_BLOCK_BYTES ((size_t)64)
#define MANY_DIGESTS_LANES_MAX 9

struct many_digests_md5 {
	uint32_t words[4];
	uint64_t begin; /* of its bytes, in the stream */
};

struct many_digests {
	bool wants_sha256;
	size_t lanes;
	uint32_t sha256[8];
	struct many_digests_md5 md5[MANY_DIGESTS_LANES_MAX];
	uint64_t bytes;
	unsigned char rest[MANY_DIGESTS_BLOCK_BYTES]; /* bytes % 64 of them: no whole block yet */
};

bool many_digests_is_available(void);

/* At least one lane, at most MANY_DIGESTS_LANES_MAX. */
void many_digests_init(struct many_digests *together, bool wants_sha256, size_t lanes);
void many_digests_update(struct many_digests *together, const void *data, size_t length);

/* The digests of what came so far; it may go on. */
void many_digests_sha256(const struct many_digests *together, unsigned char ret_digest[32]);
void many_digests_md5(const struct many_digests *together, size_t lane, unsigned char ret_digest[16]);

/* Only where the bytes so far are whole blocks. */
void many_digests_restart(struct many_digests *together, size_t lane);

#endif

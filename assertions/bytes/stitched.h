/*
 * SHA-256 and MD5s of the same bytes, computed beside one another: together they take about as long as one MD5.
 *
 *     struct stitched stitched;
 *     stitched_init(&stitched, true, 2);
 *     stitched_update(&stitched, data, length);
 *     stitched_md5(&stitched, 1, digest);         a part is full: its digest
 *     stitched_restart(&stitched, 1);             and the next part begins
 *
 * A lane is an MD5 of the bytes since its last restart. Only where stitched_is_available(): with x86's SHA instructions.
 */
#ifndef MUSTER_BYTES_STITCHED_H
#define MUSTER_BYTES_STITCHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define STITCHED_BLOCK_BYTES ((size_t)64)
#define STITCHED_LANES_MAX 9

struct stitched_md5 {
	uint32_t words[4];
	uint64_t begin; /* of its bytes, in the stream */
};

struct stitched {
	bool wants_sha256;
	size_t lanes;
	uint32_t sha256[8];
	struct stitched_md5 md5[STITCHED_LANES_MAX];
	uint64_t bytes;
	unsigned char rest[STITCHED_BLOCK_BYTES]; /* bytes % 64 of them: no whole block yet */
};

bool stitched_is_available(void);

/* At least one lane, at most STITCHED_LANES_MAX. */
void stitched_init(struct stitched *stitched, bool wants_sha256, size_t lanes);
void stitched_update(struct stitched *stitched, const void *data, size_t length);

/* The digests of what came so far; it may go on. */
void stitched_sha256(const struct stitched *stitched, unsigned char ret_digest[32]);
void stitched_md5(const struct stitched *stitched, size_t lane, unsigned char ret_digest[16]);

/* Only where the bytes so far are whole blocks. */
void stitched_restart(struct stitched *stitched, size_t lane);

#endif

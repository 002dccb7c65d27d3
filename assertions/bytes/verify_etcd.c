/*
 * A snapshot as `etcdctl snapshot save` writes it: the database file of bbolt, whole pages of it, then the SHA-256 of
 * all that (etcd's client/v3/snapshot, server/storage/mvcc). The meta page's magic number is bbolt's.
 */
#include <string.h>

#include "digest.h"
#include "verifier.h"

#define SUM_BYTES 32
#define PAGE_UNIT 512
#define META_MAGIC_AT 16

static bool etcd_recognises(const unsigned char *head, size_t length)
{
	return length >= META_MAGIC_AT + 4 && memcmp(head + META_MAGIC_AT, "\xed\xda\x0c\xed", 4) == 0;
}

/* What comes in goes on to the digest, but for the last SUM_BYTES, which stay in `held`. */
static void hold_back(struct digest *digest, unsigned char held[2 * SUM_BYTES], size_t *held_length,
		      const unsigned char *data, size_t length)
{
	if (length >= SUM_BYTES) {
		digest_update(digest, held, *held_length);
		digest_update(digest, data, length - SUM_BYTES);
		memcpy(held, data + length - SUM_BYTES, SUM_BYTES);
		*held_length = SUM_BYTES;
		return;
	}
	memcpy(held + *held_length, data, length);
	*held_length += length;
	if (*held_length > SUM_BYTES) {
		size_t over = *held_length - SUM_BYTES;

		digest_update(digest, held, over);
		memmove(held, held + over, SUM_BYTES);
		*held_length = SUM_BYTES;
	}
}

static void compare_sum(struct cursor *cursor, char ret_told[2 * SUM_BYTES + 1], struct digest_result *ret_is)
{
	const struct digest_request request = {.sha256 = 1};
	struct digest *digest = digest_new(&request);
	unsigned char held[2 * SUM_BYTES];
	size_t held_length = 0, length;
	const unsigned char *data;
	static const char digits[] = "0123456789abcdef";

	while ((length = cursor_piece(cursor, UINT64_MAX, &data)) > 0)
		hold_back(digest, held, &held_length, data, length);
	digest_finish(digest, ret_is);
	digest_free(digest);
	memset(ret_told, 0, 2 * SUM_BYTES + 1);
	for (size_t i = 0; i < held_length; i++) {
		ret_told[2 * i] = digits[held[i] >> 4];
		ret_told[2 * i + 1] = digits[held[i] & 15];
	}
}

int verify_etcd_size(uint64_t size_bytes, struct trouble *ret_trouble)
{
	if (size_bytes % PAGE_UNIT == 0 && size_bytes > 0)
		return trouble_set(ret_trouble, DAMAGED,
				   "etcd: has no checksum at its end: it was cut, or copied from a data directory");
	if (size_bytes % PAGE_UNIT != SUM_BYTES || size_bytes == SUM_BYTES)
		return trouble_set(ret_trouble, DAMAGED,
				   "etcd: is cut: %llu bytes are not whole pages and a checksum of %d bytes",
				   (unsigned long long)size_bytes, SUM_BYTES);
	return 0;
}

static int etcd_verify(struct cursor *cursor, struct budget *budget, struct trouble *ret_trouble)
{
	char told[2 * SUM_BYTES + 1];
	struct digest_result is;

	(void)budget;
	compare_sum(cursor, told, &is);
	if (verify_etcd_size(cursor->offset, ret_trouble) < 0)
		return -1;
	if (strcmp(told, is.sha256) != 0)
		return trouble_set(ret_trouble, DAMAGED, "etcd: the checksum at its end is wrong");
	return 0;
}

const struct verifier verify_etcd = {
	.format = FORMAT_ETCD,
	.recognises = etcd_recognises,
	.verify = etcd_verify,
};

/*
 * A snapshot as `etcdctl snapshot save` writes it: the database file of bbolt, whole pages of it, then the SHA-256 of
 * all that (etcd's client/v3/snapshot, server/storage/mvcc). The meta page's magic number and version are bbolt's.
 */
#include <string.h>

#include "assertions/bytes/digest.h"
#include "assertions/formats/sample.h"
#include "assertions/formats/verifier.h"

#define SUM_BYTES 32
#define PAGE_UNIT 512
#define META_MAGIC_AT 16
#define VERSION_AT 20
#define VERSION_BYTES 4
#define VERSION 2

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

	while ((length = cursor_piece(cursor, UINT64_MAX, &data)) > 0)
		hold_back(digest, held, &held_length, data, length);
	digest_finish(digest, ret_is);
	digest_free(digest);
	checksum_hex(held, held_length, ret_told);
}

static int check_size(uint64_t size_bytes, struct trouble *ret_trouble)
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

static int check_version(const unsigned char *head, size_t length, struct trouble *ret_trouble)
{
	uint32_t version = 0;

	for (size_t i = VERSION_BYTES; i > 0 && length >= VERSION_AT + VERSION_BYTES; i--)
		version = version << 8 | head[VERSION_AT + i - 1];
	if (version == VERSION)
		return 0;
	return trouble_set(ret_trouble, OPAQUE,
			   "etcd: its database is of version %lu, which is not known: muster reads version %d",
			   (unsigned long)version, VERSION);
}

static int etcd_end_in_sample(const struct sample *sample, struct trouble *ret_trouble)
{
	if (check_size((uint64_t)sample->size_bytes, ret_trouble) < 0)
		return -1;
	return check_version(sample->head, sample->head_length, ret_trouble);
}

static int etcd_verify(struct cursor *cursor, struct budget *budget, struct trouble *ret_trouble)
{
	char told[2 * SUM_BYTES + 1];
	struct digest_result is;
	unsigned char head[VERSION_AT + VERSION_BYTES];
	const unsigned char *begin;
	size_t length = cursor_view(cursor, sizeof(head), &begin);

	(void)budget;
	memcpy(head, begin, length);
	compare_sum(cursor, told, &is);
	if (check_size(cursor->offset, ret_trouble) < 0)
		return -1;
	if (strcmp(told, is.sha256) != 0)
		return trouble_set(ret_trouble, DAMAGED, "etcd: the checksum at its end is wrong");
	/* The checksum is right: a version that is not known is the writer's, and no damage. */
	return check_version(head, length, ret_trouble);
}

const struct verifier verify_etcd = {
	.signs = {.recognises = etcd_recognises, .end_in_sample = etcd_end_in_sample},
	.verify = etcd_verify,
};

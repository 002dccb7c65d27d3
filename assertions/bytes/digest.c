#include "assertions/bytes/digest.h"

#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#include "assertions/base/memory.h"

/* Every digest goes over a slice while it is in the first-level cache. */
#define SLICE_BYTES (16 * 1024)
#define MD5_BYTES 16
#define SHA256_BYTES 32

struct etag {
	int64_t part_size, left; /* bytes until the current part is full */
	uint64_t parts; /* full ones */
	EVP_MD_CTX *part, *whole; /* part: NULL where a lane computes it */
	size_t lane;
};

struct digest {
	EVP_MD_CTX *sha256, *md5; /* NULL: not asked for */
	struct etag etags[DIGEST_PART_SIZES_MAX];
	size_t etag_count;
	uint64_t bytes;
	struct many_digests together; /* those that pay to be computed beside one another */
	size_t lanes; /* 0: none are, and `together` is not used */
	bool joins_sha256, joins_md5; /* lane 0 */
	struct checksum *checksum; /* NULL: none are asked for */
};

static void start(EVP_MD_CTX *context, const EVP_MD *algorithm)
{
	checksum_require(EVP_DigestInit_ex(context, algorithm, NULL) == 1);
}

static EVP_MD_CTX *open_context(const EVP_MD *algorithm)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	checksum_require(context != NULL);
	start(context, algorithm);
	return context;
}

static void finish_hex(EVP_MD_CTX *context, char *ret_hex)
{
	unsigned char bytes[EVP_MAX_MD_SIZE];
	unsigned count = 0;

	checksum_require(EVP_DigestFinal_ex(context, bytes, &count) == 1);
	checksum_hex(bytes, count, ret_hex);
}

static void etag_end_part(struct etag *etag, struct many_digests *together)
{
	unsigned char bytes[EVP_MAX_MD_SIZE];
	unsigned count = 0;

	if (etag->part == NULL) {
		many_digests_md5(together, etag->lane, bytes);
		many_digests_restart(together, etag->lane);
		count = MD5_BYTES;
	} else {
		checksum_require(EVP_DigestFinal_ex(etag->part, bytes, &count) == 1);
		start(etag->part, EVP_md5());
	}
	checksum_require(EVP_DigestUpdate(etag->whole, bytes, count) == 1);
	etag->left = etag->part_size;
	etag->parts++;
}

static void etag_update(struct etag *etag, const unsigned char *data, size_t length)
{
	while (length > 0) {
		size_t piece = (uint64_t)etag->left < length ? (size_t)etag->left : length;

		/* A part is ended by the first byte after it, so that a last full part is no part and an empty one. */
		if (etag->left == 0) {
			etag_end_part(etag, NULL);
			continue;
		}
		checksum_require(EVP_DigestUpdate(etag->part, data, piece) == 1);
		etag->left -= (int64_t)piece;
		data += piece;
		length -= piece;
	}
}

/* A part's lane begins where the part does, which must be between two blocks of the others. */
static bool fits_a_lane(int64_t part_size)
{
	return part_size > 0 && part_size % (int64_t)MANY_DIGESTS_BLOCK_BYTES == 0;
}

/* One digest alone is taken as fast by itself. */
static void begin_together(struct digest *digest, const struct digest_request *request)
{
	size_t lanes = request->md5 ? 1 : 0;

	for (size_t i = 0; i < request->part_size_count && i < DIGEST_PART_SIZES_MAX; i++)
		lanes += fits_a_lane(request->part_sizes[i]);
	if (lanes == 0 || lanes + (request->sha256 ? 1 : 0) < 2 || !many_digests_is_available())
		return;
	digest->lanes = lanes;
	digest->joins_sha256 = request->sha256;
	digest->joins_md5 = request->md5;
	many_digests_init(&digest->together, digest->joins_sha256, lanes);
}

static void *take(size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return memory_take(size);
}

static void *retake(void *old, size_t size, const char *file, int line)
{
	(void)file;
	(void)line;
	return memory_retake(old, size);
}

static void give(void *memory, const char *file, int line)
{
	(void)file;
	(void)line;
	free(memory);
}

void digest_begin(void)
{
	/* Refused where a library has used it before main(): what is missing then is seen by check(). */
	CRYPTO_set_mem_functions(take, retake, give);
}

struct digest *digest_new(const struct digest_request *request)
{
	struct digest *digest = memory_alloc(sizeof(*digest));
	size_t lane;

	begin_together(digest, request);
	lane = digest->joins_md5 ? 1 : 0;
	if (request->sha256 && !digest->joins_sha256)
		digest->sha256 = open_context(EVP_sha256());
	if (request->md5 && !digest->joins_md5)
		digest->md5 = open_context(EVP_md5());
	for (size_t i = 0; i < request->part_size_count && i < DIGEST_PART_SIZES_MAX; i++) {
		struct etag *etag = &digest->etags[digest->etag_count++];

		etag->part_size = etag->left = request->part_sizes[i] > 0 ? request->part_sizes[i] : INT64_MAX;
		if (digest->lanes > 0 && fits_a_lane(etag->part_size))
			etag->lane = lane++;
		else
			etag->part = open_context(EVP_md5());
		etag->whole = open_context(EVP_md5());
	}
	if (request->checksums.count > 0)
		digest->checksum = checksum_new(&request->checksums);
	return digest;
}

/* What is left of the part that is full first, at most `length`; a part is ended by the first byte after it. */
static size_t take_together(struct digest *digest, const unsigned char *data, size_t length)
{
	for (size_t i = 0; i < digest->etag_count; i++) {
		struct etag *etag = &digest->etags[i];

		if (etag->part == NULL && etag->left == 0)
			etag_end_part(etag, &digest->together);
		if (etag->part == NULL && (uint64_t)etag->left < length)
			length = (size_t)etag->left;
	}
	many_digests_update(&digest->together, data, length);
	for (size_t i = 0; i < digest->etag_count; i++)
		if (digest->etags[i].part == NULL)
			digest->etags[i].left -= (int64_t)length;
	return length;
}

void digest_update(struct digest *digest, const void *data, size_t length)
{
	const unsigned char *at = data;

	digest->bytes += length;
	while (length > 0) {
		size_t slice = length < SLICE_BYTES ? length : SLICE_BYTES;

		if (digest->sha256 != NULL)
			checksum_require(EVP_DigestUpdate(digest->sha256, at, slice) == 1);
		if (digest->md5 != NULL)
			checksum_require(EVP_DigestUpdate(digest->md5, at, slice) == 1);
		for (size_t i = 0; i < digest->etag_count; i++)
			if (digest->etags[i].part != NULL)
				etag_update(&digest->etags[i], at, slice);
		for (size_t done = 0; digest->lanes > 0 && done < slice;)
			done += take_together(digest, at + done, slice - done);
		if (digest->checksum != NULL)
			checksum_update(digest->checksum, at, slice);
		at += slice;
		length -= slice;
	}
}

static void finish_together(const struct digest *digest, struct digest_result *ret_result)
{
	unsigned char bytes[SHA256_BYTES];

	if (digest->joins_sha256) {
		many_digests_sha256(&digest->together, bytes);
		checksum_hex(bytes, SHA256_BYTES, ret_result->sha256);
	}
	if (digest->joins_md5) {
		many_digests_md5(&digest->together, 0, bytes);
		checksum_hex(bytes, MD5_BYTES, ret_result->md5);
	}
}

void digest_finish(struct digest *digest, struct digest_result *ret_result)
{
	*ret_result = (struct digest_result){.bytes = digest->bytes, .part_size_count = digest->etag_count};
	if (digest->sha256 != NULL)
		finish_hex(digest->sha256, ret_result->sha256);
	if (digest->md5 != NULL)
		finish_hex(digest->md5, ret_result->md5);
	finish_together(digest, ret_result);
	if (digest->checksum != NULL)
		checksum_finish(digest->checksum, &ret_result->checksums);
	for (size_t i = 0; i < digest->etag_count; i++) {
		struct etag *etag = &digest->etags[i];
		char hex[2 * EVP_MAX_MD_SIZE + 1];

		etag_end_part(etag, &digest->together);
		finish_hex(etag->whole, hex);
		ret_result->part_sizes[i] = etag->part_size;
		snprintf(ret_result->etags[i], sizeof(ret_result->etags[i]), "%.32s-%llu", hex,
			 (unsigned long long)etag->parts % 1000000000000ULL);
	}
}

void digest_free(struct digest *digest)
{
	if (digest == NULL)
		return;
	EVP_MD_CTX_free(digest->sha256);
	EVP_MD_CTX_free(digest->md5);
	for (size_t i = 0; i < digest->etag_count; i++) {
		EVP_MD_CTX_free(digest->etags[i].part);
		EVP_MD_CTX_free(digest->etags[i].whole);
	}
	checksum_free(digest->checksum);
	free(digest);
}

void digest_sha256_hex(const void *data, size_t length, char ret_hex[65])
{
	unsigned char bytes[EVP_MAX_MD_SIZE];
	unsigned count = 0;

	checksum_require(EVP_Digest(data, length, bytes, &count, EVP_sha256(), NULL) == 1);
	checksum_hex(bytes, count, ret_hex);
}

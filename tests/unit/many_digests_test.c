
#include <openssl/evp.h>
#include <string.h>

#include "assertions/bytes/digest.h"
#include "unit.h"

#define DATA_BYTES 5000

static unsigned char data[DATA_BYTES];

static void fill(void)
{
	uint32_t state = 12345;

	for (size_t i = 0; i < DATA_BYTES; i++) {
		state = state * 1664525 + 1013904223;
		data[i] = (unsigned char)(state >> 24);
	}
}

static bool sha256_is(const struct many_digests *together, const void *begin, size_t length)
{
	unsigned char ours[32], theirs[32];

	many_digests_sha256(together, ours);
	EVP_Digest(begin, length, theirs, NULL, EVP_sha256(), NULL);
	return memcmp(ours, theirs, sizeof(ours)) == 0;
}

static bool md5_is(const struct many_digests *together, size_t lane, const void *begin, size_t length)
{
	unsigned char ours[16], theirs[16];

	many_digests_md5(together, lane, ours);
	EVP_Digest(begin, length, theirs, NULL, EVP_md5(), NULL);
	return memcmp(ours, theirs, sizeof(ours)) == 0;
}

/* Where the processor has no such instructions there is nothing to try: digests are OpenSSL's. */
static bool has_it(void)
{
	fill();
	return many_digests_is_available();
}

TEST(every_length_around_the_blocks)
{
	int wrong = 0;

	for (size_t length = 0; has_it() && length <= 300; length++) {
		struct many_digests together;

		many_digests_init(&together, true, 1);
		many_digests_update(&together, data, length);
		wrong += !sha256_is(&together, data, length) + !md5_is(&together, 0, data, length);
	}
	EXPECT_NUMBER(wrong, 0);
}

TEST(every_set_of_chains)
{
	int wrong = 0;

	for (size_t lanes = 1; has_it() && lanes <= MANY_DIGESTS_LANES_MAX; lanes++) {
		for (int wants_sha256 = 0; wants_sha256 < 2; wants_sha256++) {
			struct many_digests together;

			many_digests_init(&together, wants_sha256, lanes);
			many_digests_update(&together, data, DATA_BYTES);
			wrong += wants_sha256 && !sha256_is(&together, data, DATA_BYTES);
			for (size_t lane = 0; lane < lanes; lane++)
				wrong += !md5_is(&together, lane, data, DATA_BYTES);
		}
	}
	EXPECT_NUMBER(wrong, 0);
}

TEST(every_way_to_cut)
{
	int wrong = 0;

	for (size_t piece = 1; has_it() && piece < 200; piece++) {
		struct many_digests together;

		many_digests_init(&together, true, 2);
		for (size_t at = 0; at < DATA_BYTES; at += piece) {
			many_digests_update(&together, data + at, DATA_BYTES - at < piece ? DATA_BYTES - at : piece);
			many_digests_update(&together, NULL, 0);
		}
		wrong += !sha256_is(&together, data, DATA_BYTES) + !md5_is(&together, 1, data, DATA_BYTES);
	}
	EXPECT_NUMBER(wrong, 0);
}

TEST(a_lane_begins_again_and_the_others_go_on)
{
	struct many_digests together;
	int wrong = 0;

	if (!has_it())
		return;
	many_digests_init(&together, true, 3);
	for (size_t at = 0; at < 4096; at += 64) {
		if (at % 640 == 0)
			many_digests_restart(&together, 1);
		many_digests_update(&together, data + at, 64);
		wrong += !md5_is(&together, 1, data + at / 640 * 640, at % 640 + 64);
	}
	wrong += !md5_is(&together, 0, data, 4096) + !md5_is(&together, 2, data, 4096);
	wrong += !sha256_is(&together, data, 4096);
	EXPECT_NUMBER(wrong, 0);
	EXPECT(!md5_is(&together, 1, data, 4096));
}

TEST(a_digest_does_not_end_the_stream)
{
	struct many_digests together;

	if (!has_it())
		return;
	many_digests_init(&together, true, 1);
	many_digests_update(&together, data, 100);
	EXPECT(sha256_is(&together, data, 100));
	EXPECT(md5_is(&together, 0, data, 100));
	many_digests_update(&together, data + 100, 900);
	EXPECT(sha256_is(&together, data, 1000));
	EXPECT(md5_is(&together, 0, data, 1000));
}

static void etag_of(size_t length, size_t part, char ret_etag[DIGEST_ETAG_MAX])
{
	unsigned char all[16 * (DATA_BYTES + 1)], whole[16];
	size_t parts = 0;

	do {
		size_t at = parts * part;

		EVP_Digest(data + at, length - at < part ? length - at : part, all + 16 * parts, NULL, EVP_md5(), NULL);
		parts++;
	} while (parts * part < length);
	EVP_Digest(all, 16 * parts, whole, NULL, EVP_md5(), NULL);
	for (size_t i = 0; i < 16; i++)
		snprintf(ret_etag + 2 * i, 3, "%02x", whole[i]);
	snprintf(ret_etag + 32, DIGEST_ETAG_MAX - 32, "-%u", (unsigned)parts);
}

/* Part sizes that fit a lane beside some that do not, lengths that fill a part exactly, and pieces that fit neither. */
TEST(etags_of_parts_that_fit_a_lane_and_of_others)
{
	static const size_t lengths[] = {0, 1, 63, 64, 65, 127, 128, 129, 640, 1000, 1280, 1281, 4999, 5000};
	int wrong = 0;

	fill();
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		for (size_t piece = 1; piece < 1500; piece = piece * 3 + 1) {
			struct digest_request request = {.sha256 = i % 2, .md5 = i % 3 > 0, .part_size_count = 6};
			struct digest_result result;
			char etag[DIGEST_ETAG_MAX];

			memcpy(request.part_sizes, (int64_t[]){64, 100, 640, 128, 4096, 7}, 6 * sizeof(int64_t));

			struct digest *digest = digest_new(&request);

			for (size_t at = 0; at < lengths[i]; at += piece)
				digest_update(digest, data + at, lengths[i] - at < piece ? lengths[i] - at : piece);
			digest_finish(digest, &result);
			digest_free(digest);
			for (size_t k = 0; k < 6; k++) {
				etag_of(lengths[i], (size_t)request.part_sizes[k], etag);
				wrong += strcmp(result.etags[k], etag) != 0;
			}
		}
	}
	EXPECT_NUMBER(wrong, 0);
}

UNIT_MAIN

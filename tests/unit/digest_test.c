#include "assertions/bytes/digest.h"
#include "bytes.h"

static void compute(const struct digest_request *request, const void *data, size_t length, size_t piece,
		    struct digest_result *ret_result)
{
	struct digest *digest = digest_new(request);

	for (size_t at = 0; at < length; at += piece)
		digest_update(digest, (const char *)data + at, length - at < piece ? length - at : piece);
	digest_finish(digest, ret_result);
	digest_free(digest);
}

TEST(known_answers)
{
	const struct digest_request request = {.sha256 = 1, .md5 = 1};
	struct digest_result result;
	char hex[65];

	compute(&request, "abc", 3, 1, &result);
	EXPECT_STRING(result.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	EXPECT_STRING(result.md5, "900150983cd24fb0d6963f7d28e17f72");
	EXPECT_NUMBER(result.bytes, 3);
	EXPECT_NUMBER(result.part_size_count, 0);
	compute(&request, "", 0, 1, &result);
	EXPECT_STRING(result.sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	EXPECT_STRING(result.md5, "d41d8cd98f00b204e9800998ecf8427e");
	digest_sha256_hex("abc", 3, hex);
	EXPECT_STRING(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	digest_free(NULL);
}

TEST(what_is_not_asked_for_stays_empty)
{
	const struct digest_request request = {.md5 = 1};
	struct digest_result result;

	compute(&request, "abc", 3, 3, &result);
	EXPECT_STRING(result.sha256, "");
	EXPECT_STRING(result.md5, "900150983cd24fb0d6963f7d28e17f72");
}

/* What md5sum and split make of it. */
static void expected_etag(size_t part_size, unsigned parts, char ret_etag[64])
{
	char *script = memory_format("split -b %zu -a 4 --filter='openssl dgst -md5 -binary' data > all\n"
				     "printf %%s-%u $(md5sum < all | cut -c-32) > answer",
				     part_size, parts);

	bytes_run(script);
	free(script);
	struct bytes answer = bytes_load("answer");
	snprintf(ret_etag, 64, "%.*s", (int)answer.length, (char *)answer.data);
	free(answer.data);
}

TEST(several_part_sizes_in_one_pass)
{
	struct digest_request request = {.sha256 = 1,
					 .md5 = 1,
					 .part_sizes = {15000, 100000, 200000, 65536, 1 << 30},
					 .part_size_count = 5};
	static const unsigned parts[] = {14, 2, 1, 4, 1};
	static const size_t pieces[] = {1, 999, 15000, 15001, 65536, 200000};
	char expected[5][64], sums[2][65];

	bytes_run("seq 1 100000 | head -c 200000 > data; sha256sum data > sha256; md5sum data > md5");
	struct bytes data = bytes_load("data"), sha256 = bytes_load("sha256"), md5 = bytes_load("md5");
	snprintf(sums[0], sizeof(sums[0]), "%.64s", (char *)sha256.data);
	snprintf(sums[1], sizeof(sums[1]), "%.32s", (char *)md5.data);
	for (size_t i = 0; i < 5; i++)
		expected_etag((size_t)request.part_sizes[i], parts[i], expected[i]);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct digest_result result;

		compute(&request, data.data, data.length, pieces[i], &result);
		EXPECT_STRING(result.sha256, sums[0]);
		EXPECT_STRING(result.md5, sums[1]);
		EXPECT_NUMBER(result.part_size_count, 5);
		for (size_t k = 0; k < 5; k++) {
			EXPECT_NUMBER(result.part_sizes[k], request.part_sizes[k]);
			EXPECT_STRING(result.etags[k], expected[k]);
		}
	}
	free(data.data);
	free(sha256.data);
	free(md5.data);
}

TEST(nothing_is_one_empty_part)
{
	const struct digest_request request = {.part_sizes = {5 << 20}, .part_size_count = 1};
	struct digest_result result;

	compute(&request, "", 0, 1, &result);
	EXPECT_STRING(result.etags[0], "59adb24ef3cdbe0297f05b395827453f-1");
}

UNIT_MAIN

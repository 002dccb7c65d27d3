#include "unit.h"

#include <stdlib.h>

#include "assertions/bytes/checksum.h"

static const struct checksum_wish whole[] = {
	{CHECKSUM_MD5}, {CHECKSUM_SHA1}, {CHECKSUM_SHA256}, {CHECKSUM_CRC32}, {CHECKSUM_CRC32C}, {CHECKSUM_CRC64NVME},
};

static struct checksum_result compute(const struct checksum_wish *wishes, size_t count, const void *data, size_t length,
				      size_t step)
{
	struct checksum_request request = {.count = 0};
	struct checksum_result result;
	struct checksum *checksum;

	for (size_t i = 0; i < count; i++)
		EXPECT(checksum_wish_for(&request, &wishes[i]));
	checksum = checksum_new(&request);
	for (size_t at = 0; at < length; at += step)
		checksum_update(checksum, (const char *)data + at, length - at < step ? length - at : step);
	checksum_finish(checksum, &result);
	checksum_free(checksum);
	return result;
}

/* The check values of the catalogues, and of ceph's s3-tests. */
TEST(known_values)
{
	static const char *const nine[] = {"25f9e794323b453885f5181f1b624d0b",
					   "f7c3bc1d808e04732adf679965ccc34ca7ae3441",
					   "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
					   "cbf43926",
					   "e3069283",
					   "ae8b14860a799888"};
	char letters[1024];
	struct checksum_result result;

	memset(letters, 'A', sizeof(letters));
	for (size_t step = 1; step < 10; step++) {
		result = compute(whole, 6, "123456789", 9, step);
		for (size_t i = 0; i < 6; i++)
			EXPECT_STRING(result.hex[i], nine[i]);
	}
	result = compute(whole, 6, letters, sizeof(letters), 100);
	EXPECT_STRING(result.hex[2], "6ab72eeb9e77b07540897e0c8d6d23ec8eef0f8c3a47e1b3f4e93443d9536bed");
	EXPECT_STRING(result.hex[5], "41e87ca17bc6892a");
	result = compute(whole, 6, "", 0, 1);
	EXPECT_STRING(result.hex[3], "00000000");
	EXPECT_STRING(result.hex[5], "0000000000000000");
}

TEST(of_parts)
{
	const struct checksum_wish one = {CHECKSUM_SHA256, {{1024, 1}}, 1};
	const struct checksum_wish etag = {CHECKSUM_MD5, {{5 << 20, 3}, {2 << 20, 1}}, 2};
	const struct checksum_wish other = {CHECKSUM_MD5, {{8 << 20, 2}, {1 << 20, 1}}, 2};
	size_t length = (size_t)17 << 20;
	char letters[1024], *zeros = calloc(1, length);
	struct checksum_result result;

	memset(letters, 'A', sizeof(letters));
	result = compute(&one, 1, letters, sizeof(letters), 7);
	EXPECT_STRING(checksum_find(&result, &one), "3a4e82b396fdeaec7af8c5909093bb5014f9b0a3c179704bc2f8ff84af3db268");
	result = compute((const struct checksum_wish[]){etag, other}, 2, zeros, length, 1000003);
	EXPECT_STRING(checksum_find(&result, &etag), "329de149014c88f52edbe60c11e561c2");
	EXPECT_STRING(checksum_find(&result, &other), "e6000a567fdaa0162ceedec6b60fcd68");
	free(zeros);
}

TEST(parts_that_are_not_as_many_bytes)
{
	const struct checksum_wish wish = {CHECKSUM_CRC32C, {{3, 2}, {2, 1}}, 2};
	struct checksum_result result = compute(&wish, 1, "12345678", 8, 3);

	EXPECT(checksum_find(&result, &wish) != NULL);
	result = compute(&wish, 1, "1234567", 7, 3);
	EXPECT(checksum_find(&result, &wish) == NULL);
	result = compute(&wish, 1, "123456789", 9, 3);
	EXPECT(checksum_find(&result, &wish) == NULL);
	result = compute(&wish, 1, "", 0, 1);
	EXPECT(checksum_find(&result, &wish) == NULL);
}

TEST(each_once_and_not_too_many)
{
	struct checksum_request request = {.count = 0};
	struct checksum_wish wish = {CHECKSUM_MD5, {{1, 1}}, 1};
	struct checksum_result result;

	for (int64_t size = 1; size <= CHECKSUM_WISHES_MAX; size++) {
		wish.runs[0].size = size;
		EXPECT(checksum_wish_for(&request, &wish));
		EXPECT(checksum_wish_for(&request, &wish));
	}
	EXPECT_NUMBER(request.count, CHECKSUM_WISHES_MAX);
	wish.runs[0].size = 1000;
	EXPECT(!checksum_wish_for(&request, &wish));
	result = compute(whole, 1, "x", 1, 1);
	EXPECT(checksum_find(&result, &whole[1]) == NULL);
}

TEST(the_sum_of_redis_goes_on_from_what_came_before)
{
	uint64_t sum = checksum_crc64_jones(0, "123456789", 9);

	EXPECT(sum == 0xe9c6d914c4b8d9ca);
	for (size_t at = 0; at <= 9; at++)
		EXPECT(checksum_crc64_jones(checksum_crc64_jones(0, "123456789", at), &"123456789"[at], 9 - at) == sum);
}

UNIT_MAIN

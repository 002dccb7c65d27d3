#include "assertions/stores/s3/s3_checksum.h"

#include <string.h>

static const struct s3_checksum checksums[] = {
	{STORE_SHA256, CHECKSUM_SHA256, "sha256", "SHA256", "x-amz-checksum-sha256", "ChecksumSHA256", false},
	{STORE_SHA1, CHECKSUM_SHA1, "sha1", "SHA1", "x-amz-checksum-sha1", "ChecksumSHA1", false},
	{STORE_CRC32, CHECKSUM_CRC32, "crc32", "CRC32", "x-amz-checksum-crc32", "ChecksumCRC32", false},
	{STORE_CRC32C, CHECKSUM_CRC32C, "crc32c", "CRC32C", "x-amz-checksum-crc32c", "ChecksumCRC32C", false},
	{STORE_CRC64NVME, CHECKSUM_CRC64NVME, "crc64nvme", "CRC64NVME", "x-amz-checksum-crc64nvme", "ChecksumCRC64NVME",
	 true},
};

const struct s3_checksum *s3_checksum_find(enum store_algorithm algorithm)
{
	for (size_t i = 0; i < sizeof(checksums) / sizeof(checksums[0]); i++)
		if (checksums[i].algorithm == algorithm)
			return &checksums[i];
	return NULL;
}

static unsigned nibble(char digit)
{
	return (unsigned)(digit <= '9' ? digit - '0' : digit - 'a' + 10) & 0xf;
}

void s3_checksum_base64(const char *hex, char *ret_text, size_t size)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t count = strlen(hex) / 2, at = 0;

	for (size_t i = 0; i < count && at + 4 < size; i += 3) {
		unsigned bits = 0;

		for (size_t k = 0; k < 3; k++)
			bits = bits << 8 |
			       (i + k < count ? nibble(hex[2 * (i + k)]) << 4 | nibble(hex[2 * (i + k) + 1]) : 0);
		for (size_t k = 0; k < 4; k++)
			ret_text[at++] = i + k <= count ? alphabet[bits >> (18 - 6 * k) & 0x3f] : '=';
	}
	ret_text[at] = '\0';
}

struct checksum *s3_checksum_begin(const struct s3_checksum *checksum)
{
	const struct checksum_wish wish = {.algorithm = checksum->computed};
	struct checksum_request request = {.count = 0};

	checksum_wish_for(&request, &wish);
	return checksum_new(&request);
}

void s3_checksum_end(struct checksum *running, char ret_text[S3_CHECKSUM_TEXT_MAX])
{
	struct checksum_result result;

	checksum_finish(running, &result);
	checksum_free(running);
	s3_checksum_base64(result.hex[0], ret_text, S3_CHECKSUM_TEXT_MAX);
}

void s3_checksum_of(const struct s3_checksum *checksum, const void *data, size_t length,
		    char ret_text[S3_CHECKSUM_TEXT_MAX])
{
	struct checksum *running = s3_checksum_begin(checksum);

	checksum_update(running, data, length);
	s3_checksum_end(running, ret_text);
}

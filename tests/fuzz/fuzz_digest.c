/* test: runs 4000 */
/* However bytes are cut into blocks, and whichever digests are asked for together: they are OpenSSL's. */
#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/bytes/digest.h"

#define CONTROL_BYTES 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void to_hex(const unsigned char *bytes, size_t count, char *ret_hex)
{
	for (size_t i = 0; i < count; i++)
		snprintf(ret_hex + 2 * i, 3, "%02x", bytes[i]);
}

static void expect_digest(const char *told, const EVP_MD *algorithm, const uint8_t *data, size_t size)
{
	unsigned char bytes[EVP_MAX_MD_SIZE];
	char hex[2 * EVP_MAX_MD_SIZE + 1];
	unsigned count;

	EVP_Digest(data, size, bytes, &count, algorithm, NULL);
	to_hex(bytes, count, hex);
	if (strcmp(told, hex) != 0)
		abort();
}

static void expect_etag(const char *told, size_t part, const uint8_t *data, size_t size)
{
	EVP_MD_CTX *whole = EVP_MD_CTX_new();
	unsigned char bytes[EVP_MAX_MD_SIZE];
	char etag[DIGEST_ETAG_MAX + 32];
	unsigned count;
	size_t parts = 0;

	EVP_DigestInit_ex(whole, EVP_md5(), NULL);
	do {
		size_t at = parts++ * part;

		EVP_Digest(data + at, size - at < part ? size - at : part, bytes, &count, EVP_md5(), NULL);
		EVP_DigestUpdate(whole, bytes, count);
	} while (parts * part < size);
	EVP_DigestFinal_ex(whole, bytes, &count);
	EVP_MD_CTX_free(whole);
	to_hex(bytes, 16, etag);
	snprintf(etag + 32, sizeof(etag) - 32, "-%zu", parts);
	if (strcmp(told, etag) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct digest_request request = {0};
	struct digest_result result;
	size_t piece, at = 0;

	if (size < CONTROL_BYTES)
		return 0;
	request.sha256 = data[0] & 1;
	request.md5 = data[0] >> 1 & 1;
	request.part_size_count = data[0] >> 2 & 7;
	for (size_t i = 0; i < request.part_size_count; i++)
		request.part_sizes[i] = i % 2 == 0 ? 64 * (1 + (data[1] >> i) % 16) : 1 + (data[2] ^ (int)i * 37);
	piece = 1 + data[3];
	data += CONTROL_BYTES;
	size -= CONTROL_BYTES;

	struct digest *digest = digest_new(&request);

	while (at < size) {
		size_t length = size - at < piece ? size - at : piece;

		digest_update(digest, data + at, length);
		at += length;
		piece = 1 + (piece * 7 + length) % 509;
	}
	digest_finish(digest, &result);
	digest_free(digest);
	if (request.sha256)
		expect_digest(result.sha256, EVP_sha256(), data, size);
	if (request.md5)
		expect_digest(result.md5, EVP_md5(), data, size);
	for (size_t i = 0; i < request.part_size_count; i++)
		expect_etag(result.etags[i], (size_t)request.part_sizes[i], data, size);
	return 0;
}

#include "assertions/bytes/checksum.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "assertions/base/memory.h"

#define SLICES 8
#define CRC64_JONES (CHECKSUM_CRC64NVME + 1) /* behind those that a store may have */

/* Reflected polynomials, as they stand in the tables. */
static const uint64_t polynomials[] = {
	[CHECKSUM_CRC32] = 0xedb88320,
	[CHECKSUM_CRC32C] = 0x82f63b78,
	[CHECKSUM_CRC64NVME] = 0x9a6c9329ac4bc9b5,
	[CRC64_JONES] = 0x95ac9329ac4bc9b5,
};

static uint64_t tables[CRC64_JONES + 1][SLICES][256];
static pthread_once_t tables_once = PTHREAD_ONCE_INIT;

static void make_table(uint64_t polynomial, uint64_t table[SLICES][256])
{
	for (unsigned byte = 0; byte < 256; byte++) {
		uint64_t value = byte;

		for (int bit = 0; bit < 8; bit++)
			value = value & 1 ? value >> 1 ^ polynomial : value >> 1;
		table[0][byte] = value;
	}
	for (unsigned slice = 1; slice < SLICES; slice++)
		for (unsigned byte = 0; byte < 256; byte++)
			table[slice][byte] = table[slice - 1][byte] >> 8 ^ table[0][table[slice - 1][byte] & 0xff];
}

static void make_tables(void)
{
	for (int algorithm = 0; algorithm <= CRC64_JONES; algorithm++)
		if (polynomials[algorithm] != 0)
			make_table(polynomials[algorithm], tables[algorithm]);
}

/* Eight bytes at a time: what a CRC of 32 bits has not is zero, and the tables are the same for both. */
static uint64_t crc_update(unsigned algorithm, uint64_t crc, const unsigned char *data, size_t length)
{
	const uint64_t(*table)[256] = (const uint64_t(*)[256])tables[algorithm];

	for (; length >= SLICES; data += SLICES, length -= SLICES) {
		uint64_t next = 0, word;

		for (unsigned i = 0; i < SLICES; i++)
			next |= (uint64_t)data[i] << 8 * i;
		word = crc ^ next;
		crc = table[7][word & 0xff] ^ table[6][word >> 8 & 0xff] ^ table[5][word >> 16 & 0xff] ^
		      table[4][word >> 24 & 0xff] ^ table[3][word >> 32 & 0xff] ^ table[2][word >> 40 & 0xff] ^
		      table[1][word >> 48 & 0xff] ^ table[0][word >> 56];
	}
	for (; length > 0; data++, length--)
		crc = crc >> 8 ^ table[0][(crc ^ *data) & 0xff];
	return crc;
}

uint64_t checksum_crc64_jones(uint64_t crc, const void *data, size_t length)
{
	pthread_once(&tables_once, make_tables);
	return crc_update(CRC64_JONES, crc, data, length);
}

struct hasher {
	enum checksum_algorithm algorithm;
	EVP_MD_CTX *context; /* NULL: a CRC */
	uint64_t crc;
};

static const EVP_MD *evp_of(enum checksum_algorithm algorithm)
{
	switch (algorithm) {
	case CHECKSUM_MD5:
		return EVP_md5();
	case CHECKSUM_SHA1:
		return EVP_sha1();
	case CHECKSUM_SHA256:
		return EVP_sha256();
	case CHECKSUM_CRC32:
	case CHECKSUM_CRC32C:
	case CHECKSUM_CRC64NVME:
		break;
	}
	return NULL;
}

static uint64_t all_ones(enum checksum_algorithm algorithm)
{
	return algorithm == CHECKSUM_CRC64NVME ? UINT64_MAX : UINT32_MAX;
}

void checksum_require(bool ok)
{
	if (!ok) {
		fprintf(stderr, "muster: a digest cannot be computed\n");
		memory_grow(NULL, SIZE_MAX, 2);
	}
}

static void hasher_restart(struct hasher *hasher)
{
	hasher->crc = all_ones(hasher->algorithm);
	if (hasher->context != NULL)
		checksum_require(EVP_DigestInit_ex(hasher->context, evp_of(hasher->algorithm), NULL) == 1);
}

static void hasher_init(struct hasher *hasher, enum checksum_algorithm algorithm)
{
	hasher->algorithm = algorithm;
	if (evp_of(algorithm) != NULL) {
		hasher->context = EVP_MD_CTX_new();
		checksum_require(hasher->context != NULL);
	}
	hasher_restart(hasher);
}

static void hasher_update(struct hasher *hasher, const unsigned char *data, size_t length)
{
	if (hasher->context != NULL)
		checksum_require(EVP_DigestUpdate(hasher->context, data, length) == 1);
	else
		hasher->crc = crc_update(hasher->algorithm, hasher->crc, data, length);
}

/* Gives its length; a CRC the most significant byte first. */
static size_t hasher_finish(struct hasher *hasher, unsigned char ret_bytes[EVP_MAX_MD_SIZE])
{
	size_t length = hasher->algorithm == CHECKSUM_CRC64NVME ? 8 : 4;
	uint64_t crc = hasher->crc ^ all_ones(hasher->algorithm);
	unsigned count = 0;

	if (hasher->context != NULL) {
		checksum_require(EVP_DigestFinal_ex(hasher->context, ret_bytes, &count) == 1);
		return count;
	}
	for (size_t i = 0; i < length; i++)
		ret_bytes[i] = (unsigned char)(crc >> 8 * (length - 1 - i));
	return length;
}

struct lane { /* one wish */
	const struct checksum_wish *wish;
	struct hasher part, whole; /* part: also of the whole where there are no parts */
	size_t run;
	uint64_t in_run; /* parts of it that are full */
	int64_t left; /* of the current part */
	bool is_over; /* there were more bytes than parts */
};

struct checksum {
	struct checksum_request request;
	struct lane lanes[CHECKSUM_WISHES_MAX];
};

static bool is_equal(const struct checksum_wish *one, const struct checksum_wish *other)
{
	if (one->algorithm != other->algorithm || one->run_count != other->run_count)
		return false;
	for (size_t i = 0; i < one->run_count; i++)
		if (one->runs[i].size != other->runs[i].size || one->runs[i].count != other->runs[i].count)
			return false;
	return true;
}

bool checksum_wish_for(struct checksum_request *request, const struct checksum_wish *wish)
{
	for (size_t i = 0; i < request->count; i++)
		if (is_equal(&request->wishes[i], wish))
			return true;
	if (request->count == CHECKSUM_WISHES_MAX)
		return false;
	request->wishes[request->count++] = *wish;
	return true;
}

const char *checksum_find(const struct checksum_result *result, const struct checksum_wish *wish)
{
	for (size_t i = 0; i < result->request.count; i++)
		if (is_equal(&result->request.wishes[i], wish))
			return result->hex[i][0] != '\0' ? result->hex[i] : NULL;
	return NULL;
}

struct checksum *checksum_new(const struct checksum_request *request)
{
	struct checksum *checksum = memory_alloc(sizeof(*checksum));

	pthread_once(&tables_once, make_tables);
	checksum->request = *request;
	for (size_t i = 0; i < request->count; i++) {
		struct lane *lane = &checksum->lanes[i];

		lane->wish = &checksum->request.wishes[i];
		hasher_init(&lane->part, lane->wish->algorithm);
		hasher_init(&lane->whole, lane->wish->algorithm);
		lane->left = lane->wish->runs[0].size;
	}
	return checksum;
}

static void end_part(struct lane *lane)
{
	unsigned char bytes[EVP_MAX_MD_SIZE];
	size_t length = hasher_finish(&lane->part, bytes);

	hasher_update(&lane->whole, bytes, length);
	hasher_restart(&lane->part);
	if (++lane->in_run == lane->wish->runs[lane->run].count) {
		lane->run++;
		lane->in_run = 0;
	}
	lane->left = lane->run < lane->wish->run_count ? lane->wish->runs[lane->run].size : 0;
}

static void lane_update(struct lane *lane, const unsigned char *data, size_t length)
{
	while (length > 0 && !lane->is_over) {
		size_t piece = (uint64_t)lane->left < length ? (size_t)lane->left : length;

		if (piece == 0) {
			lane->is_over = true;
			return;
		}
		hasher_update(&lane->part, data, piece);
		lane->left -= (int64_t)piece;
		data += piece;
		length -= piece;
		if (lane->left == 0)
			end_part(lane);
	}
}

void checksum_update(struct checksum *checksum, const void *data, size_t length)
{
	for (size_t i = 0; i < checksum->request.count; i++) {
		struct lane *lane = &checksum->lanes[i];

		if (lane->wish->run_count == 0)
			hasher_update(&lane->part, data, length);
		else
			lane_update(lane, data, length);
	}
}

void checksum_hex(const unsigned char *bytes, size_t count, char *ret_hex)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < count; i++) {
		ret_hex[2 * i] = digits[bytes[i] >> 4];
		ret_hex[2 * i + 1] = digits[bytes[i] & 15];
	}
	ret_hex[2 * count] = '\0';
}

void checksum_finish(struct checksum *checksum, struct checksum_result *ret_result)
{
	*ret_result = (struct checksum_result){.request = checksum->request};
	for (size_t i = 0; i < checksum->request.count; i++) {
		struct lane *lane = &checksum->lanes[i];
		unsigned char bytes[EVP_MAX_MD_SIZE];
		bool is_of_parts = lane->wish->run_count > 0;

		if (is_of_parts && (lane->is_over || lane->run != lane->wish->run_count))
			continue;
		checksum_hex(bytes, hasher_finish(is_of_parts ? &lane->whole : &lane->part, bytes), ret_result->hex[i]);
	}
}

void checksum_free(struct checksum *checksum)
{
	if (checksum == NULL)
		return;
	for (size_t i = 0; i < checksum->request.count; i++) {
		EVP_MD_CTX_free(checksum->lanes[i].part.context);
		EVP_MD_CTX_free(checksum->lanes[i].whole.context);
	}
	free(checksum);
}

/*
 * MD5 is one chain of dependent steps that leaves most of a processor idle, and SHA-256 by its own instructions is
 * another: taken step by step in one loop they fill each other's gaps, so that the sum takes hardly longer than
 * MD5 alone. FIPS 180-4 section 6.2, RFC 1321 section 3.4.
 */
#include "assertions/bytes/digest.h"

#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

#define BLOCK MANY_DIGESTS_BLOCK_BYTES
/* Not -march=native: with BMI's andn the chain of MD5 becomes longer. */
#define WITH_SHA __attribute__((target("sha,sse4.1")))
#define STEPWISE WITH_SHA __attribute__((always_inline)) inline

static const uint32_t sha256_constants[64] __attribute__((aligned(16))) = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static const uint32_t md5_constants[64] = {
	0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
	0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
	0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
	0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
	0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
	0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
	0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
	0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
};

struct sha256_chain {
	__m128i abef, cdgh;
	__m128i words[4]; /* of the message's schedule, the last sixteen */
};

bool many_digests_is_available(void)
{
	unsigned eax, ebx, ecx, edx;

	if (!__builtin_cpu_supports("ssse3") || !__builtin_cpu_supports("sse4.1"))
		return false;
	return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (ebx & bit_SHA) != 0;
}

static STEPWISE uint32_t rotate(uint32_t value, unsigned count)
{
	return value << count | value >> (32 - count);
}

/* `b` comes last: what can be done without it is done first. */
static STEPWISE uint32_t add_mixed(unsigned step, uint32_t sum, uint32_t b, uint32_t c, uint32_t d)
{
	switch (step / 16) {
	case 0:
		return sum + (d ^ (b & (c ^ d)));
	case 1:
		/* The two halves have no bit in common, so that their "or" is a sum. */
		return sum + (c & ~d) + (b & d);
	case 2:
		return sum + (b ^ (c ^ d));
	default:
		return sum + (c ^ (b | ~d));
	}
}

/* `step` is known when this is compiled, and so is everything that follows from it. */
static STEPWISE void md5_step(uint32_t *chain, const unsigned char *block, unsigned step)
{
	static const unsigned char factors[4] = {1, 5, 3, 7}, firsts[4] = {0, 1, 5, 0};
	static const unsigned char turns[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
	uint32_t *a = &chain[(64 - step) % 4], b = chain[(65 - step) % 4], c = chain[(66 - step) % 4],
		 d = chain[(67 - step) % 4], word;

	memcpy(&word, block + 4 * ((factors[step / 16] * step + firsts[step / 16]) % 16), sizeof(word));
	*a = rotate(add_mixed(step, *a + word + md5_constants[step], b, c, d), turns[step / 16][step % 4]) + b;
}

static STEPWISE void sha256_four_rounds(struct sha256_chain *chain, const unsigned char *block, unsigned group)
{
	const __m128i byte_order = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
	__m128i *words = &chain->words[group % 4], newest = chain->words[(group + 3) % 4], sum;

	if (group < 4) {
		*words = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(const void *)(block + 16 * group)),
					  byte_order);
	} else {
		sum = _mm_add_epi32(_mm_sha256msg1_epu32(*words, chain->words[(group + 1) % 4]),
				    _mm_alignr_epi8(newest, chain->words[(group + 2) % 4], 4));
		*words = _mm_sha256msg2_epu32(sum, newest);
	}
	sum = _mm_add_epi32(*words, _mm_load_si128((const __m128i *)(const void *)&sha256_constants[4 * group]));
	chain->cdgh = _mm_sha256rnds2_epu32(chain->cdgh, chain->abef, sum);
	chain->abef = _mm_sha256rnds2_epu32(chain->abef, chain->cdgh, _mm_shuffle_epi32(sum, 0x0e));
}

/* A sixteenth of a block, of all chains: what does not depend on one another stands side by side. */
static STEPWISE void sixteenth(struct sha256_chain *sha256, uint32_t *one, uint32_t *other, const unsigned char *block,
			       unsigned group)
{
	if (sha256 != NULL)
		sha256_four_rounds(sha256, block, group);
	md5_step(one, block, 4 * group);
	if (other != NULL)
		md5_step(other, block, 4 * group);
	md5_step(one, block, 4 * group + 1);
	if (other != NULL)
		md5_step(other, block, 4 * group + 1);
	md5_step(one, block, 4 * group + 2);
	if (other != NULL)
		md5_step(other, block, 4 * group + 2);
	md5_step(one, block, 4 * group + 3);
	if (other != NULL)
		md5_step(other, block, 4 * group + 3);
}

static STEPWISE void take_block(struct sha256_chain *sha256, uint32_t *one, uint32_t *other, const unsigned char *block)
{
	sixteenth(sha256, one, other, block, 0);
	sixteenth(sha256, one, other, block, 1);
	sixteenth(sha256, one, other, block, 2);
	sixteenth(sha256, one, other, block, 3);
	sixteenth(sha256, one, other, block, 4);
	sixteenth(sha256, one, other, block, 5);
	sixteenth(sha256, one, other, block, 6);
	sixteenth(sha256, one, other, block, 7);
	sixteenth(sha256, one, other, block, 8);
	sixteenth(sha256, one, other, block, 9);
	sixteenth(sha256, one, other, block, 10);
	sixteenth(sha256, one, other, block, 11);
	sixteenth(sha256, one, other, block, 12);
	sixteenth(sha256, one, other, block, 13);
	sixteenth(sha256, one, other, block, 14);
	sixteenth(sha256, one, other, block, 15);
}

static STEPWISE void add_chain(uint32_t *sum, const uint32_t *chain)
{
	for (int i = 0; i < 4; i++)
		sum[i] += chain[i];
}

/* The instructions want the eight words as A B E F and C D G H, the highest first. */
static STEPWISE void sha256_load(struct sha256_chain *chain, const uint32_t *words)
{
	chain->abef = _mm_set_epi32((int)words[0], (int)words[1], (int)words[4], (int)words[5]);
	chain->cdgh = _mm_set_epi32((int)words[2], (int)words[3], (int)words[6], (int)words[7]);
}

static STEPWISE void sha256_store(const struct sha256_chain *chain, uint32_t *words)
{
	words[0] = (uint32_t)_mm_extract_epi32(chain->abef, 3);
	words[1] = (uint32_t)_mm_extract_epi32(chain->abef, 2);
	words[4] = (uint32_t)_mm_extract_epi32(chain->abef, 1);
	words[5] = (uint32_t)_mm_extract_epi32(chain->abef, 0);
	words[2] = (uint32_t)_mm_extract_epi32(chain->cdgh, 3);
	words[3] = (uint32_t)_mm_extract_epi32(chain->cdgh, 2);
	words[6] = (uint32_t)_mm_extract_epi32(chain->cdgh, 1);
	words[7] = (uint32_t)_mm_extract_epi32(chain->cdgh, 0);
}

/* Made four times, for each set of chains, so that none is asked for within the loop. */
static STEPWISE void take_blocks(uint32_t *sha256, uint32_t *one, uint32_t *other, const unsigned char *data,
				 size_t count)
{
	struct sha256_chain chain = {.abef = _mm_setzero_si128()};
	uint32_t first[4], second[4] = {0};

	if (sha256 != NULL)
		sha256_load(&chain, sha256);
	memcpy(first, one, sizeof(first));
	if (other != NULL)
		memcpy(second, other, sizeof(second));
	for (const unsigned char *end = data + count * BLOCK; data < end; data += BLOCK) {
		struct sha256_chain before = chain;
		uint32_t first_before[4], second_before[4];

		memcpy(first_before, first, sizeof(first));
		memcpy(second_before, second, sizeof(second));
		take_block(sha256 != NULL ? &chain : NULL, first, other != NULL ? second : NULL, data);
		chain.abef = _mm_add_epi32(chain.abef, before.abef);
		chain.cdgh = _mm_add_epi32(chain.cdgh, before.cdgh);
		add_chain(first, first_before);
		add_chain(second, second_before);
	}
	if (sha256 != NULL)
		sha256_store(&chain, sha256);
	memcpy(one, first, sizeof(first));
	if (other != NULL)
		memcpy(other, second, sizeof(second));
}

WITH_SHA static void take_sha256_and_two(uint32_t *sha256, uint32_t *one, uint32_t *other, const unsigned char *data,
					 size_t count)
{
	take_blocks(sha256, one, other, data, count);
}

WITH_SHA static void take_sha256_and_one(uint32_t *sha256, uint32_t *one, const unsigned char *data, size_t count)
{
	take_blocks(sha256, one, NULL, data, count);
}

WITH_SHA static void take_two(uint32_t *one, uint32_t *other, const unsigned char *data, size_t count)
{
	take_blocks(NULL, one, other, data, count);
}

WITH_SHA static void take_one(uint32_t *one, const unsigned char *data, size_t count)
{
	take_blocks(NULL, one, NULL, data, count);
}

static void take(struct many_digests *together, const unsigned char *data, size_t count)
{
	size_t lane = 0;

	if (together->wants_sha256 && together->lanes > 1)
		take_sha256_and_two(together->sha256, together->md5[0].words, together->md5[1].words, data, count);
	else if (together->wants_sha256)
		take_sha256_and_one(together->sha256, together->md5[0].words, data, count);
	if (together->wants_sha256)
		lane = 2;
	for (; lane + 1 < together->lanes; lane += 2)
		take_two(together->md5[lane].words, together->md5[lane + 1].words, data, count);
	if (lane < together->lanes)
		take_one(together->md5[lane].words, data, count);
}

#else

bool many_digests_is_available(void)
{
	return false;
}

static void take(struct many_digests *together, const unsigned char *data, size_t count)
{
	(void)together;
	(void)data;
	(void)count;
}

#endif

/* Every chain goes over a slice while it is in the first-level cache. */
#define SLICE_BLOCKS ((size_t)256)

static void take_sliced(struct many_digests *together, const unsigned char *data, size_t count)
{
	while (count > 0) {
		size_t slice = count < SLICE_BLOCKS ? count : SLICE_BLOCKS;

		take(together, data, slice);
		data += slice * MANY_DIGESTS_BLOCK_BYTES;
		count -= slice;
	}
}

void many_digests_restart(struct many_digests *together, size_t lane)
{
	static const uint32_t initial[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};

	memcpy(together->md5[lane].words, initial, sizeof(initial));
	together->md5[lane].begin = together->bytes;
}

void many_digests_init(struct many_digests *together, bool wants_sha256, size_t lanes)
{
	static const uint32_t initial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
					    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

	*together = (struct many_digests){.wants_sha256 = wants_sha256, .lanes = lanes};
	memcpy(together->sha256, initial, sizeof(initial));
	for (size_t i = 0; i < lanes; i++)
		many_digests_restart(together, i);
}

void many_digests_update(struct many_digests *together, const void *data, size_t length)
{
	const unsigned char *at = data;
	size_t held = together->bytes % MANY_DIGESTS_BLOCK_BYTES, room = MANY_DIGESTS_BLOCK_BYTES - held;

	if (length == 0)
		return;
	together->bytes += length;
	if (held > 0) {
		size_t piece = length < room ? length : room;

		memcpy(together->rest + held, at, piece);
		if (piece < room)
			return;
		take_sliced(together, together->rest, 1);
		at += piece;
		length -= piece;
	}
	take_sliced(together, at, length / MANY_DIGESTS_BLOCK_BYTES);
	memcpy(together->rest, at + length - length % MANY_DIGESTS_BLOCK_BYTES, length % MANY_DIGESTS_BLOCK_BYTES);
}

/* What both standards put behind the data: a one, zeros, and the count of bits in the last eight bytes. */
static size_t pad(const struct many_digests *together, uint64_t bytes, bool big_endian,
		  unsigned char ret_blocks[2 * MANY_DIGESTS_BLOCK_BYTES])
{
	size_t held = together->bytes % MANY_DIGESTS_BLOCK_BYTES;
	size_t count = held + 9 <= MANY_DIGESTS_BLOCK_BYTES ? 1 : 2, end = count * MANY_DIGESTS_BLOCK_BYTES;

	memcpy(ret_blocks, together->rest, held);
	memset(ret_blocks + held, 0, 2 * MANY_DIGESTS_BLOCK_BYTES - held);
	ret_blocks[held] = 0x80;
	for (size_t i = 0; i < 8; i++)
		ret_blocks[big_endian ? end - 1 - i : end - 8 + i] = (unsigned char)(bytes * 8 >> (8 * i));
	return count;
}

void many_digests_sha256(const struct many_digests *together, unsigned char ret_digest[32])
{
	unsigned char blocks[2 * MANY_DIGESTS_BLOCK_BYTES];
	struct many_digests last;

	many_digests_init(&last, true, 1);
	memcpy(last.sha256, together->sha256, sizeof(last.sha256));
	take(&last, blocks, pad(together, together->bytes, true, blocks));
	for (size_t i = 0; i < 32; i++)
		ret_digest[i] = (unsigned char)(last.sha256[i / 4] >> (24 - 8 * (i % 4)));
}

void many_digests_md5(const struct many_digests *together, size_t lane, unsigned char ret_digest[16])
{
	unsigned char blocks[2 * MANY_DIGESTS_BLOCK_BYTES];
	struct many_digests last;

	many_digests_init(&last, false, 1);
	last.md5[0] = together->md5[lane];
	take(&last, blocks, pad(together, together->bytes - together->md5[lane].begin, false, blocks));
	for (size_t i = 0; i < 16; i++)
		ret_digest[i] = (unsigned char)(last.md5[0].words[i / 4] >> (8 * (i % 4)));
}

/*
 * How fast digests are computed beside one another, against OpenSSL's one after the other: SHA-256 alone, with
 * MD5, with MD5 and a multipart ETag. In MB for each second of the processor, the medians of alternating rounds.
 *
 *     make && gcc -O2 -o /tmp/hash tests/bench/hash.c build/libassertions.a -lcrypto && /tmp/hash
 */
#include "assertions/base/memory.h"
#include "assertions/bytes/digest.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BYTES ((size_t)256 << 20)
#define CALL_BYTES ((size_t)256 << 10)
#define PART_BYTES ((size_t)8 << 20)
#define ROUNDS 9

struct row {
	const char *name;
	int md5s; /* besides SHA-256: 0, 1, 2 */
	double goal; /* times as fast as OpenSSL */
	double ours[ROUNDS], theirs[ROUNDS], ratios[ROUNDS];
};

static double processor_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double take_ours(const unsigned char *data, int md5s)
{
	struct digest_request request = {.sha256 = 1, .md5 = md5s > 0, .part_size_count = md5s > 1};
	struct digest_result result;
	double begin = processor_seconds();

	request.part_sizes[0] = (int64_t)PART_BYTES;

	struct digest *digest = digest_new(&request);

	for (size_t at = 0; at < BYTES; at += CALL_BYTES)
		digest_update(digest, data + at, CALL_BYTES);
	digest_finish(digest, &result);
	digest_free(digest);
	return processor_seconds() - begin;
}

static double take_theirs(const unsigned char *data, int md5s)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	double begin = processor_seconds();
	EVP_MD_CTX *contexts[3];

	for (int i = 0; i <= md5s; i++) {
		contexts[i] = EVP_MD_CTX_new();
		EVP_DigestInit_ex(contexts[i], i == 0 ? EVP_sha256() : EVP_md5(), NULL);
	}
	for (size_t at = 0; at < BYTES; at += CALL_BYTES) {
		if (md5s > 1 && at > 0 && at % PART_BYTES == 0) {
			EVP_DigestFinal_ex(contexts[2], digest, NULL);
			EVP_DigestInit_ex(contexts[2], EVP_md5(), NULL);
		}
		for (int i = 0; i <= md5s; i++)
			EVP_DigestUpdate(contexts[i], data + at, CALL_BYTES);
	}
	for (int i = 0; i <= md5s; i++) {
		EVP_DigestFinal_ex(contexts[i], digest, NULL);
		EVP_MD_CTX_free(contexts[i]);
	}
	return processor_seconds() - begin;
}

static int by_amount(const void *one, const void *other)
{
	double a = *(const double *)one, b = *(const double *)other;

	return (a > b) - (a < b);
}

static double median(double *values)
{
	qsort(values, ROUNDS, sizeof(*values), by_amount);
	return values[ROUNDS / 2];
}

int main(void)
{
	struct row rows[] = {
		{.name = "SHA-256", .md5s = 0, .goal = 1 / 1.02},
		{.name = "SHA-256, MD5", .md5s = 1, .goal = 1.3},
		{.name = "SHA-256, MD5, ETag", .md5s = 2, .goal = 1.5},
	};
	unsigned char *data = memory_alloc(BYTES);
	int missed = 0;

	for (size_t i = 0; i < BYTES; i++)
		data[i] = (unsigned char)(i * 2654435761U >> 11);
	for (int round = 0; round < ROUNDS; round++)
		for (size_t i = 0; i < 3; i++) {
			rows[i].theirs[round] = take_theirs(data, rows[i].md5s);
			rows[i].ours[round] = take_ours(data, rows[i].md5s);
			rows[i].ratios[round] = rows[i].theirs[round] / rows[i].ours[round];
		}
	printf("%-20s %8s %8s %8s %8s\n", "", "muster", "OpenSSL", "ratio", "goal");
	for (size_t i = 0; i < 3; i++) {
		double ratio = median(rows[i].ratios);

		printf("%-20s %8.0f %8.0f %8.2f %8.2f%s\n", rows[i].name, (double)BYTES / 1e6 / median(rows[i].ours),
		       (double)BYTES / 1e6 / median(rows[i].theirs), ratio, rows[i].goal,
		       ratio < rows[i].goal ? "  missed" : "");
		missed += ratio < rows[i].goal;
	}
	free(data);
	return missed > 0;
}

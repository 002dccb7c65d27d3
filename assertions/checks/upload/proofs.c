#include "assertions/checks/stored.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "assertions/base/units.h"

#define MIB INT64_C(1048576)
#define PARTS_MAX 10000

struct algorithm {
	enum store_algorithm stored;
	enum checksum_algorithm computed;
	const char *name;
};

/* The strongest first. */
static const struct algorithm algorithms[] = {
	{STORE_SHA256, CHECKSUM_SHA256, "SHA-256"},
	{STORE_SHA1, CHECKSUM_SHA1, "SHA-1"},
	{STORE_CRC64NVME, CHECKSUM_CRC64NVME, "CRC-64/NVME"},
	{STORE_CRC32C, CHECKSUM_CRC32C, "CRC-32C"},
	{STORE_CRC32, CHECKSUM_CRC32, "CRC-32"},
};

#define ALGORITHMS (sizeof(algorithms) / sizeof(algorithms[0]))

/* Sizes that uploaders cut parts in: aws, rclone and pgBackRest, s3cmd, minio, s3fs, others' defaults. */
static const int64_t usual_sizes[] = {8 * MIB,   5 * MIB,  15 * MIB,  16 * MIB, 10 * MIB,  64 * MIB,
				      100 * MIB, 32 * MIB, 128 * MIB, 50 * MIB, 537 * MIB, 512 * MIB};

static struct checksum_wish wish_for(const struct store_object *object, enum checksum_algorithm algorithm,
				     bool is_of_parts)
{
	struct checksum_wish wish = {.algorithm = algorithm};

	for (size_t i = 0; is_of_parts && i < object->part_run_count; i++)
		wish.runs[wish.run_count++] =
			(struct checksum_run){object->part_runs[i].size, object->part_runs[i].count};
	return wish;
}

static bool is_cut_so(const struct store_object *object, int64_t size)
{
	return size > 0 && object->size_bytes / size + (object->size_bytes % size != 0) == object->part_count;
}

static void add_size(const struct store_object *object, int64_t size, struct digest_request *request)
{
	for (size_t i = 0; i < request->part_size_count; i++)
		if (request->part_sizes[i] == size)
			return;
	if (is_cut_so(object, size) && request->part_size_count < DIGEST_PART_SIZES_MAX)
		request->part_sizes[request->part_size_count++] = size;
}

/* Only sizes that give as many parts as there are; so the last tries are all whole MiB that do, where these are few. */
static void guess_sizes(const struct store_object *object, struct digest_request *request)
{
	int64_t least = object->size_bytes / object->part_count / MIB;

	for (int64_t size = 8 * MIB; size <= INT64_C(1) << 40; size *= 2)
		if (size == 8 * MIB || object->size_bytes > size / 2 * PARTS_MAX)
			add_size(object, size, request);
	for (size_t i = 0; i < sizeof(usual_sizes) / sizeof(usual_sizes[0]); i++)
		add_size(object, usual_sizes[i], request);
	/* minio's for large objects: whole 16 MiB. */
	add_size(object, (object->size_bytes / PARTS_MAX / (16 * MIB) + 1) * 16 * MIB, request);
	for (int64_t size = least > 1 ? least : 1; size < least + 8; size++)
		add_size(object, size * MIB, request);
}

static void request_checksums(const struct store_object *object, struct digest_request *request)
{
	for (size_t i = 0; i < object->checksum_count; i++) {
		const struct store_checksum *checksum = &object->checksums[i];

		for (size_t a = 0; a < ALGORITHMS; a++) {
			struct checksum_wish wish;
			if (algorithms[a].stored != checksum->algorithm ||
			    (checksum->is_composite && object->part_run_count == 0))
				continue;
			wish = wish_for(object, algorithms[a].computed, checksum->is_composite);
			if (wish.algorithm == CHECKSUM_SHA256 && wish.run_count == 0)
				request->sha256 = 1;
			else
				checksum_wish_for(&request->checksums, &wish);
		}
	}
}

static bool has_whole_checksum(const struct store_object *object)
{
	for (size_t i = 0; i < object->checksum_count; i++)
		if (!object->checksums[i].is_composite)
			return true;
	return false;
}

void proofs_request(const struct store_object *object, unsigned sources, struct digest_request *request)
{
	if (sources & PROOF_OF_CHECKSUMS)
		request_checksums(object, request);
	if (sources & WORDS_OF_UPLOADER)
		request->md5 |= object->uploader_md5[0] != '\0';
	if (!(sources & PROOF_OF_ETAGS))
		return;
	request->md5 |= object->etag_may_be_md5;
	if (object->part_count == 0 || ((sources & PROOF_OF_CHECKSUMS) && has_whole_checksum(object)))
		return;
	if (object->part_size > 0) {
		add_size(object, object->part_size, request);
	} else if (object->part_run_count > 0) {
		struct checksum_wish wish = wish_for(object, CHECKSUM_MD5, true);
		checksum_wish_for(&request->checksums, &wish);
	} else {
		guess_sizes(object, request);
	}
}

static void note_equal(struct proofs *proofs, const char *name)
{
	if (proofs->equal[0] != '\0')
		return;
	snprintf(proofs->equal, sizeof(proofs->equal), "%s", name);
	proofs->equal_is_strongest = proofs->different[0] == '\0';
}

static void note_different(struct proofs *proofs, const char *name)
{
	if (proofs->different[0] == '\0')
		snprintf(proofs->different, sizeof(proofs->different), "%s", name);
}

static const char *computed(const struct digest_result *digests, const struct checksum_wish *wish)
{
	if (wish->algorithm == CHECKSUM_SHA256 && wish->run_count == 0)
		return digests->sha256[0] != '\0' ? digests->sha256 : NULL;
	return checksum_find(&digests->checksums, wish);
}

static void prove_by_checksums(const struct store_object *object, const struct digest_result *digests,
			       bool is_composite, struct proofs *proofs)
{
	for (size_t a = 0; a < ALGORITHMS; a++) {
		for (size_t i = 0; i < object->checksum_count; i++) {
			const struct store_checksum *checksum = &object->checksums[i];
			struct checksum_wish wish = wish_for(object, algorithms[a].computed, is_composite);
			char name[STORE_PROOF_MAX];
			const char *own;
			if (checksum->algorithm != algorithms[a].stored || checksum->is_composite != is_composite ||
			    (is_composite && object->part_run_count == 0))
				continue;
			own = computed(digests, &wish);
			snprintf(name, sizeof(name), "the store's %s%s", algorithms[a].name,
				 is_composite ? " of its parts" : "");
			if (own != NULL && strcasecmp(own, checksum->hex) == 0)
				note_equal(proofs, name);
			else if (own != NULL && !is_composite)
				note_different(proofs, name);
		}
	}
}

static void prove_by_etag(const struct store_object *object, const struct digest_result *digests, struct proofs *proofs)
{
	const char *md5 = digests->md5;

	if (!object->etag_may_be_md5 || md5[0] == '\0')
		return;
	if (strcasecmp(object->etag, md5) == 0)
		note_equal(proofs, "ETag (MD5)");
	else
		note_different(proofs, "ETag (MD5)");
}

static void prove_by_parts(const struct store_object *object, const struct digest_result *digests,
			   struct proofs *proofs)
{
	struct checksum_wish wish = wish_for(object, CHECKSUM_MD5, true);
	const char *by_runs = wish.run_count > 0 ? checksum_find(&digests->checksums, &wish) : NULL;
	char name[STORE_PROOF_MAX], text[UNITS_TEXT_MAX];

	if (object->part_count == 0)
		return;
	if (by_runs != NULL && strncasecmp(object->etag, by_runs, 32) == 0)
		note_equal(proofs, "ETag (multipart, parts as the store tells them)");
	for (size_t i = 0; i < digests->part_size_count; i++) {
		if (strcasecmp(object->etag, digests->etags[i]) != 0)
			continue;
		snprintf(name, sizeof(name), "ETag (multipart, parts of %s)",
			 units_format_size(digests->part_sizes[i], text));
		note_equal(proofs, name);
	}
}

static void weigh_uploader(const struct store_object *object, const struct digest_result *digests,
			   struct proofs *proofs)
{
	bool by_sha256 = object->uploader_sha256[0] != '\0' && digests->sha256[0] != '\0';
	bool is_equal = by_sha256 ? strcasecmp(object->uploader_sha256, digests->sha256) == 0
				  : strcasecmp(object->uploader_md5, digests->md5) == 0;

	if (!by_sha256 && (object->uploader_md5[0] == '\0' || digests->md5[0] == '\0'))
		return;
	snprintf(is_equal ? proofs->promised : proofs->doubtful, STORE_PROOF_MAX,
		 "the %s that the uploader wrote beside it (%s)", by_sha256 ? "SHA-256" : "MD5",
		 object->uploader[0] != '\0' ? object->uploader : "metadata");
}

struct proofs proofs_of(const struct store_object *object, const struct digest_result *digests, unsigned sources)
{
	struct proofs proofs = {.equal = ""};

	if (sources & PROOF_OF_CHECKSUMS)
		prove_by_checksums(object, digests, false, &proofs);
	if (sources & PROOF_OF_ETAGS) {
		prove_by_etag(object, digests, &proofs);
		prove_by_parts(object, digests, &proofs);
	}
	if (sources & PROOF_OF_CHECKSUMS)
		prove_by_checksums(object, digests, true, &proofs);
	if (sources & WORDS_OF_UPLOADER)
		weigh_uploader(object, digests, &proofs);
	return proofs;
}

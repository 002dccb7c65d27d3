/* What each dialect of STORES says of an object beside its bytes. */
#include "unit.h"

#include "assertions/stores/s3/s3_private.h"

#define FIELDS_MAX 24
#define MD5 "5d41402abc4b2a76b9719d911017c592"

static struct store_object read_object(const char *const *lines)
{
	static char copy[FIELDS_MAX + 4][512];
	struct http_field fields[FIELDS_MAX + 2] = {{strcpy(copy[0], "Content-Length"), strcpy(copy[1], "5")},
						    {strcpy(copy[2], "Last-Modified"),
						     strcpy(copy[3], "Tue, 24 Nov 2026 02:38:26 GMT")}};
	struct http_response response = {200, fields, 2};
	struct store_object object = {0};
	struct error err = {""};

	for (; *lines != NULL; lines++) {
		char *text = copy[response.count + 2];
		char *colon = strstr(strcpy(text, *lines), ": ");

		*colon = '\0';
		fields[response.count++] = (struct http_field){text, colon + 2};
	}
	EXPECT_NUMBER(s3_object_from_headers(&response, &object, &err), 0);
	return object;
}

#define OBJECT(...) read_object((const char *const[]){__VA_ARGS__, NULL})

static void expect_checksum(const struct store_object *object, size_t index, enum store_algorithm algorithm,
			    bool is_composite, const char *hex)
{
	EXPECT(index < object->checksum_count);
	EXPECT_NUMBER(object->checksums[index].algorithm, algorithm);
	EXPECT_NUMBER(object->checksums[index].is_composite, is_composite);
	EXPECT_STRING(object->checksums[index].hex, hex);
}

TEST(aws)
{
	struct store_object object =
		OBJECT("ETag: \"" MD5 "\"", "Server: AmazonS3",
		       "x-amz-checksum-crc64nvme: Qeh8oXvGiSo=", "x-amz-checksum-type: FULL_OBJECT",
		       "x-amz-version-id: 3sL4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY",
		       "x-amz-expiration: expiry-date=\"Fri, 25 Dec 2026 00:00:00 GMT\", rule-id=\"a%22month\"",
		       "x-amz-server-side-encryption: AES256", "x-amz-storage-class: STANDARD_IA",
		       "x-amz-object-lock-mode: COMPLIANCE",
		       "x-amz-object-lock-retain-until-date: 2026-12-24T02:38:27.054400353Z",
		       "x-amz-object-lock-legal-hold: ON");

	EXPECT(object.etag_may_be_md5);
	EXPECT_NUMBER(object.checksum_count, 1);
	expect_checksum(&object, 0, STORE_CRC64NVME, false, "41e87ca17bc6892a");
	EXPECT_STRING(object.version, "3sL4kqtJlcpXroDTDmJ+rmSpXd3dIbrHY");
	EXPECT_NUMBER(object.expires_ms, INT64_C(1798156800000));
	EXPECT_STRING(object.expiry_rule, "a%22month");
	EXPECT(object.would_tell_expiry);
	EXPECT_STRING(object.encryption, "AES256");
	EXPECT_STRING(object.storage_class, "STANDARD_IA");
	EXPECT_STRING(object.lock_mode, "COMPLIANCE");
	EXPECT_NUMBER(object.locked_until_ms, INT64_C(1798079907054));
	EXPECT(object.legal_hold);
}

TEST(aws_encrypted_with_a_key)
{
	struct store_object object = OBJECT("ETag: \"" MD5 "\"", "x-amz-server-side-encryption: aws:kms",
					    "x-amz-checksum-sha256: arcu6553sHVAiX4MjW0j7I7vD4w6R+Gz9Ok0Q9lTa+0=");

	EXPECT(!object.etag_may_be_md5);
	EXPECT_STRING(object.encryption, "aws:kms");
	expect_checksum(&object, 0, STORE_SHA256, false,
			"6ab72eeb9e77b07540897e0c8d6d23ec8eef0f8c3a47e1b3f4e93443d9536bed");
	object = OBJECT("ETag: \"" MD5 "\"", "x-amz-server-side-encryption-customer-algorithm: AES256");
	EXPECT(!object.etag_may_be_md5);
	EXPECT_STRING(object.encryption, "SSE-C");
}

TEST(aws_of_several_parts)
{
	struct store_object object = OBJECT("ETag: \"" MD5 "-1\"", "x-amz-checksum-type: COMPOSITE",
					    "x-amz-checksum-sha256: Ok6Cs5b96ux6+MWQkJO7UBT5sKPBeXBLwvj/hK89smg=-1");

	EXPECT_NUMBER(object.part_count, 1);
	expect_checksum(&object, 0, STORE_SHA256, true,
			"3a4e82b396fdeaec7af8c5909093bb5014f9b0a3c179704bc2f8ff84af3db268");
	object = OBJECT("ETag: \"" MD5 "-2\"", "x-amz-checksum-crc32: AAAAAQ==-2",
			"x-amz-checksum-crc32c: AAAAAQ==", "x-amz-checksum-crc64nvme: AAAAAAAAAAE=");
	EXPECT_NUMBER(object.checksum_count, 3);
	expect_checksum(&object, 0, STORE_CRC64NVME, false, "0000000000000001");
	expect_checksum(&object, 1, STORE_CRC32C, true, "00000001");
	expect_checksum(&object, 2, STORE_CRC32, true, "00000001");
	object = OBJECT("ETag: \"" MD5 "-2\"", "x-amz-checksum-type: FULL_OBJECT", "x-amz-checksum-crc32: AAAAAQ==");
	expect_checksum(&object, 0, STORE_CRC32, false, "00000001");
}

TEST(minio)
{
	struct store_object object = OBJECT("ETag: \"" MD5 "\"", "Server: MinIO", "x-amz-version-id: null");

	EXPECT(object.would_tell_expiry);
	EXPECT_NUMBER(object.expires_ms, 0);
	EXPECT_STRING(object.version, "null");
	EXPECT_STRING(object.storage_class, "");
}

TEST(radosgw)
{
	struct store_object object =
		OBJECT("ETag: \"" MD5 "\"", "x-rgw-object-type: Normal", "x-amz-storage-class: STANDARD");

	EXPECT(object.would_tell_expiry);
	EXPECT_STRING(object.storage_class, "STANDARD");
	object = OBJECT("ETag: \"" MD5 "\"", "x-rgw-object-type: Normal",
			"x-amz-version-id: -0Mmw25.rmW7Ngjsm8F9iaVwAhiqKHM");
	EXPECT(!object.would_tell_expiry);
	EXPECT(object.etag_may_be_md5);
}

TEST(swift)
{
	struct store_object object = OBJECT("Etag: \"" MD5 "\"", "X-Trans-Id: tx1", "x-amz-meta-sha256: short");

	EXPECT(!object.would_tell_expiry);
	EXPECT_STRING(object.version, "");
	EXPECT_STRING(object.uploader_sha256, "");
	EXPECT_STRING(object.uploader, "");
	EXPECT_NUMBER(OBJECT("ETag: \"" MD5 "-N\"").part_count, 0);
}

TEST(cloudflare)
{
	struct store_object object =
		OBJECT("ETag: \"" MD5 "-2\"", "Server: cloudflare", "cf-ray: 1",
		       "x-amz-checksum-crc64nvme: Qeh8oXvGiSo=", "x-amz-checksum-type: FULL_OBJECT");

	EXPECT(!object.would_tell_expiry);
	EXPECT(!object.etag_may_be_md5);
	expect_checksum(&object, 0, STORE_CRC64NVME, false, "41e87ca17bc6892a");
}

TEST(google)
{
	struct store_object object =
		OBJECT("ETag: \"" MD5 "\"", "x-goog-hash: crc32c=n03x6A==", "x-goog-hash: md5=XUFAKrxLKna5cZ2REBfFkg==",
		       "x-goog-storage-class: NEARLINE");

	EXPECT_NUMBER(object.checksum_count, 1);
	expect_checksum(&object, 0, STORE_CRC32C, false, "9f4df1e8");
	object = OBJECT("ETag: \"" MD5 "\"",
			"x-goog-hash: md5=XUFAKrxLKna5cZ2REBfFkg==,crc32c=n03x6A==", "x-goog-component-count: 3");
	expect_checksum(&object, 0, STORE_CRC32C, false, "9f4df1e8");
	EXPECT(!object.etag_may_be_md5);
}

TEST(uploaders)
{
	struct store_object object = OBJECT("x-amz-meta-md5chksum: XUFAKrxLKna5cZ2REBfFkg==");

	EXPECT_STRING(object.uploader_md5, MD5);
	EXPECT_STRING(object.uploader, "rclone");
	object = OBJECT("x-amz-meta-s3cmd-attrs: atime:1/ctime:2/md5:" MD5 "/mode:3");
	EXPECT_STRING(object.uploader_md5, MD5);
	EXPECT_STRING(object.uploader, "s3cmd");
	object = OBJECT("x-amz-meta-md5chksum: XUFAKrxLKna5cZ2REBfFk===");
	EXPECT_STRING(object.uploader_md5, "");
	EXPECT_STRING(object.uploader, "");
}

TEST(nonsense_is_left_out)
{
	struct store_object object =
		OBJECT("x-amz-checksum-sha256: arcu6553sHVAiX4MjW0j7I7vD4w6R+Gz9Ok0Q9lTa+0",
		       "x-amz-checksum-sha1: ", "x-amz-checksum-crc32: ====", "x-amz-checksum-crc32c: AAAA-2",
		       "x-amz-checksum-crc64nvme: A=AAAAAAAAE=", "x-amz-checksum-sha512: x",
		       "x-amz-expiration: expiry-date=\"soon\", rule-id=\"r\"",
		       "x-amz-object-lock-retain-until-date: never", "x-amz-object-lock-legal-hold: OFF");

	EXPECT_NUMBER(object.checksum_count, 0);
	EXPECT_NUMBER(object.expires_ms, 0);
	EXPECT_STRING(object.expiry_rule, "");
	EXPECT_NUMBER(object.locked_until_ms, 0);
	EXPECT(!object.legal_hold);
	object = OBJECT("x-amz-expiration: expiry-date=\"Fri, 25 Dec 2026 00:00:00 GMT");
	EXPECT_NUMBER(object.expires_ms, 0);
	object = OBJECT("x-amz-version-id: a\tb");
	EXPECT_STRING(object.version, "a?b");
}

struct parts {
	const int64_t *sizes;
	unsigned count, asked;
};

static int64_t length_of_part(void *context, unsigned number)
{
	struct parts *parts = context;

	parts->asked++;
	return number >= 1 && number <= parts->count ? parts->sizes[number - 1] : -1;
}

static struct store_object find_parts(const int64_t *sizes, unsigned count, int64_t size_bytes, unsigned *ret_asked)
{
	struct parts parts = {sizes, count, 0};
	struct store_object object = {.part_count = count, .size_bytes = size_bytes};

	s3_parts_find_by(length_of_part, &parts, &object);
	*ret_asked = parts.asked;
	return object;
}

static int64_t sum_of(const int64_t *sizes, unsigned count)
{
	int64_t sum = 0;

	for (unsigned i = 0; i < count; i++)
		sum += sizes[i];
	return sum;
}

TEST(parts_of_one_size)
{
	static const int64_t sizes[] = {8, 8, 8, 3}, full[] = {8, 8};
	unsigned asked;
	struct store_object object = find_parts(sizes, 4, 27, &asked);

	EXPECT_NUMBER(asked, 2);
	EXPECT_NUMBER(object.part_size, 8);
	EXPECT_NUMBER(object.part_run_count, 2);
	EXPECT(object.part_runs[0].size == 8 && object.part_runs[0].count == 3);
	EXPECT(object.part_runs[1].size == 3 && object.part_runs[1].count == 1);
	object = find_parts(full, 2, 16, &asked);
	EXPECT_NUMBER(object.part_run_count, 1);
	EXPECT(object.part_runs[0].size == 8 && object.part_runs[0].count == 2);
	object = find_parts(sizes, 1, 8, &asked);
	EXPECT_NUMBER(asked, 0);
	EXPECT_NUMBER(object.part_size, 8);
}

/* No object is that large; numbers that a server makes up must not be multiplied past what fits. */
TEST(parts_of_no_object)
{
	static const int64_t huge[] = {INT64_MAX / 2, INT64_MAX / 2, INT64_MAX / 2, INT64_MAX / 2, 1};
	static const int64_t longer[] = {9, INT64_MAX, INT64_MAX, INT64_MAX};
	unsigned asked;
	struct store_object object = find_parts(huge, 5, INT64_MAX - 1, &asked);

	EXPECT_NUMBER(object.part_size, 0);
	EXPECT_NUMBER(object.part_run_count, 0);
	object = find_parts(longer, 4, 40, &asked);
	EXPECT_NUMBER(object.part_run_count, 0);
}

TEST(parts_that_grow)
{
	int64_t sizes[1000];
	unsigned asked;

	for (unsigned i = 0; i < 1000; i++)
		sizes[i] = i < 205 ? 5 : i < 700 ? 6 : 7;
	sizes[999] = 2;

	struct store_object object = find_parts(sizes, 1000, sum_of(sizes, 1000), &asked);

	EXPECT(asked < 60);
	EXPECT_NUMBER(object.part_size, 0);
	EXPECT_NUMBER(object.part_run_count, 4);
	EXPECT(object.part_runs[1].size == 6 && object.part_runs[1].count == 495);
	EXPECT(object.part_runs[3].size == 2 && object.part_runs[3].count == 1);
	EXPECT_NUMBER(find_parts(sizes, 1000, sum_of(sizes, 1000) + 1, &asked).part_run_count, 0);
	for (unsigned i = 0; i < 1000; i++)
		sizes[i] = 5 + i;
	EXPECT_NUMBER(find_parts(sizes, 1000, sum_of(sizes, 1000), &asked).part_run_count, 0);
	EXPECT(asked <= S3_PARTS_ASKED_MAX);
}

TEST(parts_that_are_not_told)
{
	static const int64_t none[] = {-1, -1, -1}, whole[] = {30, 30, 30}, zero[] = {0, 0, 30}, lost[] = {9, -1, 9};
	unsigned asked;

	EXPECT_NUMBER(find_parts(none, 3, 30, &asked).part_run_count, 0);
	EXPECT_NUMBER(find_parts(whole, 3, 30, &asked).part_run_count, 0);
	EXPECT_NUMBER(find_parts(zero, 3, 30, &asked).part_run_count, 0);
	EXPECT_NUMBER(find_parts(lost, 3, 30, &asked).part_run_count, 0);
}

UNIT_MAIN

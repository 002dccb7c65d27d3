/* Every proof of the stored bytes: that it passes what is equal, and nothing else. */
#include "unit.h"

#include "assertions/checks/assertion.h"

extern const struct assertion_kind kind_match;

enum mode { AUTO, CHECKSUM, ETAG, READ_BACK };

#define MD5_A "0cc175b9c0f1b6a831c399e269772661" /* of "a" */
#define MD5_B "92eb5ffee6ae2fec3ad71c777531578f"
#define SHA256_A "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"
#define SHA256_B "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d"
#define CRC32C_A "c1d04330"

struct scene {
	struct store_object object;
	struct upload_evidence upload;
	struct digest_result digests, stored;
};

/* The artifact is `text`, digested as the check asks for; the object is as many bytes. */
static void set_up(struct scene *scene, const struct check *check, const char *text)
{
	struct digest_request request = {.sha256 = 1};
	struct digest *digest;

	scene->object.size_bytes = (int64_t)strlen(text);
	kind_match.proof->request(check->parameters, &scene->object, &request);
	digest = digest_new(&request);
	digest_update(digest, text, strlen(text));
	digest_finish(digest, &scene->digests);
	digest_free(digest);
	scene->upload = (struct upload_evidence){.status = STORE_OK,
						 .object = &scene->object,
						 .artifact_size = (int64_t)strlen(text),
						 .digests = &scene->digests,
						 .has_server = true};
}

static struct finding conclude(struct scene *scene, int mode, const char *text, char proof[STORE_PROOF_MAX])
{
	struct check check = {.kind = &kind_match, .parameters = &mode};
	struct finding finding = {VERDICT_UNEVALUATED, "", ""};
	const char *stored_sha256 = scene->stored.sha256[0] != '\0' ? scene->stored.sha256 : NULL;

	set_up(scene, &check, text);
	if (kind_match.proof->wants_read_back(check.parameters, &scene->upload) && stored_sha256 != NULL) {
		scene->upload.stored = &scene->stored;
		scene->upload.stored_size = scene->upload.artifact_size;
		scene->upload.stored_status = STORE_OK;
	}
	kind_match.conclude(&mode, NULL, &(struct evidence){SUBJECT_UPLOAD, .upload = &scene->upload}, &finding);
	kind_match.proof->tell(check.parameters, &scene->upload, proof);
	EXPECT((finding.verdict == VERDICT_PASS) == (proof[0] != '\0'));
	return finding;
}

static void expect_verdict(struct scene scene, int mode, enum verdict verdict, const char *proof, int line)
{
	char seen[STORE_PROOF_MAX];
	struct finding finding = conclude(&scene, mode, "a", seen);

	if (finding.verdict != verdict || (proof != NULL && strcmp(seen, proof) != 0)) {
		printf("line %d: verdict %d, proof '%s': %s\n", line, (int)finding.verdict, seen, finding.observed);
		unit_failures++;
	}
}

#define EXPECT_VERDICT(mode, verdict, proof, ...) \
	expect_verdict((struct scene){__VA_ARGS__}, mode, verdict, proof, __LINE__)

#define FULL(kind, value) .object.checksums = {{kind, false, value}}, .object.checksum_count = 1

TEST(checksums_of_the_store)
{
	EXPECT_VERDICT(AUTO, VERDICT_PASS, "the store's SHA-256", FULL(STORE_SHA256, SHA256_A));
	EXPECT_VERDICT(CHECKSUM, VERDICT_PASS, "the store's SHA-256", FULL(STORE_SHA256, SHA256_A));
	EXPECT_VERDICT(CHECKSUM, VERDICT_FAIL, NULL, FULL(STORE_SHA256, SHA256_B));
	EXPECT_VERDICT(AUTO, VERDICT_FAIL, NULL, FULL(STORE_SHA256, SHA256_B));
	EXPECT_VERDICT(AUTO, VERDICT_FAIL, NULL, FULL(STORE_SHA256, SHA256_B), .stored.sha256 = SHA256_B);
	EXPECT_VERDICT(ETAG, VERDICT_UNPROVEN, NULL, FULL(STORE_SHA256, SHA256_A));
	EXPECT_VERDICT(AUTO, VERDICT_PASS, "the store's CRC-32C", FULL(STORE_CRC32C, CRC32C_A));
	EXPECT_VERDICT(CHECKSUM, VERDICT_FAIL, NULL, FULL(STORE_CRC32C, "c1d04331"));
	EXPECT_VERDICT(CHECKSUM, VERDICT_PASS, "the store's CRC-32", FULL(STORE_CRC32, "e8b7be43"));
	EXPECT_VERDICT(CHECKSUM, VERDICT_PASS, "the store's SHA-1",
		       FULL(STORE_SHA1, "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"));
	EXPECT_VERDICT(CHECKSUM, VERDICT_UNPROVEN, NULL, .object.size_bytes = 0);
}

TEST(etags)
{
	EXPECT_VERDICT(AUTO, VERDICT_PASS, "ETag (MD5)", .object.etag = MD5_A, .object.etag_may_be_md5 = true);
	EXPECT_VERDICT(ETAG, VERDICT_PASS, "ETag (MD5)", .object.etag = MD5_A, .object.etag_may_be_md5 = true);
	EXPECT_VERDICT(ETAG, VERDICT_FAIL, NULL, .object.etag = MD5_B, .object.etag_may_be_md5 = true);
	EXPECT_VERDICT(CHECKSUM, VERDICT_UNPROVEN, NULL, .object.etag = MD5_A, .object.etag_may_be_md5 = true);
}

TEST(etags_that_are_no_md5_alarm_nobody)
{
	static const char other[] = "11111111111111111111111111111111";
	struct scene kms = {.object.encryption = "aws:kms", .stored.sha256 = SHA256_A};

	strcpy(kms.object.etag, other);
	expect_verdict(kms, ETAG, VERDICT_UNPROVEN, "", __LINE__);
	expect_verdict(kms, AUTO, VERDICT_PASS, "read back (SHA-256)", __LINE__);
	kms.object.etag_may_be_md5 = true;
	expect_verdict(kms, AUTO, VERDICT_PASS, "read back (SHA-256)", __LINE__);
	strcpy(kms.stored.sha256, SHA256_B);
	expect_verdict(kms, AUTO, VERDICT_FAIL, "", __LINE__);
	kms.stored.sha256[0] = '\0';
	expect_verdict(kms, AUTO, VERDICT_FAIL, "", __LINE__);
	kms.object.etag_may_be_md5 = false;
	expect_verdict(kms, AUTO, VERDICT_UNPROVEN, "", __LINE__);
}

TEST(contradictions_prove_nothing)
{
	EXPECT_VERDICT(AUTO, VERDICT_PASS, "read back (SHA-256)", FULL(STORE_SHA256, SHA256_A),
		       .object.etag = "11111111111111111111111111111111", .object.etag_may_be_md5 = true,
		       .stored.sha256 = SHA256_A);
	EXPECT_VERDICT(AUTO, VERDICT_UNPROVEN, NULL, FULL(STORE_SHA256, SHA256_A),
		       .object.etag = "11111111111111111111111111111111", .object.etag_may_be_md5 = true);
	EXPECT_VERDICT(CHECKSUM, VERDICT_UNPROVEN, NULL,
		       .object.checksums = {{STORE_SHA256, false, SHA256_A}, {STORE_CRC32, false, "00000000"}},
		       .object.checksum_count = 2);
}

TEST(uploaders)
{
	/* A script may hash today's file and upload yesterday's. */
	EXPECT_VERDICT(AUTO, VERDICT_UNPROVEN, NULL, .object.uploader_md5 = MD5_A, .object.uploader = "s3cmd");
	EXPECT_VERDICT(CHECKSUM, VERDICT_UNPROVEN, NULL, .object.uploader_md5 = MD5_A, .object.uploader = "rclone");
	EXPECT_VERDICT(CHECKSUM, VERDICT_UNPROVEN, NULL, .object.uploader_sha256 = SHA256_A);
	EXPECT_VERDICT(AUTO, VERDICT_FAIL, NULL, .object.uploader_sha256 = SHA256_A, .stored.sha256 = SHA256_B);
	EXPECT_VERDICT(AUTO, VERDICT_PASS, "read back (SHA-256)", .object.uploader_sha256 = SHA256_A,
		       .stored.sha256 = SHA256_A);
	EXPECT_VERDICT(ETAG, VERDICT_UNPROVEN, NULL, .object.uploader_md5 = MD5_A);
	EXPECT_VERDICT(CHECKSUM, VERDICT_FAIL, NULL, .object.uploader_md5 = MD5_B);
	EXPECT_VERDICT(CHECKSUM, VERDICT_FAIL, NULL, .object.uploader_sha256 = SHA256_B);
	EXPECT_VERDICT(AUTO, VERDICT_UNPROVEN, NULL, .object.uploader_sha256 = SHA256_B);
	EXPECT_VERDICT(AUTO, VERDICT_FAIL, NULL, .object.uploader_sha256 = SHA256_B, .stored.sha256 = SHA256_B);
	EXPECT_VERDICT(AUTO, VERDICT_PASS, "read back (SHA-256)", .object.uploader_sha256 = SHA256_B,
		       .stored.sha256 = SHA256_A);
	/* What the uploader meant to store does not outweigh what the store has. */
	EXPECT_VERDICT(AUTO, VERDICT_FAIL, NULL, .object.uploader_sha256 = SHA256_A, FULL(STORE_SHA256, SHA256_B),
		       .stored.sha256 = SHA256_B);
	EXPECT_VERDICT(AUTO, VERDICT_PASS, "ETag (MD5)", .object.uploader_sha256 = SHA256_A, .object.etag = MD5_A,
		       .object.etag_may_be_md5 = true);
}

/* A server-side copy carries it along, onto whatever bytes. */
TEST(uploaders_add_nothing_to_what_the_store_has)
{
	struct scene scene = {.object.uploader_sha256 = SHA256_A, .object.part_count = 1};

	EXPECT_VERDICT(CHECKSUM, VERDICT_UNPROVEN, NULL, .object.uploader_sha256 = SHA256_A, .object.etag = MD5_B,
		       .object.etag_may_be_md5 = true);
	EXPECT_VERDICT(CHECKSUM, VERDICT_UNPROVEN, NULL, .object.uploader_sha256 = SHA256_A, .object.etag = MD5_A,
		       .object.etag_may_be_md5 = true);
	EXPECT_VERDICT(CHECKSUM, VERDICT_PASS, "the store's SHA-256", .object.uploader_sha256 = SHA256_A,
		       FULL(STORE_SHA256, SHA256_A));
	strcpy(scene.object.etag, "06ff9a06b7e20bcb2858c5b8ff744aea-1");
	scene.object.part_size = 1;
	scene.object.part_runs[0] = (struct store_part_run){1, 1};
	scene.object.part_run_count = 1;
	expect_verdict(scene, AUTO, VERDICT_UNPROVEN, "", __LINE__);
	expect_verdict(scene, CHECKSUM, VERDICT_UNPROVEN, "", __LINE__);
	strcpy(scene.stored.sha256, SHA256_B);
	expect_verdict(scene, AUTO, VERDICT_FAIL, "", __LINE__);
	strcpy(scene.stored.sha256, SHA256_A);
	expect_verdict(scene, AUTO, VERDICT_PASS, "read back (SHA-256)", __LINE__);
	strcpy(scene.object.encryption, "aws:kms");
	scene.stored.sha256[0] = '\0';
	expect_verdict(scene, AUTO, VERDICT_UNPROVEN, "", __LINE__);
	scene.object.encryption[0] = '\0';
	scene.object.etag[0] = 'b';
	scene.object.etag[1] = '6';
	expect_verdict(scene, CHECKSUM, VERDICT_UNPROVEN, "", __LINE__);
	expect_verdict(scene, AUTO, VERDICT_PASS, "ETag (multipart, parts of 1 B)", __LINE__);
}

TEST(parts)
{
	/* MD5 of the MD5 of "a". */
	struct scene scene = {.object.etag = "b6ff9a06b7e20bcb2858c5b8ff744aea-1", .object.part_count = 1};

	expect_verdict(scene, AUTO, VERDICT_PASS, "ETag (multipart, parts of 8.0 MiB)", __LINE__);
	scene.object.part_size = 1;
	scene.object.part_runs[0] = (struct store_part_run){1, 1};
	scene.object.part_run_count = 1;
	expect_verdict(scene, ETAG, VERDICT_PASS, "ETag (multipart, parts of 1 B)", __LINE__);
	scene.object.part_size = 0;
	expect_verdict(scene, ETAG, VERDICT_PASS, "ETag (multipart, parts as the store tells them)", __LINE__);
	scene.object.etag[0] = '0';
	expect_verdict(scene, ETAG, VERDICT_UNPROVEN, "", __LINE__);
	expect_verdict(scene, AUTO, VERDICT_UNPROVEN, "", __LINE__);
	strcpy(scene.stored.sha256, SHA256_B);
	expect_verdict(scene, AUTO, VERDICT_FAIL, "", __LINE__);
	scene.object.checksums[0] =
		(struct store_checksum){STORE_SHA256, true,
					"bf5d3affb73efd2ec6c36ad3112dd933efed63c4e1cbffcfa88e2759c144f2d8"};
	scene.object.checksum_count = 1;
	expect_verdict(scene, CHECKSUM, VERDICT_PASS, "the store's SHA-256 of its parts", __LINE__);
	scene.object.checksums[0].hex[0] = '0';
	expect_verdict(scene, CHECKSUM, VERDICT_UNPROVEN, "", __LINE__);
}

TEST(guesses_fit_the_number_of_parts)
{
	struct check check = {.kind = &kind_match, .parameters = &(int){AUTO}};
	struct store_object object = {.size_bytes = INT64_C(37000001), .part_count = 3};
	struct digest_request request = {.sha256 = 0};

	kind_match.proof->request(check.parameters, &object, &request);
	EXPECT(request.part_size_count > 0);
	for (size_t i = 0; i < request.part_size_count; i++)
		EXPECT_NUMBER((object.size_bytes + request.part_sizes[i] - 1) / request.part_sizes[i], 3);
	EXPECT_NUMBER(request.part_sizes[0], 15 << 20);
	object = (struct store_object){.size_bytes = INT64_C(200) << 30, .part_count = 6400};
	request.part_size_count = 0;
	kind_match.proof->request(check.parameters, &object, &request);
	EXPECT_NUMBER(request.part_sizes[0], 32 << 20);
}

TEST(what_cannot_be_compared)
{
	struct check check = {.kind = &kind_match, .parameters = &(int){AUTO}};
	struct scene scene = {.object.etag = MD5_A, .object.etag_may_be_md5 = true};
	struct finding finding = {VERDICT_UNEVALUATED, "", ""};

	set_up(&scene, &check, "a");
	scene.object.size_bytes = 2;
	kind_match.conclude(check.parameters, NULL, &(struct evidence){SUBJECT_UPLOAD, .upload = &scene.upload},
			    &finding);
	EXPECT_NUMBER(finding.verdict, VERDICT_FAIL);
	EXPECT(!kind_match.proof->wants_read_back(check.parameters, &scene.upload));
	scene.upload.digests = NULL;
	kind_match.conclude(check.parameters, NULL, &(struct evidence){SUBJECT_UPLOAD, .upload = &scene.upload},
			    &finding);
	EXPECT_NUMBER(finding.verdict, VERDICT_UNPROVEN);
	set_up(&scene, &check, "a");
	scene.upload.status = STORE_DENIED;
	kind_match.conclude(check.parameters, NULL, &(struct evidence){SUBJECT_UPLOAD, .upload = &scene.upload},
			    &finding);
	EXPECT_NUMBER(finding.verdict, VERDICT_UNPROVEN);
}

TEST(where_it_was_read_in_the_store)
{
	struct check check = {.kind = &kind_match, .parameters = &(int){AUTO}};
	struct scene scene = {.object.etag = ""};
	struct finding finding = {VERDICT_UNEVALUATED, "", ""};
	char proof[STORE_PROOF_MAX];

	set_up(&scene, &check, "a");
	scene.upload.is_what_was_read = true;
	kind_match.conclude(check.parameters, NULL, &(struct evidence){SUBJECT_UPLOAD, .upload = &scene.upload},
			    &finding);
	EXPECT_NUMBER(finding.verdict, VERDICT_PASS);
	kind_match.proof->tell(check.parameters, &scene.upload, proof);
	EXPECT_STRING(proof, "");
	strcpy(scene.object.uploader_sha256, SHA256_B);
	kind_match.conclude(check.parameters, NULL, &(struct evidence){SUBJECT_UPLOAD, .upload = &scene.upload},
			    &finding);
	EXPECT_NUMBER(finding.verdict, VERDICT_FAIL);
	strcpy(scene.object.uploader_sha256, SHA256_A);
	kind_match.conclude(check.parameters, NULL, &(struct evidence){SUBJECT_UPLOAD, .upload = &scene.upload},
			    &finding);
	EXPECT_NUMBER(finding.verdict, VERDICT_PASS);
	kind_match.proof->tell(check.parameters, &scene.upload, proof);
	EXPECT_STRING(proof, "the SHA-256 that the uploader wrote beside it (metadata)");
}

UNIT_MAIN

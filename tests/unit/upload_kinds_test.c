/* The checks on an uploaded object, by what a store tells of it. */
#include "unit.h"

#include "assertions/checks/accepted.h"
#include "assertions/stores/bucket.h"

extern const struct assertion_kind kind_storage_class, kind_encryption, kind_expires, kind_locked, kind_kept,
	kind_upload_fresh;

#define DAY INT64_C(86400000)
#define NOW (20000 * DAY)

static struct finding conclude(const struct assertion_kind *kind, const void *parameters,
			       const struct upload_evidence *upload)
{
	struct finding finding = {VERDICT_UNEVALUATED, "", ""};

	kind->conclude(parameters, NULL, &(struct evidence){SUBJECT_UPLOAD, .upload = upload}, &finding);
	return finding;
}

static void expect_verdict(const struct assertion_kind *kind, const void *parameters, enum verdict verdict,
			   struct store_object object, int line)
{
	struct upload_evidence upload = {.status = STORE_OK, .object = &object, .has_server = true, .now_ms = NOW};
	struct finding finding = conclude(kind, parameters, &upload);

	if (finding.verdict != verdict) {
		printf("line %d: %s is %d: %s\n", line, kind->name, (int)finding.verdict, finding.observed);
		unit_failures++;
	}
	upload.has_server = false;
	EXPECT_NUMBER(conclude(kind, parameters, &upload).verdict, VERDICT_UNPROVEN);
	upload.has_server = true;
	upload.status = STORE_ABSENT;
	EXPECT_NUMBER(conclude(kind, parameters, &upload).verdict, VERDICT_UNPROVEN);
}

#define EXPECT_VERDICT(kind, parameters, verdict, ...) \
	expect_verdict(&(kind), parameters, verdict, (struct store_object){__VA_ARGS__}, __LINE__)

TEST(classes)
{
	const char *words[] = {"STANDARD", "standard_ia"};
	const struct parameter_list standard = {words, 1}, either = {words, 2};

	EXPECT_VERDICT(kind_storage_class, &standard, VERDICT_PASS, .storage_class = "");
	EXPECT_VERDICT(kind_storage_class, &standard, VERDICT_PASS, .storage_class = "STANDARD");
	EXPECT_VERDICT(kind_storage_class, &standard, VERDICT_FAIL, .storage_class = "GLACIER");
	EXPECT_VERDICT(kind_storage_class, &either, VERDICT_PASS, .storage_class = "STANDARD_IA");
	EXPECT_VERDICT(kind_storage_class, &either, VERDICT_FAIL, .storage_class = "STANDARD_I");
}

TEST(encryptions)
{
	const char *words[] = {"aws:kms", "AES256"}, *any[] = {"any"};
	const struct parameter_list kms = {words, 1}, either = {words, 2}, some = {any, 1};

	EXPECT_VERDICT(kind_encryption, &kms, VERDICT_PASS, .encryption = "aws:kms");
	EXPECT_VERDICT(kind_encryption, &kms, VERDICT_FAIL, .encryption = "AES256");
	EXPECT_VERDICT(kind_encryption, &kms, VERDICT_FAIL, .encryption = "");
	EXPECT_VERDICT(kind_encryption, &either, VERDICT_PASS, .encryption = "AES256");
	EXPECT_VERDICT(kind_encryption, &some, VERDICT_PASS, .encryption = "SSE-C");
	EXPECT_VERDICT(kind_encryption, &some, VERDICT_FAIL, .encryption = "");
}

TEST(expiry)
{
	const int64_t month = 30 * DAY;

	EXPECT_VERDICT(kind_expires, &month, VERDICT_PASS, .modified_ms = NOW + 5, .expires_ms = NOW + 31 * DAY);
	EXPECT_VERDICT(kind_expires, &month, VERDICT_PASS, .modified_ms = NOW, .expires_ms = NOW + 30 * DAY);
	EXPECT_VERDICT(kind_expires, &month, VERDICT_FAIL, .modified_ms = NOW + 5, .expires_ms = NOW + 30 * DAY - 2000);
	EXPECT_VERDICT(kind_expires, &month, VERDICT_FAIL, .modified_ms = NOW, .expires_ms = NOW + 32 * DAY);
	EXPECT_VERDICT(kind_expires, &month, VERDICT_FAIL, .modified_ms = NOW, .expires_ms = NOW - DAY);
	EXPECT_VERDICT(kind_expires, &month, VERDICT_UNPROVEN, .modified_ms = NOW);
	EXPECT_VERDICT(kind_expires, &month, VERDICT_FAIL, .modified_ms = NOW, .would_tell_expiry = true);
}

static enum verdict by_rules(const char *key, int64_t days, struct bucket_rule *rules, size_t count)
{
	struct store_object object = {.modified_ms = NOW};
	const struct bucket_lifecycle lifecycle = {rules, count};
	struct upload_evidence upload = {
		.status = STORE_OK, .object = &object, .has_server = true, .lifecycle = &lifecycle, .whole_key = key};
	int64_t after_ms = days * DAY;

	return conclude(&kind_expires, &after_ms, &upload).verdict;
}

TEST(expiry_by_the_rules_of_the_bucket)
{
	struct bucket_rule rules[] = {{.id = "r", .prefix = "pg/", .is_enabled = true, .expires_days = 30},
				      {.id = "s", .prefix = "pg/ab", .is_enabled = true, .expires_days = 7}};

	EXPECT_NUMBER(by_rules("pg/a", 30, rules, 0), VERDICT_FAIL);
	EXPECT_NUMBER(by_rules("pg/a", 30, rules, 1), VERDICT_PASS);
	EXPECT_NUMBER(by_rules("pg/a", 31, rules, 1), VERDICT_FAIL);
	EXPECT_NUMBER(by_rules("other/a", 30, rules, 1), VERDICT_FAIL);
	EXPECT_NUMBER(by_rules("p", 30, rules, 1), VERDICT_FAIL);
	EXPECT_NUMBER(by_rules("pg/a", 30, rules, 2), VERDICT_PASS);
	EXPECT_NUMBER(by_rules("pg/abc", 30, rules, 2), VERDICT_FAIL);
	EXPECT_NUMBER(by_rules("pg/abc", 7, rules, 2), VERDICT_PASS);
	rules[1].is_filtered = true;
	EXPECT_NUMBER(by_rules("pg/abc", 30, rules, 2), VERDICT_UNPROVEN);
	EXPECT_NUMBER(by_rules("pg/abc", 7, rules + 1, 1), VERDICT_UNPROVEN);
	rules[0].is_enabled = false;
	EXPECT_NUMBER(by_rules("pg/a", 30, rules, 1), VERDICT_FAIL);
}

struct locked_declared {
	int64_t for_ms;
	int mode;
};

TEST(locks)
{
	const struct locked_declared month = {30 * DAY, -1}, compliance = {PARAMETER_UNSET, 1},
				     governance = {PARAMETER_UNSET, 0};

	EXPECT_VERDICT(kind_locked, &month, VERDICT_PASS, .modified_ms = NOW, .locked_until_ms = NOW + 30 * DAY,
		       .lock_mode = "GOVERNANCE");
	EXPECT_VERDICT(kind_locked, &month, VERDICT_FAIL, .modified_ms = NOW, .locked_until_ms = NOW + 30 * DAY - 1,
		       .lock_mode = "GOVERNANCE");
	EXPECT_VERDICT(kind_locked, &compliance, VERDICT_FAIL, .locked_until_ms = NOW, .lock_mode = "GOVERNANCE");
	EXPECT_VERDICT(kind_locked, &governance, VERDICT_PASS, .locked_until_ms = NOW, .lock_mode = "COMPLIANCE");
	EXPECT_VERDICT(kind_locked, &month, VERDICT_UNPROVEN, .modified_ms = NOW);
	EXPECT_VERDICT(kind_locked, &month, VERDICT_UNPROVEN, .modified_ms = NOW, .legal_hold = true);
	EXPECT_VERDICT(kind_locked, &month, VERDICT_UNPROVEN, .modified_ms = NOW, .lock_mode = "GOVERNANCE");
}

TEST(a_lock_that_was_asked_for)
{
	const struct locked_declared month = {30 * DAY, -1};
	struct store_object object = {.modified_ms = NOW};
	struct upload_evidence upload = {.status = STORE_OK, .object = &object, .has_server = true};
	struct finding finding;

	upload.retention_status = STORE_ABSENT;
	EXPECT_NUMBER(conclude(&kind_locked, &month, &upload).verdict, VERDICT_FAIL);
	upload.retention_status = STORE_DENIED;
	finding = conclude(&kind_locked, &month, &upload);
	EXPECT_NUMBER(finding.verdict, VERDICT_UNPROVEN);
	EXPECT(strstr(finding.observed, "needs s3:GetObjectRetention") != NULL);
}

struct kept_declared {
	struct bounds count;
	int64_t within_ms;
	double share;
};

static struct finding count(struct kept_declared declared, const int64_t *sizes, size_t how_many)
{
	struct kept_object items[16];
	struct kept_objects kept = {.items = items, .count = how_many};
	struct upload_evidence upload = {.status = STORE_OK,
					 .now_ms = NOW,
					 .artifact_size = PARAMETER_UNSET,
					 .kept = &kept};

	for (size_t i = 0; i < how_many; i++)
		items[how_many - 1 - i] =
			(struct kept_object){.size_bytes = sizes[i], .made_ms = NOW - (int64_t)i * DAY};
	accepted_judge(&(struct check_list){0}, 0, items, how_many, &kept.accepted);
	return conclude(&kind_kept, &declared, &upload);
}

TEST(kept)
{
	static const int64_t good[] = {100, 90, 110, 100}, bad[] = {100, 0, 0, 0, 0, 3, 100, 90};
	const struct bounds four = {4, PARAMETER_UNSET}, three = {3, PARAMETER_UNSET}, few = {PARAMETER_UNSET, 3};
	struct finding finding;

	EXPECT_NUMBER(count((struct kept_declared){four, PARAMETER_UNSET, 50}, good, 4).verdict, VERDICT_PASS);
	EXPECT_NUMBER(count((struct kept_declared){four, PARAMETER_UNSET, 50}, good, 3).verdict, VERDICT_FAIL);
	EXPECT_NUMBER(count((struct kept_declared){few, PARAMETER_UNSET, 50}, good, 4).verdict, VERDICT_FAIL);
	EXPECT_NUMBER(count((struct kept_declared){four, 2 * DAY, 50}, good, 4).verdict, VERDICT_FAIL);
	EXPECT_NUMBER(count((struct kept_declared){three, 2 * DAY, 50}, good, 4).verdict, VERDICT_PASS);
	finding = count((struct kept_declared){three, PARAMETER_UNSET, 50}, bad, 8);
	EXPECT_NUMBER(finding.verdict, VERDICT_PASS);
	EXPECT_STRING(finding.observed, "3, left out: 4 empty, left out: 1 of less than 50% of the usual 100 B");
	EXPECT_NUMBER(count((struct kept_declared){four, PARAMETER_UNSET, 50}, bad, 8).verdict, VERDICT_FAIL);
	EXPECT_NUMBER(count((struct kept_declared){four, PARAMETER_UNSET, 50}, bad, 0).verdict, VERDICT_FAIL);
	EXPECT_NUMBER(count((struct kept_declared){four, PARAMETER_UNSET, 0}, bad + 1, 4).verdict, VERDICT_FAIL);
}

TEST(kept_that_cannot_be_counted)
{
	const struct kept_declared declared = {{1, PARAMETER_UNSET}, PARAMETER_UNSET, 50};
	struct kept_objects kept = {.is_unknown = true};
	struct upload_evidence upload = {.status = STORE_OK};

	EXPECT_NUMBER(conclude(&kind_kept, &declared, &upload).verdict, VERDICT_UNPROVEN);
	upload.kept = &kept;
	EXPECT_NUMBER(conclude(&kind_kept, &declared, &upload).verdict, VERDICT_UNPROVEN);
}

static enum verdict fresh(enum origin origin, int64_t modified_ms)
{
	struct store_object object = {.modified_ms = modified_ms};
	struct upload_evidence upload = {.status = STORE_OK, .object = &object, .origin = origin, .now_ms = NOW + 5000};

	return conclude(&kind_upload_fresh, "", &upload).verdict;
}

TEST(freshness)
{
	EXPECT_NUMBER(fresh(ORIGIN_THIS_RUN, NOW), VERDICT_PASS);
	EXPECT_NUMBER(fresh(ORIGIN_THIS_RUN, NOW - DAY), VERDICT_PASS);
	EXPECT_NUMBER(fresh(ORIGIN_THIS_RUN, NOW + DAY), VERDICT_FAIL);
	EXPECT_NUMBER(fresh(ORIGIN_BEFORE, NOW), VERDICT_FAIL);
	EXPECT_NUMBER(fresh(ORIGIN_OLD, NOW), VERDICT_FAIL);
	EXPECT_NUMBER(fresh(ORIGIN_UNTOLD, NOW), VERDICT_UNPROVEN);
	EXPECT_NUMBER(fresh(ORIGIN_UNKNOWN, NOW), VERDICT_UNPROVEN);
}

UNIT_MAIN

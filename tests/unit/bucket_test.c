/* What a bucket's settings say, as XML and as the kinds judge it. */
#include "unit.h"

#include "assertions/checks/assertion.h"
#include "assertions/stores/s3/s3_private.h"

extern const struct assertion_kind kind_private, kind_versioning, kind_lifecycle, kind_object_lock, kind_writable;

static struct s3_bucket_reading read_xml(enum s3_bucket_document document, const char *text)
{
	struct s3_bucket_reading reading = {.document = document, .versioning = BUCKET_VERSIONING_OFF};
	struct error err = {""};

	EXPECT_NUMBER(xml_read(&s3_bucket_events, &reading, text, strlen(text), &err), 0);
	return reading;
}

TEST(versioning_as_xml)
{
	struct s3_bucket_reading reading = read_xml(S3_BUCKET_VERSIONING, "<VersioningConfiguration/>");

	EXPECT(s3_bucket_is_understood(&reading));
	EXPECT_NUMBER(reading.versioning, BUCKET_VERSIONING_OFF);
	reading = read_xml(S3_BUCKET_VERSIONING,
			   "<VersioningConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Status>Enabled"
			   "</Status><MfaDelete>Disabled</MfaDelete></VersioningConfiguration>");
	EXPECT(s3_bucket_is_understood(&reading));
	EXPECT_NUMBER(reading.versioning, BUCKET_VERSIONING_ENABLED);
	reading = read_xml(S3_BUCKET_VERSIONING,
			   "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>");
	EXPECT_NUMBER(reading.versioning, BUCKET_VERSIONING_SUSPENDED);
	reading = read_xml(S3_BUCKET_VERSIONING,
			   "<VersioningConfiguration><Status>enabled?</Status></VersioningConfiguration>");
	EXPECT(!s3_bucket_is_understood(&reading));
	reading = read_xml(S3_BUCKET_VERSIONING, "<ListBucketResult><Name>b</Name></ListBucketResult>");
	EXPECT(!s3_bucket_is_understood(&reading));
	reading = read_xml(S3_BUCKET_VERSIONING, "<a><VersioningConfiguration><Status>Enabled</Status>"
						 "</VersioningConfiguration></a>");
	EXPECT(!s3_bucket_is_understood(&reading));
}

#define RULES(text) "<LifecycleConfiguration>" text "</LifecycleConfiguration>"
#define RULE(inside) "<Rule>" inside "</Rule>"

TEST(lifecycle_as_xml)
{
	struct s3_bucket_reading reading =
		read_xml(S3_BUCKET_LIFECYCLE,
			 RULES(RULE("<ID>a</ID><Filter><Prefix>pg/</Prefix></Filter><Status>Enabled</Status>"
				    "<Expiration><Days>30</Days></Expiration>")
				       RULE("<ID>b</ID><Prefix>old/</Prefix><Status>Disabled</Status><Expiration><Date>"
					    "2027-01-01T00:00:00Z</Date></Expiration>")
					       RULE("<ID>c</ID><Filter><And><Prefix>x</Prefix><Tag><Key>k</Key><Value>v"
						    "</Value></Tag></And></Filter><Status>Enabled</Status>"
						    "<NoncurrentVersionExpiration><NoncurrentDays>3</NoncurrentDays>"
						    "</NoncurrentVersionExpiration>")));
	const struct bucket_rule *rules = reading.lifecycle.rules;

	EXPECT(s3_bucket_is_understood(&reading));
	EXPECT_NUMBER(reading.lifecycle.count, 3);
	EXPECT_STRING(rules[0].id, "a");
	EXPECT_STRING(rules[0].prefix, "pg/");
	EXPECT(rules[0].is_enabled && !rules[0].is_filtered && rules[0].expires_days == 30);
	EXPECT(!rules[1].is_enabled && rules[1].has_date && rules[1].expires_days == 0);
	EXPECT(rules[2].is_enabled && rules[2].is_filtered && rules[2].expires_days == 0);
	EXPECT_STRING(rules[2].prefix, "x");
	bucket_lifecycle_release(&reading.lifecycle);
	reading = read_xml(S3_BUCKET_LIFECYCLE,
			   RULES(RULE("<Status>Enabled</Status><Expiration><Days>-3</Days></Expiration>")));
	EXPECT(!s3_bucket_is_understood(&reading));
	bucket_lifecycle_release(&reading.lifecycle);
	reading = read_xml(S3_BUCKET_LIFECYCLE, "<Error><Code>x</Code></Error>");
	EXPECT(!s3_bucket_is_understood(&reading));
}

TEST(lock_as_xml)
{
	struct s3_bucket_reading reading =
		read_xml(S3_BUCKET_LOCK,
			 "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule>"
			 "<DefaultRetention><Mode>COMPLIANCE</Mode><Years>2</Years></DefaultRetention></Rule>"
			 "</ObjectLockConfiguration>");

	EXPECT(s3_bucket_is_understood(&reading));
	EXPECT(reading.lock.is_enabled);
	EXPECT_STRING(reading.lock.mode, "COMPLIANCE");
	EXPECT_NUMBER(reading.lock.days, 730);
	reading = read_xml(S3_BUCKET_LOCK, "<ObjectLockConfiguration/>");
	EXPECT(!s3_bucket_is_understood(&reading));
}

#define EXPECT_VERDICT(kind, parameters, verdict, ...) \
	expect_verdict(&(kind), parameters, verdict, &(struct bucket_facts){__VA_ARGS__}, __LINE__)

static void expect_verdict(const struct assertion_kind *kind, const void *parameters, enum verdict verdict,
			   const struct bucket_facts *facts, int line)
{
	const struct store_probe probe = {.status = STORE_OK};
	const struct store_evidence evidence = {"s3://b", true, &probe, facts};
	struct finding finding = {VERDICT_UNEVALUATED, "", ""};

	kind->conclude(parameters, NULL, &(struct evidence){SUBJECT_STORE, .store = &evidence}, &finding);
	if (finding.verdict != verdict) {
		printf("line %d: %s is %d: %s\n", line, kind->name, (int)finding.verdict, finding.observed);
		unit_failures++;
	}
}

TEST(versioning)
{
	const int enabled = BUCKET_VERSIONING_ENABLED, suspended = BUCKET_VERSIONING_SUSPENDED,
		  off = BUCKET_VERSIONING_OFF;

	EXPECT_VERDICT(kind_versioning, &enabled, VERDICT_PASS, .versioning_status = STORE_OK);
	EXPECT_VERDICT(kind_versioning, &off, VERDICT_FAIL, .versioning_status = STORE_OK);
	EXPECT_VERDICT(kind_versioning, &enabled, VERDICT_UNPROVEN, .versioning_status = STORE_UNSUPPORTED);
	EXPECT_VERDICT(kind_versioning, &enabled, VERDICT_UNPROVEN, .versioning_status = STORE_DENIED,
		       .sample.status = STORE_OK, .sample.object.version = "null");
	EXPECT_VERDICT(kind_versioning, &enabled, VERDICT_UNPROVEN, .versioning_status = STORE_DENIED,
		       .sample.status = STORE_OK);
	/* A bucket where it is suspended keeps such objects. */
	EXPECT_VERDICT(kind_versioning, &enabled, VERDICT_UNPROVEN, .versioning_status = STORE_DENIED,
		       .sample.status = STORE_OK, .sample.object.version = "v1");
	EXPECT_VERDICT(kind_versioning, &enabled, VERDICT_PASS, .versioning_status = STORE_DENIED,
		       .written_version = "v2");
	EXPECT_VERDICT(kind_versioning, &enabled, VERDICT_FAIL, .versioning_status = STORE_DENIED,
		       .written_version = "null", .sample.status = STORE_OK, .sample.object.version = "v1");
	EXPECT_VERDICT(kind_versioning, &suspended, VERDICT_FAIL, .versioning_status = STORE_DENIED,
		       .written_version = "v2");
	EXPECT_VERDICT(kind_versioning, &off, VERDICT_FAIL, .versioning_status = STORE_DENIED, .written_version = "v2");
	EXPECT_VERDICT(kind_versioning, &suspended, VERDICT_UNPROVEN, .versioning_status = STORE_DENIED,
		       .written_version = "null");
	EXPECT_VERDICT(kind_versioning, &off, VERDICT_UNPROVEN, .versioning_status = STORE_DENIED,
		       .written_version = "null");
	EXPECT_VERDICT(kind_versioning, &enabled, VERDICT_FAIL, .versioning_status = STORE_OK,
		       .versioning = BUCKET_VERSIONING_SUSPENDED, .written_version = "v2");
	EXPECT_VERDICT(kind_versioning, &suspended, VERDICT_UNPROVEN, .versioning_status = STORE_DENIED,
		       .sample.status = STORE_OK, .sample.object.version = "v1");
	EXPECT_VERDICT(kind_versioning, &off, VERDICT_FAIL, .versioning_status = STORE_DENIED,
		       .sample.status = STORE_OK, .sample.object.version = "v1");
	EXPECT_VERDICT(kind_versioning, &enabled, VERDICT_UNPROVEN, .cannot_be_asked = true,
		       .versioning_status = STORE_OK);
	EXPECT_VERDICT(kind_versioning, &enabled, VERDICT_UNPROVEN, .versioning_status = STORE_DENIED,
		       .sample.status = STORE_DENIED, .sample.object.version = "v1");
}

struct lifecycle_declared {
	int64_t expires_ms;
	const char *prefix;
};

#define DAY INT64_C(86400000)

TEST(lifecycle)
{
	const struct lifecycle_declared month = {30 * DAY, NULL}, below = {30 * DAY, "pg/"};
	struct bucket_rule rules[] = {{.id = "r", .is_enabled = true, .expires_days = 30}, {.id = "s"}};
	struct bucket_lifecycle one = {rules, 1}, two = {rules, 2};

	EXPECT_VERDICT(kind_lifecycle, &month, VERDICT_FAIL, .lifecycle_status = STORE_OK);
	EXPECT_VERDICT(kind_lifecycle, &month, VERDICT_PASS, .lifecycle_status = STORE_OK, .lifecycle = one);
	EXPECT_VERDICT(kind_lifecycle, &month, VERDICT_UNPROVEN, .lifecycle_status = STORE_BROKEN, .lifecycle = one);
	strcpy(rules[0].prefix, "pg/");
	EXPECT_VERDICT(kind_lifecycle, &month, VERDICT_FAIL, .lifecycle_status = STORE_OK, .lifecycle = one);
	EXPECT_VERDICT(kind_lifecycle, &below, VERDICT_PASS, .lifecycle_status = STORE_OK, .lifecycle = one);
	EXPECT_VERDICT(kind_lifecycle, &month, VERDICT_PASS, .lifecycle_status = STORE_OK, .lifecycle = one,
		       .prefix = "pg/");
	EXPECT_VERDICT(kind_lifecycle, &below, VERDICT_FAIL, .lifecycle_status = STORE_OK, .lifecycle = one,
		       .prefix = "other/");
	rules[0].is_filtered = true;
	EXPECT_VERDICT(kind_lifecycle, &below, VERDICT_FAIL, .lifecycle_status = STORE_OK, .lifecycle = one);
	rules[0].is_filtered = false;
	rules[1] = (struct bucket_rule){.id = "s", .prefix = "pg/a", .is_enabled = true, .expires_days = 7};
	EXPECT_VERDICT(kind_lifecycle, &below, VERDICT_FAIL, .lifecycle_status = STORE_OK, .lifecycle = two);
	rules[1].prefix[0] = '\0';
	rules[1].is_filtered = true;
	EXPECT_VERDICT(kind_lifecycle, &below, VERDICT_UNPROVEN, .lifecycle_status = STORE_OK, .lifecycle = two);
	rules[1].is_filtered = false;
	EXPECT_VERDICT(kind_lifecycle, &below, VERDICT_FAIL, .lifecycle_status = STORE_OK, .lifecycle = two);
	rules[1] = (struct bucket_rule){.id = "d", .is_enabled = true, .has_date = true};
	EXPECT_VERDICT(kind_lifecycle, &below, VERDICT_FAIL, .lifecycle_status = STORE_OK, .lifecycle = two);
	rules[0].is_enabled = rules[1].is_enabled = false;
	EXPECT_VERDICT(kind_lifecycle, &below, VERDICT_FAIL, .lifecycle_status = STORE_OK, .lifecycle = two);
}

TEST(lifecycle_as_an_object_shows_it)
{
	const struct lifecycle_declared month = {30 * DAY, NULL};
	struct bucket_sample sample = {.status = STORE_OK, .object = {.key = "k", .modified_ms = 1000 * DAY + 7}};

	EXPECT_VERDICT(kind_lifecycle, &month, VERDICT_UNPROVEN, .lifecycle_status = STORE_DENIED,
		       .prefix_sample = sample);
	sample.object.would_tell_expiry = true;
	EXPECT_VERDICT(kind_lifecycle, &month, VERDICT_FAIL, .lifecycle_status = STORE_DENIED, .prefix_sample = sample);
	sample.object.expires_ms = 1031 * DAY;
	EXPECT_VERDICT(kind_lifecycle, &month, VERDICT_PASS, .lifecycle_status = STORE_DENIED, .prefix_sample = sample);
	sample.object.expires_ms = 1032 * DAY;
	EXPECT_VERDICT(kind_lifecycle, &month, VERDICT_FAIL, .lifecycle_status = STORE_DENIED, .prefix_sample = sample);
	sample.object.expires_ms = 1029 * DAY;
	EXPECT_VERDICT(kind_lifecycle, &month, VERDICT_FAIL, .lifecycle_status = STORE_DENIED, .prefix_sample = sample);
	sample.status = STORE_ABSENT;
	EXPECT_VERDICT(kind_lifecycle, &month, VERDICT_UNPROVEN, .lifecycle_status = STORE_DENIED,
		       .prefix_sample = sample);
}

struct lock_declared {
	bool enabled;
	int mode;
	int64_t days;
};

TEST(object_lock)
{
	const struct lock_declared any = {true, -1, PARAMETER_UNSET}, compliance = {true, 1, PARAMETER_UNSET},
				   month = {true, -1, 30};
	const struct bucket_lock bare = {.is_enabled = true}, good = {true, "COMPLIANCE", 30},
				 weak = {true, "GOVERNANCE", 7};

	EXPECT_VERDICT(kind_object_lock, &any, VERDICT_FAIL, .lock_status = STORE_OK);
	EXPECT_VERDICT(kind_object_lock, &any, VERDICT_PASS, .lock_status = STORE_OK, .lock = bare);
	EXPECT_VERDICT(kind_object_lock, &month, VERDICT_FAIL, .lock_status = STORE_OK, .lock = bare);
	EXPECT_VERDICT(kind_object_lock, &month, VERDICT_PASS, .lock_status = STORE_OK, .lock = good);
	EXPECT_VERDICT(kind_object_lock, &month, VERDICT_FAIL, .lock_status = STORE_OK, .lock = weak);
	EXPECT_VERDICT(kind_object_lock, &compliance, VERDICT_PASS, .lock_status = STORE_OK, .lock = good);
	EXPECT_VERDICT(kind_object_lock, &compliance, VERDICT_FAIL, .lock_status = STORE_OK, .lock = weak);
	EXPECT_VERDICT(kind_object_lock, &any, VERDICT_UNPROVEN, .lock_status = STORE_DENIED, .lock = good);
	EXPECT_VERDICT(kind_object_lock, &any, VERDICT_PASS, .lock_status = STORE_DENIED, .sample.status = STORE_OK,
		       .sample.object.lock_mode = "GOVERNANCE");
	EXPECT_VERDICT(kind_object_lock, &month, VERDICT_UNPROVEN, .lock_status = STORE_DENIED,
		       .sample.status = STORE_OK, .sample.object.lock_mode = "COMPLIANCE");
}

TEST(private)
{
	const bool wanted = true;

	EXPECT_VERDICT(kind_private, &wanted, VERDICT_PASS, .listing = BUCKET_DOOR_SHUT, .object = BUCKET_DOOR_SHUT,
		       .sample.status = STORE_OK);
	EXPECT_VERDICT(kind_private, &wanted, VERDICT_PASS, .listing = BUCKET_DOOR_SHUT, .sample.status = STORE_ABSENT);
	EXPECT_VERDICT(kind_private, &wanted, VERDICT_FAIL, .listing = BUCKET_DOOR_OPEN, .object = BUCKET_DOOR_SHUT,
		       .sample.status = STORE_OK);
	EXPECT_VERDICT(kind_private, &wanted, VERDICT_FAIL, .listing = BUCKET_DOOR_SHUT, .object = BUCKET_DOOR_OPEN,
		       .sample.status = STORE_OK);
	EXPECT_VERDICT(kind_private, &wanted, VERDICT_FAIL, .object = BUCKET_DOOR_OPEN, .sample.status = STORE_OK);
	EXPECT_VERDICT(kind_private, &wanted, VERDICT_UNPROVEN, .object = BUCKET_DOOR_SHUT, .sample.status = STORE_OK);
	EXPECT_VERDICT(kind_private, &wanted, VERDICT_UNPROVEN, .listing = BUCKET_DOOR_SHUT, .sample.status = STORE_OK);
	EXPECT_VERDICT(kind_private, &wanted, VERDICT_UNPROVEN, .listing = BUCKET_DOOR_SHUT,
		       .sample.status = STORE_DENIED);
	EXPECT_VERDICT(kind_private, &wanted, VERDICT_UNPROVEN, .cannot_be_asked = true, .listing = BUCKET_DOOR_SHUT);
}

TEST(writable)
{
	const bool wanted = true;

	EXPECT_VERDICT(kind_writable, &wanted, VERDICT_PASS, .was_written = true, .write_status = STORE_OK);
	EXPECT_VERDICT(kind_writable, &wanted, VERDICT_FAIL, .was_written = true, .write_status = STORE_DENIED);
	EXPECT_VERDICT(kind_writable, &wanted, VERDICT_UNPROVEN, .was_written = true);
	EXPECT_VERDICT(kind_writable, &wanted, VERDICT_UNPROVEN, .write_status = STORE_OK);
}

TEST(a_store_that_was_not_asked)
{
	static const struct assertion_kind *const kinds[] = {&kind_private, &kind_versioning, &kind_object_lock,
							     &kind_writable};
	const struct store_probe probe = {.status = STORE_UNREACHABLE};
	const struct bucket_facts facts = {.versioning_status = STORE_OK, .listing = BUCKET_DOOR_SHUT};
	const struct lock_declared any = {true, -1, PARAMETER_UNSET};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct store_evidence evidences[] = {{"s3://b", true, &probe, &facts},
							   {"s3://b", false, &probe, NULL}};
		for (size_t e = 0; e < 2; e++) {
			struct finding finding = {VERDICT_UNEVALUATED, "", ""};
			kinds[i]->conclude(&any, NULL, &(struct evidence){SUBJECT_STORE, .store = &evidences[e]},
					   &finding);
			EXPECT_NUMBER(finding.verdict, VERDICT_UNPROVEN);
		}
	}
}

UNIT_MAIN

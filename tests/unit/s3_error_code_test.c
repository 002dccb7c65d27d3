#include "unit.h"

#include "assertions/stores/s3/s3_private.h"

/* What a store may answer: what follows, and the essence of what people are told of it. */
static const struct {
	int http;
	const char *code, *message;
	bool about_object;
	enum store_status status;
	bool transient;
	const char *words, *hint;
} cases[] = {
	{404, "NoSuchKey", "", true, STORE_ABSENT, false, "the object is not there", ""},
	{404, "NoSuchVersion", "", true, STORE_ABSENT, false, "the object is not there", ""},
	{404, "NoSuchBucket", "", true, STORE_NO_BUCKET, false, "the bucket does not exist", "is 'bkt' the right name"},
	{400, "InvalidBucketName", "", false, STORE_NO_BUCKET, false, "no name a bucket can have", "'bkt'"},
	{404, "NoSuchUpload", "", true, STORE_BROKEN, false, "knows no such upload", ""},
	{404, "NoSuchLifecycleConfiguration", "", false, STORE_ABSENT, false, "has no such setting", ""},
	{404, "ObjectLockConfigurationNotFoundError", "", false, STORE_ABSENT, false, "has no such setting", ""},
	{404, "NoSuchPublicAccessBlockConfiguration", "", false, STORE_ABSENT, false, "has no such setting", ""},
	{404, "NoSuchBucketPolicy", "", false, STORE_ABSENT, false, "has no such setting", ""},
	{404, "ServerSideEncryptionConfigurationNotFoundError", "", false, STORE_ABSENT, false, "has no such setting",
	 ""},
	{405, "MethodNotAllowed", "", false, STORE_UNSUPPORTED, false, "the store cannot do this", "cannot be proven"},
	{411, "MissingContentLength", "", true, STORE_UNSUPPORTED, false, "wants to be told a length", ""},
	{501, "NotImplemented", "", false, STORE_UNSUPPORTED, false, "the store cannot do this", "cannot be proven"},
	{301, "PermanentRedirect", "", false, STORE_BROKEN, false, "in another region", "set 'region' to where"},
	{307, "TemporaryRedirect", "", false, STORE_BROKEN, false, "elsewhere", "set 'region'"},
	{307, "", "", false, STORE_BROKEN, false, "wants to be asked elsewhere", "redirections are not followed"},
	{400, "AuthorizationHeaderMalformed", "", false, STORE_BAD_CREDENTIALS, false, "signed for another region",
	 "set 'region'"},
	{400, "IllegalLocationConstraintException", "", false, STORE_BROKEN, false, "in another region",
	 "set 'region'"},
	{400, "", "", true, STORE_BROKEN, false, "cannot be understood",
	 "another region, or of a session that has expired"},
	{400, "ExpiredToken", "", false, STORE_BAD_CREDENTIALS, false, "has expired",
	 "renew the credentials (from here)"},
	{403, "InvalidTokenId", "", false, STORE_BAD_CREDENTIALS, false, "is not valid", "renew"},
	{400, "InvalidToken", "", false, STORE_BAD_CREDENTIALS, false, "is not valid", "renew"},
	{403, "InvalidAccessKeyId", "", false, STORE_BAD_CREDENTIALS, false, "is not known there",
	 "whether 'endpoint' is the store that it belongs to"},
	{403, "SignatureDoesNotMatch", "", false, STORE_BAD_CREDENTIALS, false, "secret key does not fit",
	 "check the secret key (from here)"},
	{401, "", "", false, STORE_BAD_CREDENTIALS, false, "are not accepted", "check the credentials (from here)"},
	{401, "Unauthorized", "", false, STORE_BAD_CREDENTIALS, false, "are not accepted", "check the credentials"},
	{403, "RequestTimeTooSkewed", "", false, STORE_SKEWED, false, "too far apart", "set this machine's clock"},
	{403, "AccessDenied", "", false, STORE_DENIED, false, "may not do this", "this needs s3:X on the bucket 'bkt'"},
	{403, "AccessDenied", "", true, STORE_DENIED, false, "may not do this", "without s3:ListBucket"},
	{403, "", "", true, STORE_DENIED, false, "may not do this", "without s3:ListBucket"},
	{403, "AccessDenied", "User is not authorized: KMS key", true, STORE_DENIED, false, "encrypted with",
	 "kms:Decrypt"},
	{403, "AccessDenied", "with an explicit deny in a policy", false, STORE_DENIED, false, "explicitly",
	 "no further permission helps"},
	{403, "InvalidObjectState", "", true, STORE_DENIED, false, "archived", "restore"},
	{403, "QuotaExceeded", "", false, STORE_DENIED, false, "quota", "make room"},
	{409, "ConditionalRequestConflict", "", true, STORE_UNREACHABLE, true, "another upload to the same key", ""},
	{413, "EntityTooLarge", "", true, STORE_BROKEN, false, "too large for the store", ""},
	{413, "", "", true, STORE_BROKEN, false, "in front of the store", "client_max_body_size"},
	{507, "", "", true, STORE_DENIED, false, "the store is full", "make room"},
	{507, "XMinioStorageFull", "", true, STORE_DENIED, false, "the store is full", "make room"},
	{507, "Whatever", "", true, STORE_DENIED, false, "the store is full", "make room"},
	{400, "XAmzContentSHA256Mismatch", "", true, STORE_BROKEN, true, "changed on its way",
	 "AWS_REQUEST_CHECKSUM_CALCULATION=when_required"},
	{400, "InvalidDigest", "", true, STORE_BROKEN, false, "checksum", "when_required"},
	{400, "BadDigest", "", true, STORE_UNREACHABLE, true, "came damaged", "proxy"},
	{400, "InvalidRequest",
	 "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Object requests with Object "
	 "Lock parameters",
	 true, STORE_BROKEN, false, "with a checksum only", "object lock with a default retention"},
	{400, "InvalidRequest",
	 "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to "
	 "retrieve the object.",
	 true, STORE_UNSUPPORTED, false, "(SSE-C), which muster does not support", "encrypt with a key"},
	{403, "AccessDenied", "The bucket is a Requester Pays bucket", false, STORE_UNSUPPORTED, false,
	 "(requester pays), which muster does not support", "owner pay"},
	{400, "UserProjectMissing", "Bucket is a requester pays bucket but no user project provided.", false,
	 STORE_UNSUPPORTED, false, "requester pays", ""},
	{400, "InvalidRequest", "other", true, STORE_BROKEN, false, "cannot be understood", ""},
	{503, "SlowDown", "", false, STORE_UNREACHABLE, true, "overloaded", "budget"},
	{503, "SlowDownRead", "", false, STORE_UNREACHABLE, true, "overloaded", ""},
	{503, "ServiceUnavailable", "", false, STORE_UNREACHABLE, true, "overloaded", ""},
	{500, "InternalError", "", false, STORE_UNREACHABLE, true, "failed for the moment", "request's id"},
	{200, "InternalError", "", true, STORE_UNREACHABLE, true, "failed for the moment", ""},
	{400, "RequestTimeout", "", true, STORE_UNREACHABLE, true, "failed for the moment", ""},
	{408, "", "", false, STORE_UNREACHABLE, true, "failed for the moment", ""},
	{429, "", "", false, STORE_UNREACHABLE, true, "failed for the moment", ""},
	{499, "", "", false, STORE_UNREACHABLE, true, "failed for the moment", ""},
	{502, "", "", false, STORE_UNREACHABLE, true, "failed for the moment", ""},
	{504, "", "", false, STORE_UNREACHABLE, true, "failed for the moment", ""},
	{520, "", "", false, STORE_UNREACHABLE, true, "failed for the moment", ""},
	{418, "", "", false, STORE_BROKEN, false, "cannot be understood", "is 'endpoint' the address of an S3 server?"},
};

static void describe(struct s3_answer *answer, bool about_object)
{
	const struct s3_question question = {.what = "asked for",
					     .bucket = "bkt",
					     .key = about_object ? "k" : NULL,
					     .origin = "https://h",
					     .permission = "s3:X",
					     .credentials = "here",
					     .attempts = 1};

	s3_answer_describe(answer, &question);
}

static void expect_part(int line, const char *text, const char *part)
{
	EXPECT(strstr(text, part) != NULL);
	if (strstr(text, part) == NULL)
		printf("  case %d: no '%s' in '%s'\n", line, part, text);
}

TEST(every_answer_says_what_it_means_and_what_to_change)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct s3_answer answer = {.http_status = cases[i].http, .request_id = "tx-1"};
		char status[16];

		strcpy(answer.code, cases[i].code);
		strcpy(answer.message, cases[i].message);
		s3_answer_judge(&answer, cases[i].about_object);
		EXPECT_NUMBER(answer.status, cases[i].status);
		EXPECT_NUMBER(answer.transient, cases[i].transient);
		describe(&answer, cases[i].about_object);
		snprintf(status, sizeof(status), "answered %d", cases[i].http);
		expect_part((int)i, answer.error.message, status);
		expect_part((int)i, answer.error.message, cases[i].code);
		expect_part((int)i, answer.error.message, "(request tx-1)");
		expect_part((int)i, answer.error.message, cases[i].message);
		expect_part((int)i, answer.error.message, cases[i].words);
		expect_part((int)i, answer.hint, cases[i].hint);
	}
}

TEST(where_the_store_says_that_the_bucket_is)
{
	static const char body[] =
		"<Error><Code>PermanentRedirect</Code><Endpoint>b.s3.eu-west-1.amazonaws.com</Endpoint></Error>";
	struct s3_answer answer = {.http_status = 301};
	struct error err = {""};

	EXPECT_NUMBER(xml_read(&s3_answer_error_events, &answer, body, strlen(body), &err), 0);
	s3_answer_judge(&answer, false);
	describe(&answer, false);
	expect_part(0, answer.hint, "(the store says 'b.s3.eu-west-1.amazonaws.com')");
	strcpy(answer.region, "eu-west-1");
	describe(&answer, false);
	expect_part(1, answer.hint, "(the store says 'eu-west-1')");
}

TEST(a_clock_is_told_apart_from_keys)
{
	struct s3_answer answer = {.http_status = 403,
				   .code = "RequestTimeTooSkewed",
				   .has_date = true,
				   .clock_offset_ms = 7200000};

	s3_answer_judge(&answer, false);
	describe(&answer, false);
	expect_part(0, answer.hint, "set this machine's clock: it is 7200 s behind the store's");
	answer = (struct s3_answer){.http_status = 403,
				    .code = "SignatureDoesNotMatch",
				    .has_date = true,
				    .clock_offset_ms = -7200000};
	s3_answer_judge(&answer, false);
	describe(&answer, false);
	expect_part(1, answer.hint, "check the secret key");
	expect_part(1, answer.hint, "7200 s ahead of the store's, but that was allowed for");
	answer.status = STORE_SKEWED;
	describe(&answer, false);
	expect_part(2, answer.error.message, "too far apart");
	expect_part(2, answer.hint, "set this machine's clock: it is 7200 s ahead of the store's");
	answer = (struct s3_answer){.http_status = 403,
				    .code = "SignatureDoesNotMatch",
				    .has_date = true,
				    .clock_offset_ms = 20000};
	s3_answer_judge(&answer, false);
	describe(&answer, false);
	EXPECT(strstr(answer.hint, "clock") == NULL);
}

UNIT_MAIN

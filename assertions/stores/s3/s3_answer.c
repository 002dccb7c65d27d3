#include "assertions/stores/s3/s3_private.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/secrets.h"
#include "assertions/stores/answer.h"
#include "assertions/stores/http/printable.h"

#define SUBJECT_MAX 200

#define KEYS STORE_BAD_CREDENTIALS
#define MOMENT STORE_UNREACHABLE, true
#define OVERLOADED \
	MOMENT, "the store is overloaded", "try again later, or let 'retry' of the store have a longer 'budget'"
#define FAILED                                     \
	MOMENT, "the store failed for the moment", \
		"try again later; if it lasts, show the request's id to the store's operator"
#define RENEW "renew the credentials (from #)"
#define REGION "set 'region' to where the bucket '@' is, and 'endpoint' to that region's"
#define CHECKSUM \
	"a proxy changes what is sent; for uploaders that fail so: AWS_REQUEST_CHECKSUM_CALCULATION=when_required"
#define CHANGED STORE_BROKEN, true, "the request was changed on its way", CHECKSUM
#define FULL STORE_DENIED, false, "the store is full", "make room in the store; no further attempt helps until then"
#define REQUESTER_PAYS                                                                                              \
	STORE_UNSUPPORTED, false, "whoever asks has to pay for it (requester pays), which muster does not support", \
		"let the bucket's owner pay"
#define OPERATOR "ask the store's operator"
#define UNPROVEN "what depends on it cannot be proven there"
#define NO_SETTING STORE_ABSENT, false, "the bucket has no such setting", NULL

/* The first that fits: those with a part of the message stand before those without. */
static const struct s3_error_code error_codes[] = {
	{"NoSuchKey", NULL, STORE_ABSENT, false, NULL, NULL},
	{"NoSuchVersion", NULL, STORE_ABSENT, false, NULL, NULL},
	{"NoSuchLifecycleConfiguration", NULL, NO_SETTING},
	{"ObjectLockConfigurationNotFoundError", NULL, NO_SETTING},
	{"NoSuchPublicAccessBlockConfiguration", NULL, NO_SETTING},
	{"NoSuchBucketPolicy", NULL, NO_SETTING},
	{"ServerSideEncryptionConfigurationNotFoundError", NULL, NO_SETTING},
	{"NoSuchBucket", NULL, STORE_NO_BUCKET, false, NULL,
	 "is '@' the right name under 'bucket', and 'endpoint' the right store?"},
	{"InvalidBucketName", NULL, STORE_NO_BUCKET, false, "this is no name a bucket can have",
	 "is '@' the right name under 'bucket'?"},
	{"InvalidAccessKeyId", NULL, KEYS, false, "the access key is not known there",
	 "check the access key (from #), and whether 'endpoint' is the store that it belongs to"},
	{"SignatureDoesNotMatch", NULL, KEYS, false, "the secret key does not fit the access key",
	 "check the secret key (from #); a proxy that rewrites paths or headers looks the same"},
	{"InvalidTokenId", NULL, KEYS, false, "the session token is not valid", RENEW},
	{"InvalidToken", NULL, KEYS, false, "the session token is not valid", RENEW},
	{"ExpiredToken", NULL, KEYS, false, "the session token has expired", RENEW},
	{"ExpiredTokenException", NULL, KEYS, false, "the session token has expired", RENEW},
	{"TokenRefreshRequired", NULL, KEYS, false, "the session token has expired", RENEW},
	{"InvalidSecurity", NULL, KEYS, false, NULL, "check the credentials (from #)"},
	{"AuthorizationHeaderMalformed", NULL, KEYS, false, "the request is signed for another region or key", REGION,
	 true},
	{"AccessDenied", "kms", STORE_DENIED, false, "the key that the object is encrypted with may not be used",
	 "this needs kms:Decrypt on that key for the credentials from #"},
	{"AccessDenied", "requester pay", REQUESTER_PAYS},
	{"UserProjectMissing", NULL, REQUESTER_PAYS},
	{"AccessDenied", "explicit deny", STORE_DENIED, false, "a policy denies this explicitly",
	 "no further permission helps: the denying policy has to except the credentials from #"},
	{"AccessDenied", NULL, STORE_DENIED, false, NULL, NULL},
	{"QuotaExceeded", NULL, STORE_DENIED, false, "the store's quota is used up",
	 "make room in the bucket '@', or have its quota raised"},
	{"AccountProblem", NULL, STORE_DENIED, false, "the account has a problem", OPERATOR},
	{"NotSignedUp", NULL, STORE_DENIED, false, "the account may not use this service", OPERATOR},
	{"AllAccessDisabled", NULL, STORE_DENIED, false, "all access is disabled", OPERATOR},
	{"UserSuspended", NULL, STORE_DENIED, false, "the user is suspended", OPERATOR},
	{"InvalidObjectState", NULL, STORE_DENIED, false,
	 "the object is archived and must be restored before it can be read",
	 "restore it, or keep the newest backups out of archive classes"},
	{"RequestTimeTooSkewed", NULL, STORE_SKEWED, false, NULL, "set this machine's clock"},
	{"RequestExpired", NULL, STORE_SKEWED, false, NULL, "set this machine's clock"},
	{"PermanentRedirect", NULL, STORE_BROKEN, false, "the bucket is in another region", REGION, true},
	{"IllegalLocationConstraintException", NULL, STORE_BROKEN, false, "the bucket is in another region", REGION,
	 true},
	{"TemporaryRedirect", NULL, STORE_BROKEN, false, "the bucket is asked for elsewhere for a while", REGION, true},
	{"XAmzContentSHA256Mismatch", NULL, CHANGED},
	{"XAmzContentChecksumMismatch", NULL, CHANGED},
	{"InvalidDigest", NULL, STORE_BROKEN, false, "the store does not take the checksum that was sent", CHECKSUM},
	{"BadDigest", NULL, MOMENT, "what was sent came damaged", CHECKSUM},
	{"IncompleteBody", NULL, MOMENT, "what was sent did not come whole", NULL},
	{"InvalidRequest", "Content-MD5", STORE_BROKEN, false, "the bucket takes uploads with a checksum only",
	 "the bucket '@' has object lock with a default retention: whoever uploads must send Content-MD5 or "
	 "x-amz-checksum-*"},
	{"InvalidRequest", "Server Side Encryption", STORE_UNSUPPORTED, false,
	 "the object is encrypted with a key of its uploader's (SSE-C), which muster does not support",
	 "encrypt with a key of the store's own or of KMS, or before the upload"},
	{"PreconditionFailed", NULL, STORE_BROKEN, false, "the object is not as it must be for this", NULL},
	{"ConditionalRequestConflict", NULL, MOMENT, "another upload to the same key came between", NULL},
	{"EntityTooLarge", NULL, STORE_BROKEN, false, "it is too large for the store", NULL},
	{"XMinioStorageFull", NULL, FULL},
	{"InsufficientStorage", NULL, FULL},
	{"StorageFull", NULL, FULL},
	{"NoSuchUpload", NULL, STORE_BROKEN, false, "the store knows no such upload (any more)", NULL},
	{"MissingContentLength", NULL, STORE_UNSUPPORTED, false, "the store wants to be told a length", UNPROVEN},
	{"NotImplemented", NULL, STORE_UNSUPPORTED, false, NULL, UNPROVEN},
	{"MethodNotAllowed", NULL, STORE_UNSUPPORTED, false, NULL, UNPROVEN},
	{"SlowDown", NULL, OVERLOADED},
	{"SlowDownRead", NULL, OVERLOADED},
	{"SlowDownWrite", NULL, OVERLOADED},
	{"ServiceUnavailable", NULL, OVERLOADED},
	{"Throttling", NULL, OVERLOADED},
	{"ThrottlingException", NULL, OVERLOADED},
	{"RequestLimitExceeded", NULL, OVERLOADED},
	{"BandwidthLimitExceeded", NULL, OVERLOADED},
	{"TooManyRequests", NULL, OVERLOADED},
	{"InternalError", NULL, FAILED},
	{"InternalErrors", NULL, FAILED},
	{"RequestTimeout", NULL, FAILED},
	{"OperationAborted", NULL, FAILED},
	/* What stands in front of a store, or has no disk left, may give no code but its status. */
	{"413", NULL, STORE_BROKEN, false, "it is too large for what stands in front of the store",
	 "a proxy or an ingress limits the size of a request (nginx: client_max_body_size)"},
	{"507", NULL, FULL},
};

const struct s3_error_code *s3_error_code_find(const char *code, const char *message)
{
	for (size_t i = 0; i < sizeof(error_codes) / sizeof(error_codes[0]); i++) {
		const struct s3_error_code *error_code = &error_codes[i];

		if (strcmp(error_code->code, code) == 0 &&
		    (error_code->message_part == NULL || strcasestr(message, error_code->message_part) != NULL))
			return error_code;
	}
	return NULL;
}

static const struct s3_error_code *error_code_of(const struct s3_answer *answer)
{
	const struct s3_error_code *found = s3_error_code_find(answer->code, answer->message);
	char status[16];

	snprintf(status, sizeof(status), "%d", answer->http_status);
	return found != NULL ? found : s3_error_code_find(status, answer->message);
}

static int take_element(void *context, const char *path, const char *text, struct error *err)
{
	struct s3_answer *answer = context;

	(void)err;
	if (xml_path_ends(path, "Error/Code"))
		printable_words(answer->code, sizeof(answer->code), text);
	else if (xml_path_ends(path, "Error/Message"))
		printable_words(answer->message, sizeof(answer->message), text);
	else if (xml_path_ends(path, "Error/RequestId") && answer->request_id[0] == '\0')
		printable_words(answer->request_id, sizeof(answer->request_id), text);
	else if (xml_path_ends(path, "Error/Endpoint"))
		printable_words(answer->endpoint, sizeof(answer->endpoint), text);
	else if (xml_path_ends(path, "Error/Region") && answer->region[0] == '\0' && s3_answer_is_region(text))
		printable_copy(answer->region, sizeof(answer->region), text);
	return 0;
}

const struct xml_events s3_answer_error_events = {.end = take_element};

bool s3_answer_is_region(const char *text)
{
	size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return length > 0 && length < 64 && text[length] == '\0' && text[0] != '-';
}

static void copy_field(const struct http_response *response, const char *name, char *ret_text, size_t size)
{
	const char *value = http_field(response, name);

	if (value != NULL && ret_text[0] == '\0')
		printable_words(ret_text, size, value);
}

void s3_answer_take_headers(struct s3_answer *answer, const struct http_response *response)
{
	const char *region = http_field(response, "x-amz-bucket-region");
	const char *marker = http_field(response, "x-amz-delete-marker");
	static const char *const ids[] = {"x-amz-request-id", "x-trans-id", "x-openstack-request-id", "cf-ray",
					  "x-guploader-uploadid"};

	answer->http_status = response->status;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		copy_field(response, ids[i], answer->request_id, sizeof(answer->request_id));
	copy_field(response, "x-minio-error-code", answer->code, sizeof(answer->code));
	copy_field(response, "x-minio-error-desc", answer->message, sizeof(answer->message));
	if (response->status >= 300 && response->status < 400)
		copy_field(response, "location", answer->message, sizeof(answer->message));
	if (region != NULL && s3_answer_is_region(region))
		printable_copy(answer->region, sizeof(answer->region), region);
	answer->delete_marker = marker != NULL && strcasecmp(marker, "true") == 0;
	answer->retry_after_ms = answer_retry_after_ms(response);
	answer->has_date = answer_clock_offset(response, &answer->clock_offset_ms);
}

/* 404 without a code comes from HEAD, but also from any web server that knows nothing of S3. */
static enum store_status status_without_code(const struct s3_answer *answer, bool about_object)
{
	switch (answer->http_status) {
	case 401:
		return STORE_BAD_CREDENTIALS;
	case 403:
		return STORE_DENIED;
	case 404:
		if (answer->request_id[0] == '\0' && !answer->delete_marker)
			return STORE_BROKEN;
		return about_object ? STORE_ABSENT : STORE_NO_BUCKET;
	case 405:
	case 501:
		return STORE_UNSUPPORTED;
	default:
		return STORE_BROKEN;
	}
}

void s3_answer_judge(struct s3_answer *answer, bool about_object)
{
	const struct s3_error_code *error_code = error_code_of(answer);

	if (error_code != NULL) {
		answer->status = error_code->status;
		answer->transient = error_code->transient;
		/* What was changed on its way once may have been a broken transfer; always, that is somebody's doing. */
		if (answer->transient && answer->status == STORE_BROKEN)
			answer->attempts_max = ANSWER_NONSENSE_ATTEMPTS;
	} else if (answer_is_transient_status(answer->http_status)) {
		answer->status = STORE_UNREACHABLE;
		answer->transient = true;
	} else {
		answer->status = status_without_code(answer, about_object);
	}
	if (about_object && answer->delete_marker)
		answer->status = STORE_ABSENT;
}

void s3_answer_judge_failure(struct s3_answer *answer)
{
	answer->http_status = 0;
	answer->status = answer_judge_failure(&answer->failure, &answer->transient, &answer->attempts_max);
}

void s3_answer_judge_nonsense(struct s3_answer *answer, const struct error *err)
{
	answer->status = STORE_BROKEN;
	answer->transient = true;
	answer->attempts_max = ANSWER_NONSENSE_ATTEMPTS;
	printable_copy(answer->message, sizeof(answer->message), err->message);
}

void s3_answer_read_error(struct s3_answer *answer, bool about_object)
{
	cleanup_buffer struct buffer body;
	struct http_failure ignored_failure;
	struct error ignored;

	buffer_init(&body, S3_ERROR_BODY_MAX);
	http_read_all(answer->exchange, &body, &ignored_failure);
	xml_read(&s3_answer_error_events, answer, body.data, body.length, &ignored);
	s3_answer_judge(answer, about_object);
}

static const char *sentence_of(const struct s3_answer *answer, const struct s3_error_code *error_code)
{
	if (answer->delete_marker && answer->status == STORE_ABSENT)
		return "the object was deleted (its newest version is a delete marker)";
	if (error_code != NULL && error_code->sentence != NULL && error_code->status == answer->status)
		return error_code->sentence;
	switch (answer->status) {
	case STORE_ABSENT:
		return "the object is not there";
	case STORE_NO_BUCKET:
		return "the bucket does not exist";
	case STORE_BAD_CREDENTIALS:
		return "the credentials are not accepted";
	case STORE_DENIED:
		return "the credentials may not do this";
	case STORE_SKEWED:
		return "the store's clock and this machine's are too far apart";
	case STORE_UNSUPPORTED:
		return "the store cannot do this";
	case STORE_UNREACHABLE:
		return "the store failed for the moment";
	case STORE_OK:
	case STORE_BROKEN:
		break;
	}
	return answer->http_status >= 300 && answer->http_status < 400 ? "the store wants to be asked elsewhere"
								       : "the answer cannot be understood";
}

static void subject_of(const struct s3_question *question, char subject[SUBJECT_MAX])
{
	char whole[SUBJECT_MAX * 2];

	snprintf(whole, sizeof(whole), "s3://%s%s%s", question->bucket, question->key != NULL ? "/" : "",
		 question->key != NULL ? question->key : "");
	printable_copy(subject, SUBJECT_MAX, whole);
}

static void add_attempts(const struct s3_question *question, struct buffer *out)
{
	if (question->attempts > 1)
		buffer_print(out, ", %u times in %.1f s", question->attempts, (double)question->elapsed_ms / 1000);
}

static void describe_answer(const struct s3_answer *answer, const struct s3_question *question, const char *subject,
			    struct buffer *out)
{
	const char *code = answer->code;

	if (code[0] == '\0' && answer->http_status >= 300)
		code = "without a code";
	buffer_print(out, "%s: '%s' answered %d%s%s when %s '%s'", sentence_of(answer, error_code_of(answer)),
		     question->origin, answer->http_status, code[0] != '\0' ? " " : "", code, question->what, subject);
	if (answer->request_id[0] != '\0')
		buffer_print(out, " (request %s)", answer->request_id);
	add_attempts(question, out);
	if (answer->message[0] != '\0')
		buffer_print(out, ": %s", answer->message);
}

static void add_hint(const char *hint, const struct s3_question *question, struct buffer *out)
{
	for (; *hint != '\0'; hint++) {
		if (*hint == '@')
			buffer_string(out, question->bucket);
		else if (*hint == '#')
			buffer_string(out, question->credentials);
		else
			buffer_append(out, hint, 1);
	}
}

static void hint_by_status(const struct s3_answer *answer, const struct s3_question *question, struct buffer *out)
{
	if (answer->status == STORE_SKEWED)
		buffer_string(out, "set this machine's clock");
	else if (answer->http_status == 400 && answer->code[0] == '\0')
		add_hint("stores answer so to a request for another region, or of a session that has expired: check "
			 "'region', and the credentials (from #)",
			 question, out);
	else if (answer->status == STORE_BAD_CREDENTIALS)
		add_hint("check the credentials (from #), and whether 'endpoint' is the store that they belong to",
			 question, out);
	else if (answer->status == STORE_DENIED && question->key != NULL)
		buffer_print(out,
			     "this needs %s on the bucket '%s'; without s3:ListBucket an object that is not there is "
			     "answered so, too",
			     question->permission, question->bucket);
	else if (answer->status == STORE_DENIED)
		buffer_print(out, "this needs %s on the bucket '%s'; a bucket of that name may also be somebody else's",
			     question->permission, question->bucket);
	else if (answer->status == STORE_NO_BUCKET)
		buffer_print(out, "is '%s' the right name under 'bucket'?", question->bucket);
	else if (answer->http_status >= 300 && answer->http_status < 400)
		buffer_string(out, "redirections are not followed: set 'endpoint' to where the store really is");
	else if (answer->status == STORE_BROKEN)
		buffer_string(out, "is 'endpoint' the address of an S3 server?");
}

/* A clock that is far off explains refusals, and what was allowed for should be known. */
static void add_clock(const struct s3_answer *answer, struct buffer *out)
{
	long long seconds = llabs(answer->clock_offset_ms) / 1000;
	const char *direction = answer->clock_offset_ms > 0 ? "behind" : "ahead of";

	if (!answer->has_date)
		return;
	if (answer->status == STORE_SKEWED)
		buffer_print(out, ": it is %lld s %s the store's", seconds, direction);
	else if (answer->status == STORE_BAD_CREDENTIALS && seconds * 1000 > S3_SKEW_MS_MAX)
		buffer_print(out, "; this machine's clock is %lld s %s the store's, but that was allowed for", seconds,
			     direction);
}

static void add_region(const struct s3_answer *answer, struct buffer *out)
{
	if (answer->region[0] != '\0')
		buffer_print(out, " (the store says '%s')", answer->region);
	else if (answer->endpoint[0] != '\0')
		buffer_print(out, " (the store says '%s')", answer->endpoint);
}

static void make_hint(struct s3_answer *answer, const struct s3_question *question)
{
	const struct s3_error_code *error_code = error_code_of(answer);
	struct buffer out;

	buffer_init(&out, sizeof(answer->hint) - 1);
	if (answer->http_status == 0)
		buffer_string(&out, answer_hint_for_failure(
					    &answer->failure,
					    "check the host name under 'endpoint'; with 'addressing: virtual' the "
					    "bucket's name stands in front of it",
					    "check 'endpoint', and whether the store can be reached from here"));
	else if (error_code != NULL && error_code->hint != NULL && error_code->status == answer->status)
		add_hint(error_code->hint, question, &out);
	else
		hint_by_status(answer, question, &out);
	add_clock(answer, &out);
	if (error_code != NULL && error_code->about_region)
		add_region(answer, &out);
	memcpy(answer->hint, out.data, out.length + 1);
	buffer_release(&out);
}

void s3_answer_describe(struct s3_answer *answer, const struct s3_question *question)
{
	char subject[SUBJECT_MAX];
	struct buffer out;

	buffer_init(&out, ERROR_MAX - 1);
	subject_of(question, subject);
	if (answer->http_status != 0) {
		describe_answer(answer, question, subject, &out);
	} else {
		buffer_print(&out, "%s (when %s '%s'", answer->failure.error.message, question->what, subject);
		add_attempts(question, &out);
		buffer_string(&out, ")");
	}
	error_set(&answer->error, "%s", out.data);
	buffer_release(&out);
	/* A server may repeat what it was sent. */
	secrets_mask_string(answer->error.message);
	make_hint(answer, question);
	secrets_mask_string(answer->hint);
}

#include "assertions/stores/s3/s3_meaning.h"

#include <stddef.h>
#include <string.h>

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
#define OPERATOR "ask the store's operator"
#define UNPROVEN "what depends on it cannot be proven there"
#define NO_SETTING STORE_ABSENT, false, "the bucket has no such setting", NULL

/* The first that fits: those with a part of the message stand before those without. */
static const struct s3_meaning meanings[] = {
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
	{"XAmzContentSHA256Mismatch", NULL, STORE_BROKEN, false, "the request was changed on its way", CHECKSUM},
	{"XAmzContentChecksumMismatch", NULL, STORE_BROKEN, false, "the request was changed on its way", CHECKSUM},
	{"InvalidDigest", NULL, STORE_BROKEN, false, "the store does not take the checksum that was sent", CHECKSUM},
	{"BadDigest", NULL, MOMENT, "what was sent came damaged", CHECKSUM},
	{"IncompleteBody", NULL, MOMENT, "what was sent did not come whole", NULL},
	{"InvalidRequest", "Content-MD5", STORE_BROKEN, false, "the bucket takes uploads with a checksum only",
	 "the bucket '@' has object lock with a default retention: whoever uploads must send Content-MD5 or "
	 "x-amz-checksum-*"},
	{"PreconditionFailed", NULL, STORE_BROKEN, false, "the object is not as it must be for this", NULL},
	{"EntityTooLarge", NULL, STORE_BROKEN, false, "it is too large for the store", NULL},
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
};

const struct s3_meaning *s3_meaning_find(const char *code, const char *message)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
		const struct s3_meaning *meaning = &meanings[i];

		if (strcmp(meaning->code, code) == 0 &&
		    (meaning->message_part == NULL || strcasestr(message, meaning->message_part) != NULL))
			return meaning;
	}
	return NULL;
}

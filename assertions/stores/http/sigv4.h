/*
 * AWS Signature Version 4 in the Authorization header.
 *
 * A pure function of the request, the credentials and the clock: nothing is read from the
 * environment and nothing is sent. docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 *
 *     struct sigv4_signature signature;
 *     sigv4_sign(&request, &credentials, &scope, &signature);
 *     ... send request.path "?" signature.query with the request's headers and signature.authorization ...
 *     sigv4_signature_release(&signature);
 *
 * The path is signed byte for byte as it is sent (S3 encodes once and does not normalise); the query is
 * encoded and sorted here, and must be sent as `query` gives it. Every header that is given is signed, but for those that
 * proxies change (SIGV4_UNSIGNED_HEADERS); they must hold host, x-amz-date, and for S3 x-amz-content-sha256, and
 * x-amz-security-token where there is a session token.
 */
#ifndef MUSTER_STORES_HTTP_SIGV4_H
#define MUSTER_STORES_HTTP_SIGV4_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assertions/base/buffer.h"

#define SIGV4_UNSIGNED_HEADERS                                                                               \
	"connection", "expect", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "user-agent", \
		"x-amzn-trace-id", "accept-encoding", "content-length", "authorization"
#define SIGV4_SHA256_OF_NOTHING "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define SIGV4_UNSIGNED_PAYLOAD "UNSIGNED-PAYLOAD"
#define SIGV4_PRESIGN_SECONDS_MAX 604800

struct sigv4_pair {
	const char *name;
	const char *value; /* of a query: not encoded; NULL is "" */
};

struct sigv4_request {
	const char *method;
	const char *path; /* encoded, begins with "/" */
	const struct sigv4_pair *query; /* in any order */
	size_t query_count;
	const struct sigv4_pair *headers; /* in any order, names in any case; of one name: joined in this order */
	size_t header_count;
	const char *payload_hash; /* lower case hex, or SIGV4_UNSIGNED_PAYLOAD */
};

struct sigv4_credentials {
	const char *access_key;
	const char *secret_key;
	const char *session_token; /* NULL; only presigning looks at it */
};

struct sigv4_scope {
	int64_t unix_ms; /* must be what the x-amz-date header says */
	const char *region;
	const char *service; /* "s3" */
};

struct sigv4_signature {
	char *query; /* encoded and sorted; "" where there is none */
	char *canonical_request;
	char *string_to_sign;
	char signature[65];
	char *authorization; /* the header's value */
};

void sigv4_sign(const struct sigv4_request *request, const struct sigv4_credentials *credentials,
		const struct sigv4_scope *scope, struct sigv4_signature *ret_signature);

/*
 * In the query instead: `query` then holds the X-Amz-* parameters, the signature last, and `authorization` is "".
 * Whoever has such a URL may use it until it expires: it is a secret.
 */
void sigv4_presign(const struct sigv4_request *request, const struct sigv4_credentials *credentials,
		   const struct sigv4_scope *scope, unsigned valid_seconds, struct sigv4_signature *ret_signature);

void sigv4_signature_release(struct sigv4_signature *signature);

/* Appends the text with every byte but A-Z a-z 0-9 - . _ ~ (and "/" where it is kept) as %XX. */
void sigv4_encode(const char *text, bool keep_slashes, struct buffer *out);

/* Lower case hex. */
void sigv4_sha256(const void *data, size_t length, char ret_hex[65]);

#endif

/*
 * Servers that give credentials: STS, the container's endpoint, the instance's metadata.
 *
 * They are near, or are nobody: none is waited for as long as a store is. Of their answers nothing is printed but the
 * words of an error.
 */
#ifndef MUSTER_STORES_CREDENTIALS_CREDENTIALS_SERVICE_H
#define MUSTER_STORES_CREDENTIALS_CREDENTIALS_SERVICE_H

#include "assertions/base/buffer.h"
#include "assertions/stores/credentials/credentials_provider.h"

#define CREDENTIALS_ANSWER_MAX ((size_t)64 << 10)
#define CREDENTIALS_TOKEN_MAX ((size_t)16 << 10)

struct credentials_request {
	const char *method;
	const char *url;
	const char *headers[4]; /* ended by NULL */
	const char *body; /* NULL: none */
	const char *ca_file;
	int64_t silence_ms;
	unsigned attempts; /* while nobody answers, or the answer is a 5xx or 429 */
	bool direct; /* through no proxy */
};

/* The status, 0 where nobody answered (then err says so). The answer is released with credentials_answer_release(). */
int credentials_ask(const struct credentials_request *request, struct buffer *ret_body, struct error *err);

/* Overwrites it first. */
void credentials_answer_release(struct buffer *body);

/*
 * {"AccessKeyId": ..., "SecretAccessKey": ..., "Token": ..., "Expiration": ...}, as container and instance give it. The
 * error names the place and quotes "code" and "message" of an answer that is none.
 */
int credentials_from_json(const struct buffer *body, const char *place, struct credentials *found, struct error *err);

/* A file with a token in it, without its line end, registered for masking; for secret_free(). */
int credentials_read_token(const char *path, const char *what, char **ret_token, struct error *err);

#endif

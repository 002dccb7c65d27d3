/*
 * What the parts of credentials.h share: the providers, the servers that some of them ask, the files that others read. Only for these.
 */
#ifndef MUSTER_STORES_CREDENTIALS_CREDENTIALS_PRIVATE_H
#define MUSTER_STORES_CREDENTIALS_CREDENTIALS_PRIVATE_H

#include <stddef.h>

#include "assertions/base/buffer.h"
#include "assertions/stores/credentials/credentials.h"

/*
 * A place where credentials may be: a const struct and a row in credentials.c for each, and a file where it takes one.
 */
/* what the manifest's `credentials` say */
enum credentials_given {
	CREDENTIALS_GIVEN_NOTHING = 1,
	CREDENTIALS_GIVEN_KEYS = 2,
	CREDENTIALS_GIVEN_PROFILE = 4,
	CREDENTIALS_GIVEN_S3CFG = 8,
};

enum credentials_result {
	CREDENTIALS_BROKEN = -1, /* it was meant to be used, and cannot be: err says why. Nobody else is asked */
	CREDENTIALS_ABSENT, /* err says what is not there */
	CREDENTIALS_FOUND,
};

struct credentials_provider {
	const char *name; /* "web identity" */
	unsigned asked_for; /* enum credentials_given, or'ed */
	/* *found is empty before; what is put there is released by the caller whatever the result. */
	enum credentials_result (*find)(const struct credentials_question *question, struct credentials *found,
					struct error *err);
};

extern const struct credentials_provider credentials_web_identity, credentials_profile, credentials_container,
	credentials_instance, credentials_s3cfg;

enum credentials_given credentials_given(const struct credentials_question *question);

/* Whether a text can stand in a header: a line end in it would begin another. */
bool credentials_fit_header(const char *value);

/*
 * Servers that give credentials: STS, the container's endpoint, the instance's metadata.
 *
 * They are near, or are nobody: none is waited for as long as a store is. Of their answers nothing is printed but the
 * words of an error.
 */
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

/* What a program prints that a profile names under credential_process. */
int credentials_from_process(const char *command, struct credentials *found, struct error *err);

/* A file with a token in it, without its line end, registered for masking; for secret_free(). */
int credentials_read_token(const char *path, const char *what, char **ret_token, struct error *err);

/*
 * Files of settings: "[section]", "key = value", and, below a key without a value, indented lines that are its block:
 *
 *     [profile backup]
 *     region = eu-west-1
 *     s3 =
 *       addressing_style = path
 *
 * As AWS's tools and s3cmd write them; lines that begin with "#" or ";" are comments, a "#" later in a line is part of it.
 */
#define INI_FILE_MAX ((size_t)1 << 20)
#define INI_SILENCE_MS 10000 /* of a pipe, before it is an error */

struct ini_setting {
	const char *section; /* "" before the first */
	const char *block; /* the key whose block it is in; "" */
	const char *key; /* NULL: the section begins */
	const char *value;
};

/* What the settings point at is valid during the call. */
void ini_parse(const char *text, void (*found)(void *context, const struct ini_setting *setting), void *context);

/* The whole file, for secret_free(); *ret_text is NULL where there is no such file, which is no error. `what`: for messages. */
int ini_read(const char *path, const char *what, char **ret_text, struct error *err);

enum profile_file { PROFILE_CREDENTIALS, PROFILE_CONFIG };

/* What the profile `name` says in that text; what is set already in *profile stays. */
void profile_parse(const char *text, enum profile_file file, const char *name, struct profile *profile);
void profile_release(struct profile *profile);

void s3cfg_parse(const char *text, struct s3cfg *ret_s3cfg);
void s3cfg_free(struct s3cfg *s3cfg);

#endif

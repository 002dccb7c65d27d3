/*
 * A place where credentials may be: a const struct, a file and a row in credentials.c for each.
 */
#ifndef MUSTER_STORES_CREDENTIALS_CREDENTIALS_PROVIDER_H
#define MUSTER_STORES_CREDENTIALS_CREDENTIALS_PROVIDER_H

#include "assertions/stores/credentials/credentials.h"
#include "assertions/stores/http/http.h"

enum credentials_given { /* what the manifest's `credentials` say */
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

extern const struct credentials_provider credentials_manifest, credentials_environment, credentials_web_identity,
	credentials_profile, credentials_container, credentials_instance, credentials_s3cfg;

enum credentials_given credentials_given(const struct credentials_question *question);

/* Whether a text can stand in a header: a line end in it would begin another. */
bool credentials_fit_header(const char *value);

#endif

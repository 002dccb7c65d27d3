/*
 * Who muster is to an S3 store.
 *
 * What the manifest says, else what AWS's tools would find: the environment (AWS_ACCESS_KEY_ID,
 * AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN), then the profile AWS_PROFILE (or AWS_DEFAULT_PROFILE, or "default") of the file
 * AWS_SHARED_CREDENTIALS_FILE (or ~/.aws/credentials). Everything read is registered for masking.
 */
#ifndef MUSTER_STORE_CREDENTIALS_H
#define MUSTER_STORE_CREDENTIALS_H

#include "../base/error.h"
#include "../parameter.h"

struct credentials_parameters {
	struct secret *access_key;
	struct secret *secret_key;
	struct secret *session_token; /* NULL: none */
};

extern const struct record credentials_record;

struct credentials {
	char *access_key;
	char *secret_key;
	char *session_token; /* NULL: none */
	char *origin; /* for people: "the environment" */
};

/* `parameters` may be NULL: the manifest says nothing. The error says where was looked, and why it was not there. */
int credentials_find(const struct credentials_parameters *parameters, struct credentials *ret_credentials,
		     struct error *err);

/* Overwrites them. */
void credentials_release(struct credentials *credentials);

#endif

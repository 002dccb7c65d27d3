/*
 * Who muster is to an S3 store.
 *
 * What the manifest says, else what AWS's tools would find, in their order: the environment, web identity (STS), the profile of the
 * shared files, the container's endpoint, the instance's; last, what s3cmd would find. Each is a provider, see
 * credentials_provider.h. Everything read is registered for masking, and kept from children.
 */
#ifndef MUSTER_STORES_CREDENTIALS_CREDENTIALS_H
#define MUSTER_STORES_CREDENTIALS_CREDENTIALS_H

#include <stdint.h>

#include "assertions/base/error.h"
#include "assertions/value/parameter.h"
#include "assertions/stores/credentials/s3cfg.h"

struct credentials_parameters { /* one of: the keys, `profile`, `s3cfg` */
	struct secret *access_key;
	struct secret *secret_key;
	struct secret *session_token; /* NULL: none */
	const char *profile;
	const char *s3cfg; /* a path, "~/" is the home folder */
};

extern const struct record credentials_record;

struct credentials {
	char *access_key;
	char *secret_key;
	char *session_token; /* NULL: none */
	char *origin; /* for people: "the environment" */
	int64_t expires_ms; /* 0: unknown, or never */
	struct s3cfg *s3cfg; /* what else the file says that they are from; NULL */
};

struct profile_search;

struct credentials_question {
	const struct credentials_parameters *given; /* NULL: the manifest says nothing */
	const struct profile_search *profile; /* of the manifest's, or of the environment's name */
	const char *region; /* for STS */
	const char *ca_file; /* for STS and https of containers; NULL: the system's */
	/* Told where was looked, in order, and what was found; may be NULL. Neither holds a secret. */
	void (*note)(void *context, const char *place, const char *finding);
	void *note_context;
};

/* Asks servers where the surroundings name them. The error says where was looked, and why it was not there. */
int credentials_find(const struct credentials_question *question, struct credentials *ret_credentials,
		     struct error *err);

/* Overwrites them. */
void credentials_release(struct credentials *credentials);

/* The access key, shortened: what people compare, and nobody can use. The caller frees. */
char *credentials_short_key(const struct credentials *credentials);

#endif

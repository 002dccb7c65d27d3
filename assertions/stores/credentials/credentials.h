/*
 * Who muster is to an S3 store.
 *
 * What the manifest says, else what AWS's tools would find, in their order: the environment, web identity (STS), the profile of the
 * shared files, the container's endpoint, the instance's; last, what s3cmd would find. Each is a provider, see
 * credentials_private.h. Everything read is registered for masking, and kept from children.
 */
#ifndef MUSTER_STORES_CREDENTIALS_CREDENTIALS_H
#define MUSTER_STORES_CREDENTIALS_CREDENTIALS_H

#include <stdbool.h>
#include <stdint.h>

#include "assertions/base/error.h"
#include "assertions/value/parameter.h"

struct credentials_parameters { /* one of: the keys, `profile`, `s3cfg` */
	struct secret *access_key;
	struct secret *secret_key;
	struct secret *session_token; /* NULL: none */
	struct secret *access_key_id,
		*secret_access_key; /* the first two as AWS calls them; given are those or these */
	const char *profile;
	const char *s3cfg; /* a path, "~/" is the home folder */
};

extern const struct record credentials_record;

struct s3cfg;

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

/*
 * The profiles that AWS's tools share: "[name]" of the credentials file, and "[profile name]" of the config file with its
 * nested blocks and "[services name]" (docs.aws.amazon.com/sdkref/latest/guide/file-format.html, feature-ss-endpoints.html).
 */
struct profile { /* NULL where nothing is said; for secret_free() */
	bool found; /* its section is there */
	char *access_key;
	char *secret_key;
	char *session_token;
	char *region;
	char *ca_bundle;
	char *endpoint_url;
	char *endpoint_url_s3, *endpoint_url_sts; /* of its services section */
	char *ignore_endpoint_urls; /* "true" */
	char *addressing_style;
	char *services;
	char *role_arn, *web_identity_token_file, *role_session_name;
	char *credential_process;
	/* What muster cannot do, so that it can say so. */
	char *source_profile, *credential_source, *sso_session, *sso_start_url, *login_session;
};

struct profile_search { /* both files, the one of credentials first */
	char *name;
	char *credentials_path, *config_path;
	bool credentials_there, config_there;
	bool broken; /* one of them cannot be read: `trouble` */
	struct error trouble;
	bool keys_in_credentials; /* the access key is from the credentials file */
	struct profile merged;
};

/* `name` NULL: where AWS's tools look: AWS_PROFILE, AWS_DEFAULT_PROFILE, else "default". */
void profile_find(const char *name, struct profile_search *ret_search);
void profile_search_release(struct profile_search *search);

/*
 * What s3cmd's file of settings says (s3tools.org/kb/item14.htm): that is what GitLab's toolbox has.
 *
 * Taken are access_key, secret_key, access_token, host_base (with use_https), host_bucket, bucket_location and ca_certs_file. A
 * value "$NAME" is that of the environment. That certificates are not to be verified is not taken.
 */
struct s3cfg { /* NULL where it does not say; for secret_free() */
	char *path;
	char *access_key, *secret_key, *session_token;
	char *host_base, *host_bucket, *bucket_location, *use_https, *ca_certs_file;
};

/* "https://host", NULL where the file names none; the caller frees. */
char *s3cfg_endpoint(const struct s3cfg *s3cfg);

/* Whether the bucket stands in front of the host. */
bool s3cfg_is_virtual(const struct s3cfg *s3cfg);

/* NULL where the file names none, or none but the first of AWS. */
const char *s3cfg_region(const struct s3cfg *s3cfg);

#endif

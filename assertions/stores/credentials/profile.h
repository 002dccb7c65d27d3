/*
 * The profiles that AWS's tools share: "[name]" of the credentials file, and "[profile name]" of the config file with its
 * nested blocks and "[services name]" (docs.aws.amazon.com/sdkref/latest/guide/file-format.html, feature-ss-endpoints.html).
 */
#ifndef MUSTER_STORES_CREDENTIALS_PROFILE_H
#define MUSTER_STORES_CREDENTIALS_PROFILE_H

#include <stdbool.h>

#include "assertions/base/error.h"
#include "assertions/stores/http/ini.h"

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
	/* What muster cannot do, so that it can say so. */
	char *source_profile, *credential_source, *credential_process, *sso_session, *sso_start_url, *login_session;
};

enum profile_file { PROFILE_CREDENTIALS, PROFILE_CONFIG };

/* What the profile `name` says in that text; what is set already in *profile stays. */
void profile_parse(const char *text, enum profile_file file, const char *name, struct profile *profile);
void profile_release(struct profile *profile);

/* Where AWS's tools look: AWS_PROFILE, AWS_DEFAULT_PROFILE, else "default". */
const char *profile_name(void);
/* Whether the environment names one. */
bool profile_is_named(void);

struct profile_search { /* both files, the one of credentials first */
	char *name;
	char *credentials_path, *config_path;
	bool credentials_there, config_there;
	bool broken; /* one of them cannot be read: `trouble` */
	struct error trouble;
	bool keys_in_credentials; /* the access key is from the credentials file */
	struct profile merged;
};

/* `name` NULL: profile_name(). */
void profile_find(const char *name, struct profile_search *ret_search);
void profile_search_release(struct profile_search *search);

#endif

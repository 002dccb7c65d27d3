/*
 * What s3cmd's file of settings says (s3tools.org/kb/item14.htm): that is what GitLab's toolbox has.
 *
 * Taken are access_key, secret_key, access_token, host_base (with use_https), host_bucket, bucket_location and ca_certs_file. A
 * value "$NAME" is that of the environment. That certificates are not to be verified is not taken.
 */
#ifndef MUSTER_STORES_CREDENTIALS_S3CFG_H
#define MUSTER_STORES_CREDENTIALS_S3CFG_H

#include <stdbool.h>

#include "assertions/base/error.h"

struct s3cfg { /* NULL where it does not say; for secret_free() */
	char *path;
	char *access_key, *secret_key, *session_token;
	char *host_base, *host_bucket, *bucket_location, *use_https, *ca_certs_file;
};

void s3cfg_parse(const char *text, struct s3cfg *ret_s3cfg);
void s3cfg_free(struct s3cfg *s3cfg);

/* Where s3cmd looks: S3CMD_CONFIG, else ~/.s3cfg. The caller frees. */
char *s3cfg_path(void);

/* "https://host", NULL where the file names none; the caller frees. */
char *s3cfg_endpoint(const struct s3cfg *s3cfg);

/* Whether the bucket stands in front of the host. */
bool s3cfg_is_virtual(const struct s3cfg *s3cfg);

/* NULL where the file names none, or none but the first of AWS. */
const char *s3cfg_region(const struct s3cfg *s3cfg);

#endif

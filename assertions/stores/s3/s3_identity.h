/*
 * The credentials that a store signs with, found again where they are about to expire, or where the store refuses them: in
 * Kubernetes files of secrets are swapped while a run goes on. May be shared among threads.
 */
#ifndef MUSTER_STORES_S3_S3_IDENTITY_H
#define MUSTER_STORES_S3_S3_IDENTITY_H

#include <stdbool.h>

#include "assertions/stores/s3/s3.h"
#include "assertions/stores/s3/s3_settings.h"

#define S3_IDENTITY_EARLY_MS 300000 /* before they expire */
#define S3_IDENTITY_PAUSE_MS 60000 /* between two searches that did not give later ones */

struct s3_identity;

struct s3_keys { /* of one request; s3_keys_release() overwrites them */
	char *access_key, *secret_key, *session_token;
	char *origin;
	unsigned generation;
};

/*
 * Finds credentials and settings for what the manifest declares, which is borrowed for as long as the identity lives. The
 * settings are there (to be released) also where it fails for want of credentials. `note` as in credentials.h, or NULL.
 */
struct s3_identity *s3_identity_new(const struct s3_parameters *declared,
				    void (*note)(void *context, const char *place, const char *finding), void *context,
				    struct s3_settings *ret_settings, struct error *err);
void s3_identity_free(struct s3_identity *identity); /* NULL is harmless */

/* A copy of what is good now; looks for later ones before, where that is due. */
void s3_identity_keys(struct s3_identity *identity, struct s3_keys *ret_keys);
void s3_keys_release(struct s3_keys *keys);

/* After a store refused those of that generation: true where there are others now, which may be tried. */
bool s3_identity_renew(struct s3_identity *identity, unsigned generation);

#endif

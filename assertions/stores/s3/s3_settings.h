/*
 * Where a store's requests go and by what name, where the manifest leaves it open: as AWS's tools find it.
 *
 * Endpoint: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, the profile's section of services, its endpoint_url (none of them with
 * AWS_IGNORE_CONFIGURED_ENDPOINT_URLS); region: AWS_REGION, AWS_DEFAULT_REGION, the profile's; CA file: AWS_CA_BUNDLE, the
 * profile's ca_bundle. A host that is named after its region (Bunny's) is not asked in the name of another. What s3cmd's settings say comes last, or first where the manifest names their file.
 */
#ifndef MUSTER_STORES_S3_S3_SETTINGS_H
#define MUSTER_STORES_S3_S3_SETTINGS_H

#include "assertions/stores/credentials/credentials.h"
#include "assertions/stores/s3/s3.h"

struct s3_choice {
	char *value; /* NULL: none is made */
	const char *origin; /* for people: "AWS_REGION" */
};

struct s3_settings {
	struct s3_choice endpoint; /* value NULL: AWS's own of the region */
	struct s3_choice region;
	struct s3_choice ca_file; /* value NULL: the system's */
	struct s3_choice services_ca_file; /* for STS and the like: whatever the manifest says of the store */
	int addressing; /* enum s3_addressing, -1: by the endpoint */
};

/* `s3cfg` NULL: none. */
void s3_settings_find(const struct s3_parameters *declared, const struct profile_search *profile,
		      const struct s3cfg *s3cfg, struct s3_settings *ret_settings);
void s3_settings_release(struct s3_settings *settings);

#endif

#include "assertions/stores/s3/s3_private.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "assertions/base/memory.h"
#include "assertions/stores/http/environment.h"

/*
 * Where a store's requests go and by what name, where the manifest leaves it open: as AWS's tools find it.
 *
 * Endpoint: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, the profile's section of services, its endpoint_url (none of them with
 * AWS_IGNORE_CONFIGURED_ENDPOINT_URLS); region: AWS_REGION, AWS_DEFAULT_REGION, the profile's; CA file: AWS_CA_BUNDLE, the
 * profile's ca_bundle. A host that is named after its region (Bunny's) is not asked in the name of another. What s3cmd's settings say comes last, or first where the manifest names their file.
 */

struct candidate {
	const char *value, *origin;
};

/* The first that says something; the list ends with an origin of NULL. */
static struct s3_choice choose(const struct candidate *candidates)
{
	for (; candidates->origin != NULL; candidates++)
		if (candidates->value != NULL)
			return (struct s3_choice){memory_string(candidates->value), candidates->origin};
	return (struct s3_choice){NULL, NULL};
}

struct sources {
	const struct s3_parameters *declared;
	const struct profile *profile;
	const struct s3cfg *first, *last; /* what the manifest names outranks the environment */
};

static const char *own_region(const struct s3_choice *endpoint, char text[ENDPOINT_HOST_MAX])
{
	struct endpoint parsed;
	struct error ignored;

	if (endpoint->value == NULL || endpoint_parse(endpoint->value, &parsed, &ignored) != 0)
		return NULL;
	endpoint_own_region(&parsed, text);
	return text[0] != '\0' ? text : NULL;
}

static struct s3_choice choose_region(const struct sources *sources, const struct s3_choice *endpoint)
{
	char own[ENDPOINT_HOST_MAX];
	const struct candidate candidates[] = {
		{sources->declared->region, "the manifest"},
		{sources->first != NULL ? s3cfg_region(sources->first) : NULL, "bucket_location of s3cmd's settings"},
		{own_region(endpoint, own), "the endpoint's name"},
		{environment_value("AWS_REGION"), "AWS_REGION"},
		{environment_value("AWS_DEFAULT_REGION"), "AWS_DEFAULT_REGION"},
		{sources->profile->region, "the profile"},
		{sources->last != NULL ? s3cfg_region(sources->last) : NULL, "bucket_location of s3cmd's settings"},
		{"us-east-1", "nothing else says"},
		{NULL, NULL},
	};

	return choose(candidates);
}

static struct s3_choice choose_ca_file(const struct sources *sources, const char *declared)
{
	const struct candidate candidates[] = {
		{declared, "the manifest"},
		{sources->first != NULL ? sources->first->ca_certs_file : NULL, "ca_certs_file of s3cmd's settings"},
		{environment_value("AWS_CA_BUNDLE"), "AWS_CA_BUNDLE"},
		{sources->profile->ca_bundle, "ca_bundle of the profile"},
		{sources->last != NULL ? sources->last->ca_certs_file : NULL, "ca_certs_file of s3cmd's settings"},
		{NULL, NULL},
	};

	return choose(candidates);
}

static struct s3_choice choose_endpoint(const struct sources *sources)
{
	const struct profile *profile = sources->profile;
	char *first = sources->first != NULL ? s3cfg_endpoint(sources->first) : NULL;
	char *last = sources->last != NULL ? s3cfg_endpoint(sources->last) : NULL;
	bool ignored =
		environment_is_true("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") ||
		(profile->ignore_endpoint_urls != NULL && strcasecmp(profile->ignore_endpoint_urls, "true") == 0);
	const struct candidate candidates[] = {
		{sources->declared->endpoint, "the manifest"},
		{first, "host_base of s3cmd's settings"},
		{ignored ? NULL : environment_value("AWS_ENDPOINT_URL_S3"), "AWS_ENDPOINT_URL_S3"},
		{ignored ? NULL : environment_value("AWS_ENDPOINT_URL"), "AWS_ENDPOINT_URL"},
		{ignored ? NULL : profile->endpoint_url_s3, "endpoint_url of the profile's services"},
		{ignored ? NULL : profile->endpoint_url, "endpoint_url of the profile"},
		{last, "host_base of s3cmd's settings"},
		{NULL, NULL},
	};
	struct s3_choice choice = choose(candidates);

	free(first);
	free(last);
	return choice;
}

/* s3cmd's host_bucket belongs to its host_base, and to no other endpoint. */
static int choose_addressing(const struct sources *sources, const struct s3cfg *s3cfg, const struct s3_choice *endpoint)
{
	const char *style = sources->profile->addressing_style;

	if (sources->declared->addressing >= 0)
		return sources->declared->addressing;
	if (endpoint->value != NULL && strstr(endpoint->origin, "host_base") != NULL)
		return s3cfg_is_virtual(s3cfg) ? S3_VIRTUAL : S3_PATH;
	if (style != NULL && strcasecmp(style, "path") == 0)
		return S3_PATH;
	return style != NULL && strcasecmp(style, "virtual") == 0 ? S3_VIRTUAL : -1;
}

void s3_settings_find(const struct s3_parameters *declared, const struct profile_search *profile,
		      const struct s3cfg *s3cfg, struct s3_settings *ret_settings)
{
	bool named = declared->credentials != NULL && declared->credentials->s3cfg != NULL;
	const struct sources sources = {declared, &profile->merged, named ? s3cfg : NULL, named ? NULL : s3cfg};

	ret_settings->endpoint = choose_endpoint(&sources);
	ret_settings->region = choose_region(&sources, &ret_settings->endpoint);
	ret_settings->ca_file = choose_ca_file(&sources, declared->ca_file);
	ret_settings->services_ca_file = choose_ca_file(&sources, NULL);
	ret_settings->addressing = choose_addressing(&sources, s3cfg, &ret_settings->endpoint);
}

void s3_settings_release(struct s3_settings *settings)
{
	free(settings->endpoint.value);
	free(settings->region.value);
	free(settings->ca_file.value);
	free(settings->services_ca_file.value);
	*settings = (struct s3_settings){0};
}

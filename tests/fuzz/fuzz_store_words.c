/* test: runs 20000 */
/* What users write about stores: an endpoint, the shared files of credentials and config, s3cmd's settings. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/memory.h"
#include "assertions/stores/endpoint.h"
#include "assertions/stores/credentials/credentials_private.h"

static void read_endpoint(const char *text)
{
	struct endpoint endpoint, again;
	struct endpoint_target target;
	struct error err = {""};

	if (endpoint_parse(text, &endpoint, &err) != 0)
		return;

	char *written = endpoint_text(&endpoint);

	/* What it is written as must be the same endpoint. */
	if (endpoint_parse(written, &again, &err) != 0 || strcmp(endpoint.host, again.host) != 0 ||
	    endpoint.port != again.port || endpoint.tls != again.tls || strcmp(endpoint.path, again.path) != 0)
		abort();
	endpoint_target(&endpoint, false, "bucket", text, &target);
	for (const char *at = target.path; *at != '\0'; at++)
		if (*at <= ' ' || *at > '~' || *at == '?' || *at == '#')
			abort();
	endpoint_target_release(&target);
	free(written);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_profiles(const char *text)
{
	static const char *const names[] = {"default", "x", "with blank"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct profile profile = {0}, credentials = {0};

		profile_parse(text, PROFILE_CREDENTIALS, names[i], &credentials);
		profile_parse(text, PROFILE_CONFIG, names[i], &profile);
		/* Nothing is said by a section that is not there. */
		if (!profile.found && (profile.access_key != NULL || profile.region != NULL))
			abort();

		bool has_keys = credentials.access_key != NULL || credentials.secret_key != NULL;
		bool had_token = credentials.session_token != NULL;

		profile_parse(text, PROFILE_CONFIG, names[i], &credentials);
		/* Keys of one file and a token of the other are never taken together. */
		if (has_keys && (credentials.session_token != NULL) != had_token)
			abort();
		profile_release(&profile);
		profile_release(&credentials);
	}
}

static void read_s3cfg(const char *text)
{
	struct s3cfg *s3cfg = memory_alloc(sizeof(*s3cfg));

	s3cfg_parse(text, s3cfg);

	char *written = s3cfg_endpoint(s3cfg);

	if (written != NULL)
		read_endpoint(written);
	if (s3cfg_region(s3cfg) != NULL && s3cfg_region(s3cfg)[0] == '\0')
		abort();
	free(written);
	s3cfg_free(s3cfg);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = memory_substring((const char *)data, size);

	read_endpoint(text);
	read_profiles(text);
	read_s3cfg(text);
	free(text);
	return 0;
}

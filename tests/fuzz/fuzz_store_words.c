/* What users write about stores: an endpoint, and the shared file of credentials. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../assertions/base/memory.h"
#include "../../assertions/store/endpoint.h"
#include "../../assertions/store/profile.h"

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct profile profile;
	char *text = memory_substring((const char *)data, size);

	read_endpoint(text);
	profile_parse(text, "default", &profile);
	profile_release(&profile);
	free(text);
	return 0;
}

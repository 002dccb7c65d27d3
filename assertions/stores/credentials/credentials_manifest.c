#include "assertions/stores/credentials/credentials_provider.h"

#include "assertions/base/memory.h"
#include "assertions/value/secret.h"

static enum credentials_result find(const struct credentials_question *question, struct credentials *found,
				    struct error *err)
{
	const struct credentials_parameters *given = question->given;

	if (given == NULL || given->access_key == NULL) {
		error_set(err, "the manifest gives none");
		return CREDENTIALS_ABSENT;
	}
	found->origin = memory_string("the manifest's 'credentials'");
	if (secret_read(given->access_key, &found->access_key, err) != 0 ||
	    secret_read(given->secret_key, &found->secret_key, err) != 0)
		return CREDENTIALS_BROKEN;
	if (given->session_token != NULL && secret_read(given->session_token, &found->session_token, err) != 0)
		return CREDENTIALS_BROKEN;
	return CREDENTIALS_FOUND;
}

const struct credentials_provider credentials_manifest = {.name = "manifest",
							  .asked_for =
								  CREDENTIALS_GIVEN_NOTHING | CREDENTIALS_GIVEN_KEYS,
							  .find = find};

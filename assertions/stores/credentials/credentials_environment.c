#include "assertions/stores/credentials/credentials_provider.h"

#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/stores/http/environment.h"

static enum credentials_result find(const struct credentials_question *question, struct credentials *found,
				    struct error *err)
{
	const char *access_key = environment_value("AWS_ACCESS_KEY_ID");
	const char *secret_key = environment_value("AWS_SECRET_ACCESS_KEY");
	const char *expiration = environment_value("AWS_CREDENTIAL_EXPIRATION");
	struct error ignored;

	(void)question;
	if (access_key == NULL && secret_key == NULL) {
		error_set(err, "AWS_ACCESS_KEY_ID is not set");
		return CREDENTIALS_ABSENT;
	}
	if (access_key == NULL || secret_key == NULL) {
		error_set(err, "the environment has '%s' but not '%s'",
			  access_key != NULL ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY",
			  access_key != NULL ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID");
		return CREDENTIALS_BROKEN;
	}
	found->access_key = memory_string(access_key);
	found->secret_key = memory_string(secret_key);
	found->session_token = memory_string(environment_either("AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"));
	found->origin = memory_string("the environment");
	if (expiration != NULL && clock_parse_rfc3339(expiration, &found->expires_ms, &ignored) != 0)
		found->expires_ms = 0;
	return CREDENTIALS_FOUND;
}

const struct credentials_provider credentials_environment = {.name = "environment",
							     .asked_for = CREDENTIALS_GIVEN_NOTHING,
							     .find = find};

#include "assertions/stores/credentials/credentials_provider.h"

#include <stddef.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/stores/credentials/profile.h"

/*
 * What AWS's tools would follow before (or, for credential_process, after) the keys of the profile. To take other keys than
 * they do would be a store asked by the wrong person.
 */
static const char *unsupported(const struct profile *profile)
{
	if (profile->role_arn != NULL && profile->source_profile != NULL)
		return "'role_arn' with 'source_profile'";
	if (profile->role_arn != NULL && profile->credential_source != NULL)
		return "'role_arn' with 'credential_source'";
	if (profile->sso_session != NULL || profile->sso_start_url != NULL)
		return "single sign-on ('sso_session', 'sso_start_url')";
	if (profile->login_session != NULL)
		return "'login_session'";
	if (profile->credential_process != NULL && profile->access_key == NULL && profile->secret_key == NULL)
		return "'credential_process'";
	return NULL;
}

static enum credentials_result say_absent(const struct profile_search *search, struct error *err)
{
	const char *credentials = search->credentials_path, *config = search->config_path;

	if (search->merged.found)
		error_set(err, "the profile '%s' has no aws_access_key_id in '%s' or '%s'", search->name, credentials,
			  config);
	else
		error_set(err, "there is no profile '%s' in '%s'%s or '%s'%s", search->name, credentials,
			  search->credentials_there ? "" : " (no such file)", config,
			  search->config_there ? "" : " (no such file)");
	return CREDENTIALS_ABSENT;
}

static enum credentials_result find(const struct credentials_question *question, struct credentials *found,
				    struct error *err)
{
	const struct profile_search *search = question->profile;
	const struct profile *profile = &search->merged;
	const char *stranger = unsupported(profile);

	if (stranger != NULL) {
		error_set(err,
			  "the profile '%s' says %s, which muster does not support; let another tool get the "
			  "credentials, and give them under 'credentials' or in the environment",
			  search->name, stranger);
		return CREDENTIALS_BROKEN;
	}
	if (search->broken) {
		*err = search->trouble;
		return CREDENTIALS_BROKEN;
	}
	if (profile->access_key == NULL && profile->secret_key == NULL)
		return say_absent(search, err);

	const char *path = search->keys_in_credentials ? search->credentials_path : search->config_path;

	if (profile->access_key == NULL || profile->secret_key == NULL) {
		error_set(err, "the profile '%s' in '%s' must have both aws_access_key_id and aws_secret_access_key",
			  search->name, path);
		return CREDENTIALS_BROKEN;
	}
	found->access_key = memory_string(profile->access_key);
	found->secret_key = memory_string(profile->secret_key);
	found->session_token = memory_string(profile->session_token);
	found->origin = memory_format("profile '%s' in '%s'", search->name, path);
	return CREDENTIALS_FOUND;
}

const struct credentials_provider credentials_profile = {.name = "profile",
							 .asked_for =
								 CREDENTIALS_GIVEN_NOTHING | CREDENTIALS_GIVEN_PROFILE,
							 .find = find};

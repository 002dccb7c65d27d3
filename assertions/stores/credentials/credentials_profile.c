#include "assertions/stores/credentials/credentials_private.h"

#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "assertions/base/memory.h"
#include "assertions/value/secret.h"
#include "assertions/stores/http/environment.h"

#define AT(member) offsetof(struct profile, member)

struct setting {
	const char *block, *key;
	size_t offset;
};

static const struct setting settings[] = {
	{"", "aws_access_key_id", AT(access_key)},
	{"", "aws_secret_access_key", AT(secret_key)},
	{"", "aws_session_token", AT(session_token)},
	{"", "aws_security_token", AT(session_token)},
	{"", "region", AT(region)},
	{"", "ca_bundle", AT(ca_bundle)},
	{"", "endpoint_url", AT(endpoint_url)},
	{"s3", "endpoint_url", AT(endpoint_url_s3)},
	{"sts", "endpoint_url", AT(endpoint_url_sts)},
	{"s3", "addressing_style", AT(addressing_style)},
	{"", "ignore_configured_endpoint_urls", AT(ignore_endpoint_urls)},
	{"", "services", AT(services)},
	{"", "role_arn", AT(role_arn)},
	{"", "web_identity_token_file", AT(web_identity_token_file)},
	{"", "role_session_name", AT(role_session_name)},
	{"", "source_profile", AT(source_profile)},
	{"", "credential_source", AT(credential_source)},
	{"", "credential_process", AT(credential_process)},
	{"", "sso_session", AT(sso_session)},
	{"", "sso_start_url", AT(sso_start_url)},
	{"", "login_session", AT(login_session)},
};

#define SETTING_COUNT (sizeof(settings) / sizeof(settings[0]))

struct reading {
	enum profile_file file;
	const char *wanted; /* the name of the profile, or of the services */
	const char *kind; /* the word before the name in a section of the config file: "profile", "services" */
	bool only_blocks;
	struct profile profile;
};

static char **place_of(struct profile *profile, const struct setting *setting)
{
	return (char **)(void *)((char *)profile + setting->offset);
}

static void forget(char **place)
{
	secret_free(*place);
	*place = NULL;
}

/* "[profile x]", also "[profile "x y"]" of the config file; "[x]" of the other, and "[default]" of both. */
static bool is_wanted(const struct reading *reading, const char *section)
{
	bool profiles = strcmp(reading->kind, "profile") == 0;
	size_t length = strlen(reading->kind);

	if (reading->file == PROFILE_CREDENTIALS)
		return strcmp(section, reading->wanted) == 0;
	if (profiles && strcmp(section, "default") == 0)
		return strcmp(reading->wanted, "default") == 0;
	if (strncmp(section, reading->kind, length) != 0 || !isspace((unsigned char)section[length]))
		return false;
	section += length + strspn(section + length, " \t");

	size_t wanted = strlen(reading->wanted);

	if (section[0] == '"' || section[0] == '\'')
		return strncmp(section + 1, reading->wanted, wanted) == 0 && section[wanted + 1] == section[0] &&
		       section[wanted + 2] == '\0';
	return strcmp(section, reading->wanted) == 0;
}

static void take_setting(void *context, const struct ini_setting *said)
{
	struct reading *reading = context;

	if (!is_wanted(reading, said->section))
		return;
	reading->profile.found = true;
	if (said->key == NULL || (reading->only_blocks && said->block[0] == '\0'))
		return;
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct setting *setting = &settings[i];

		if (strcasecmp(setting->key, said->key) != 0 || strcasecmp(setting->block, said->block) != 0)
			continue;

		char **place = place_of(&reading->profile, setting);

		forget(place);
		*place = said->value[0] != '\0' ? memory_string(said->value) : NULL;
	}
}

static void add_missing(struct profile *profile, struct profile *more)
{
	/* A secret or a token of one file does not belong to the key of the other. */
	if (profile->access_key != NULL || profile->secret_key != NULL) {
		forget(&more->access_key);
		forget(&more->secret_key);
		forget(&more->session_token);
	}
	profile->found = profile->found || more->found;
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		char **place = place_of(profile, &settings[i]), **other = place_of(more, &settings[i]);

		if (*place != NULL)
			continue;
		*place = *other;
		*other = NULL;
	}
	profile_release(more);
}

void profile_parse(const char *text, enum profile_file file, const char *name, struct profile *profile)
{
	struct reading reading = {file, name, "profile", false, {0}};

	ini_parse(text, take_setting, &reading);
	if (file == PROFILE_CONFIG && reading.profile.services != NULL) {
		struct reading services = {file, reading.profile.services, "services", true, {0}};

		ini_parse(text, take_setting, &services);
		services.profile.found = false;
		add_missing(&services.profile, &reading.profile);
		reading.profile = services.profile;
	}
	add_missing(profile, &reading.profile);
}

void profile_release(struct profile *profile)
{
	for (size_t i = 0; i < SETTING_COUNT; i++)
		forget(place_of(profile, &settings[i]));
	profile->found = false;
}

static const char *name_in_environment(void)
{
	const char *name = environment_either("AWS_PROFILE", "AWS_DEFAULT_PROFILE");

	return name != NULL ? name : "default";
}

static char *path_of(const char *variable, const char *below_home)
{
	const char *path = environment_value(variable);

	return environment_path(path != NULL ? path : below_home);
}

static bool read_one(struct profile_search *search, enum profile_file file, struct profile *profile)
{
	const char *path = file == PROFILE_CREDENTIALS ? search->credentials_path : search->config_path;
	struct error err;
	char *text;

	if (ini_read(path, file == PROFILE_CREDENTIALS ? "credentials file" : "config file", &text, &err) != 0) {
		if (!search->broken)
			search->trouble = err;
		search->broken = true;
		return true;
	}
	if (text == NULL)
		return false;
	profile_parse(text, file, search->name, profile);
	secret_free(text);
	return true;
}

void profile_find(const char *name, struct profile_search *ret_search)
{
	*ret_search = (struct profile_search){
		.name = memory_string(name != NULL ? name : name_in_environment()),
		.credentials_path = path_of("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"),
		.config_path = path_of("AWS_CONFIG_FILE", "~/.aws/config"),
	};
	ret_search->credentials_there = read_one(ret_search, PROFILE_CREDENTIALS, &ret_search->merged);
	ret_search->keys_in_credentials = ret_search->merged.access_key != NULL;
	ret_search->config_there = read_one(ret_search, PROFILE_CONFIG, &ret_search->merged);
}

void profile_search_release(struct profile_search *search)
{
	free(search->name);
	free(search->credentials_path);
	free(search->config_path);
	profile_release(&search->merged);
	*search = (struct profile_search){0};
}

/*
 * What AWS's tools would follow before the keys of the profile. To take other keys than
 * they do would be a store asked by the wrong person.
 */
static const char *says_unsupported(const struct profile *profile)
{
	if (profile->role_arn != NULL && profile->source_profile != NULL)
		return "'role_arn' with 'source_profile'";
	if (profile->role_arn != NULL && profile->credential_source != NULL)
		return "'role_arn' with 'credential_source'";
	if (profile->sso_session != NULL || profile->sso_start_url != NULL)
		return "single sign-on ('sso_session', 'sso_start_url')";
	if (profile->login_session != NULL)
		return "'login_session'";
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

/* After the keys of the profile, as AWS's tools have it. */
static enum credentials_result ask_process(const struct profile_search *search, struct credentials *found,
					   struct error *err)
{
	if (credentials_from_process(search->merged.credential_process, found, err) != 0) {
		error_wrap(err, "credential_process of the profile '%s'", search->name);
		return CREDENTIALS_BROKEN;
	}
	found->origin = memory_format("credential_process of the profile '%s'", search->name);
	return CREDENTIALS_FOUND;
}

static enum credentials_result find(const struct credentials_question *question, struct credentials *found,
				    struct error *err)
{
	const struct profile_search *search = question->profile;
	const struct profile *profile = &search->merged;
	const char *unsupported = says_unsupported(profile);

	if (unsupported != NULL) {
		error_set(err,
			  "the profile '%s' says %s, which muster does not support; let another tool get the "
			  "credentials, and give them under 'credentials' or in the environment",
			  search->name, unsupported);
		return CREDENTIALS_BROKEN;
	}
	if (search->broken) {
		*err = search->trouble;
		return CREDENTIALS_BROKEN;
	}
	if (profile->access_key == NULL && profile->secret_key == NULL)
		return profile->credential_process != NULL ? ask_process(search, found, err) : say_absent(search, err);

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

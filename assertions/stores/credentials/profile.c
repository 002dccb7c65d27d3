#include "assertions/stores/credentials/profile.h"

#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/value/secret.h"
#include "assertions/stores/http/environment.h"

#define AT(member) offsetof(struct profile, member)

struct word {
	const char *block, *key;
	size_t offset;
};

static const struct word words[] = {
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

#define WORD_COUNT (sizeof(words) / sizeof(words[0]))

struct reading {
	enum profile_file file;
	const char *wanted; /* the name of the profile, or of the services */
	const char *kind; /* the word before the name in a section of the config file: "profile", "services" */
	bool only_blocks;
	struct profile seen;
};

static char **place_of(struct profile *profile, const struct word *word)
{
	return (char **)(void *)((char *)profile + word->offset);
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

static void take_entry(void *context, const struct ini_entry *entry)
{
	struct reading *reading = context;

	if (!is_wanted(reading, entry->section))
		return;
	reading->seen.found = true;
	if (entry->key == NULL || (reading->only_blocks && entry->block[0] == '\0'))
		return;
	for (size_t i = 0; i < WORD_COUNT; i++) {
		const struct word *word = &words[i];

		if (strcasecmp(word->key, entry->key) != 0 || strcasecmp(word->block, entry->block) != 0)
			continue;

		char **place = place_of(&reading->seen, word);

		forget(place);
		*place = entry->value[0] != '\0' ? memory_string(entry->value) : NULL;
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
	for (size_t i = 0; i < WORD_COUNT; i++) {
		char **place = place_of(profile, &words[i]), **other = place_of(more, &words[i]);

		if (*place != NULL)
			continue;
		*place = *other;
		*other = NULL;
	}
	profile_release(more);
}

static void read_sections(const char *text, struct reading *reading)
{
	char *copy = memory_string(text);
	size_t length = strlen(copy);

	ini_parse(copy, take_entry, reading);
	explicit_bzero(copy, length);
	free(copy);
}

void profile_parse(const char *text, enum profile_file file, const char *name, struct profile *profile)
{
	struct reading reading = {file, name, "profile", false, {0}};

	read_sections(text, &reading);
	if (file == PROFILE_CONFIG && reading.seen.services != NULL) {
		struct reading services = {file, reading.seen.services, "services", true, {0}};

		read_sections(text, &services);
		services.seen.found = false;
		add_missing(&services.seen, &reading.seen);
		reading.seen = services.seen;
	}
	add_missing(profile, &reading.seen);
}

void profile_release(struct profile *profile)
{
	for (size_t i = 0; i < WORD_COUNT; i++)
		forget(place_of(profile, &words[i]));
	profile->found = false;
}

const char *profile_name(void)
{
	const char *name = environment_either("AWS_PROFILE", "AWS_DEFAULT_PROFILE");

	return name != NULL ? name : "default";
}

bool profile_is_named(void)
{
	return environment_either("AWS_PROFILE", "AWS_DEFAULT_PROFILE") != NULL;
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
		.name = memory_string(name != NULL ? name : profile_name()),
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

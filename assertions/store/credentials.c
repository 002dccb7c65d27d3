#include "credentials.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../base/cleanup.h"
#include "../base/memory.h"
#include "../base/secrets.h"
#include "../secret.h"
#include "profile.h"

#define AT(member) offsetof(struct credentials_parameters, member)

static const struct parameter parameters[] = {
	{"access_key", PARAMETER_SECRET, PARAMETER_REQUIRED, AT(access_key), .help = "the access key's id",
	 .example = "{env: BACKUP_ACCESS_KEY}"},
	{"secret_key", PARAMETER_SECRET, PARAMETER_REQUIRED, AT(secret_key), .help = "the secret access key",
	 .example = "{file: /run/secrets/s3/secret_key}"},
	{"session_token", PARAMETER_SECRET, .offset = AT(session_token),
	 .help = "the token that comes with temporary credentials", .example = "{env: BACKUP_SESSION_TOKEN}"},
	{NULL},
};

const struct record credentials_record = {
	.name = "credentials",
	.help = "secrets by reference; without them the environment (AWS_ACCESS_KEY_ID, ...) and the shared "
		"credentials file of AWS's tools are looked at",
	.size = sizeof(struct credentials_parameters),
	.parameters = parameters,
};

static const char *environment(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

/* They are sent in headers as they are: a line end in one would begin a header of its own. */
static bool fits_header(const char *value)
{
	for (; *value != '\0'; value++)
		if (*value < '!' || *value > '~')
			return false;
	return true;
}

static bool has_stray_blanks(const char *value)
{
	for (const char *at = value; *at != '\0'; at++)
		if (iscntrl((unsigned char)*at))
			return true;
	return isspace((unsigned char)value[0]) || isspace((unsigned char)value[strlen(value) - 1]);
}

static int check(const struct credentials *credentials, struct error *err)
{
	const char *what = NULL;

	if (!fits_header(credentials->access_key))
		what = "access key";
	else if (has_stray_blanks(credentials->secret_key))
		what = "secret key";
	else if (credentials->session_token != NULL && !fits_header(credentials->session_token))
		what = "session token";
	if (what == NULL)
		return 0;
	return error_set(err, "the %s from %s holds blanks or line ends that cannot belong to it", what,
			 credentials->origin);
}

static int from_manifest(const struct credentials_parameters *given, struct credentials *found, struct error *err)
{
	found->origin = memory_string("the manifest's 'credentials'");
	if (secret_read(given->access_key, &found->access_key, err) != 0 ||
	    secret_read(given->secret_key, &found->secret_key, err) != 0)
		return -1;
	if (given->session_token != NULL && secret_read(given->session_token, &found->session_token, err) != 0)
		return -1;
	return 0;
}

static void register_all(const struct credentials *credentials)
{
	secrets_register(credentials->access_key);
	secrets_register(credentials->secret_key);
	if (credentials->session_token != NULL)
		secrets_register(credentials->session_token);
}

/* 1: found, 0: not there. */
static int from_environment(struct credentials *found, struct error *err)
{
	const char *access_key = environment("AWS_ACCESS_KEY_ID"), *secret_key = environment("AWS_SECRET_ACCESS_KEY");
	const char *token = environment("AWS_SESSION_TOKEN");

	if (access_key == NULL && secret_key == NULL)
		return 0;
	if (access_key == NULL || secret_key == NULL)
		return error_set(err, "the environment has '%s' but not '%s'",
				 access_key != NULL ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY",
				 access_key != NULL ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID");
	found->access_key = memory_string(access_key);
	found->secret_key = memory_string(secret_key);
	found->session_token = memory_string(token != NULL ? token : environment("AWS_SECURITY_TOKEN"));
	found->origin = memory_string("the environment");
	return 1;
}

static char *shared_file(void)
{
	const char *path = environment("AWS_SHARED_CREDENTIALS_FILE"), *home = environment("HOME");

	return path != NULL ? memory_string(path) : memory_format("%s/.aws/credentials", home != NULL ? home : "");
}

static const char *profile_name(void)
{
	const char *name = environment("AWS_PROFILE");

	if (name == NULL)
		name = environment("AWS_DEFAULT_PROFILE");
	return name != NULL ? name : "default";
}

static int nothing_found(const char *path, const struct profile *profile, struct error *err)
{
	const char *web = environment("AWS_WEB_IDENTITY_TOKEN_FILE");

	return error_set(
		err, "no credentials found: the manifest gives none, AWS_ACCESS_KEY_ID is not set, %s '%s' %s '%s'%s",
		profile->found ? "the profile" : "there is no profile", profile_name(),
		profile->found ? "has no aws_access_key_id in" : "in", path,
		web != NULL ? "; AWS_WEB_IDENTITY_TOKEN_FILE is set, but web identity is not supported" : "");
}

static int from_shared_file(struct credentials *found, struct error *err)
{
	cleanup_free char *path = shared_file();
	struct profile profile;

	if (profile_read(path, profile_name(), &profile, err) != 0)
		return -1;
	if (profile.access_key != NULL && profile.secret_key != NULL) {
		*found = (struct credentials){profile.access_key, profile.secret_key, profile.session_token,
					      memory_format("profile '%s' in '%s'", profile_name(), path)};
		return 0;
	}

	bool half = (profile.access_key != NULL) != (profile.secret_key != NULL);

	nothing_found(path, &profile, err);
	profile_release(&profile);
	if (half)
		error_set(err, "the profile '%s' in '%s' must have both aws_access_key_id and aws_secret_access_key",
			  profile_name(), path);
	return -1;
}

static int find(const struct credentials_parameters *given, struct credentials *found, struct error *err)
{
	if (given != NULL)
		return from_manifest(given, found, err);

	int in_environment = from_environment(found, err);

	if (in_environment < 0)
		return -1;
	return in_environment > 0 ? 0 : from_shared_file(found, err);
}

int credentials_find(const struct credentials_parameters *given, struct credentials *ret_credentials, struct error *err)
{
	struct credentials found = {0};

	if (find(given, &found, err) != 0) {
		credentials_release(&found);
		return -1;
	}
	register_all(&found);
	if (check(&found, err) != 0) {
		credentials_release(&found);
		return -1;
	}
	*ret_credentials = found;
	return 0;
}

void credentials_release(struct credentials *credentials)
{
	secret_free(credentials->access_key);
	secret_free(credentials->secret_key);
	secret_free(credentials->session_token);
	free(credentials->origin);
	*credentials = (struct credentials){0};
}

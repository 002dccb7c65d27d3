#include "assertions/stores/credentials/credentials_private.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/buffer.h"
#include "assertions/base/clock.h"
#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/base/secrets.h"
#include "assertions/value/secret.h"
#include "assertions/stores/http/environment.h"

#define AT(member) offsetof(struct credentials_parameters, member)
#define SHOWN_FROM 16 /* shorter access keys are not shown in part */

static const struct parameter parameters[] = {
	{"access_key", &value_secret, PARAMETER_ALTERNATIVE, AT(access_key), .help = "the access key's id",
	 .example = "{env: BACKUP_ACCESS_KEY}", .needs = "secret_key"},
	{"secret_key", &value_secret, .offset = AT(secret_key), .help = "the secret access key, with 'access_key'",
	 .example = "{file: /run/secrets/s3/secret_key}", .needs = "access_key"},
	{"access_key_id", &value_secret, PARAMETER_ALTERNATIVE, AT(access_key_id),
	 .help = "'access_key', as AWS calls it", .example = "{env: BACKUP_ACCESS_KEY}", .needs = "secret_access_key"},
	{"secret_access_key", &value_secret, .offset = AT(secret_access_key), .help = "'secret_key', as AWS calls it",
	 .example = "{file: /run/secrets/s3/secret_key}", .needs = "access_key_id"},
	{"session_token", &value_secret, .offset = AT(session_token),
	 .help = "the token that comes with temporary credentials", .example = "{env: BACKUP_SESSION_TOKEN}"},
	{"profile", &value_string, PARAMETER_ALTERNATIVE, AT(profile),
	 .help = "a profile of AWS's shared files (~/.aws/credentials, ~/.aws/config): its keys or its web identity, "
		 "whatever the environment has; its region, endpoint_url and ca_bundle where neither manifest nor "
		 "environment say",
	 .example = "backup"},
	{"s3cfg", &value_string, PARAMETER_ALTERNATIVE, AT(s3cfg),
	 .help = "a file of s3cmd's settings: access_key, secret_key, access_token, and, where the manifest does not "
		 "say, host_base (with use_https), host_bucket, bucket_location and ca_certs_file",
	 .example = "~/.s3cfg"},
	{NULL},
};

static int validate(const void *record, struct error *err)
{
	const struct credentials_parameters *given = record;

	if (given->session_token != NULL && given->access_key == NULL && given->access_key_id == NULL)
		return error_set(err, "'session_token' needs 'access_key' beside it");
	return 0;
}

const struct record credentials_record = {
	.name = "credentials",
	.help = "who muster is to the store, by reference; without it AWS's chain: environment (AWS_ACCESS_KEY_ID), "
		"web identity (AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN), profile (AWS_PROFILE), container, instance; "
		"last ~/.s3cfg. 'muster explain credentials MANIFEST' says what is found",
	.size = sizeof(struct credentials_parameters),
	.parameters = parameters,
	.validate = validate,
};

enum credentials_given credentials_given(const struct credentials_question *question)
{
	const struct credentials_parameters *given = question->given;

	if (given == NULL)
		return CREDENTIALS_GIVEN_NOTHING;
	if (given->profile != NULL)
		return CREDENTIALS_GIVEN_PROFILE;
	return given->s3cfg != NULL ? CREDENTIALS_GIVEN_S3CFG : CREDENTIALS_GIVEN_KEYS;
}

bool credentials_fit_header(const char *value)
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

	if (!credentials_fit_header(credentials->access_key))
		what = "access key";
	else if (has_stray_blanks(credentials->secret_key))
		what = "secret key";
	else if (credentials->session_token != NULL && !credentials_fit_header(credentials->session_token))
		what = "session token";
	if (what == NULL)
		return 0;
	return error_set(err, "the %s from %s holds blanks or line ends that cannot belong to it", what,
			 credentials->origin);
}

static void register_all(const struct credentials *credentials)
{
	secrets_register(credentials->access_key);
	secrets_register(credentials->secret_key);
	if (credentials->session_token != NULL)
		secrets_register(credentials->session_token);
}

/* Shortened: what people compare, and nobody can use. */
static char *short_key(const struct credentials *credentials)
{
	const char *key = credentials->access_key;
	size_t length = strlen(key);

	if (length < SHOWN_FROM)
		return memory_format("of %zu characters", length);
	return memory_format("%.4s...%s", key, key + length - 4);
}

static enum credentials_result find_in_manifest(const struct credentials_question *question, struct credentials *found,
						struct error *err)
{
	const struct credentials_parameters *given = question->given;
	const struct secret *access_key = NULL, *secret_key = NULL;

	if (given != NULL) {
		access_key = given->access_key != NULL ? given->access_key : given->access_key_id;
		secret_key = given->secret_key != NULL ? given->secret_key : given->secret_access_key;
	}
	if (access_key == NULL) {
		error_set(err, "the manifest gives none");
		return CREDENTIALS_ABSENT;
	}
	found->origin = memory_string("the manifest's 'credentials'");
	if (secret_read(access_key, &found->access_key, err) != 0 ||
	    secret_read(secret_key, &found->secret_key, err) != 0)
		return CREDENTIALS_BROKEN;
	if (given->session_token != NULL && secret_read(given->session_token, &found->session_token, err) != 0)
		return CREDENTIALS_BROKEN;
	return CREDENTIALS_FOUND;
}

static const struct credentials_provider in_manifest = {.name = "manifest",
							.asked_for = CREDENTIALS_GIVEN_NOTHING | CREDENTIALS_GIVEN_KEYS,
							.find = find_in_manifest};

static enum credentials_result find_in_environment(const struct credentials_question *question,
						   struct credentials *found, struct error *err)
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

static const struct credentials_provider in_environment = {.name = "environment",
							   .asked_for = CREDENTIALS_GIVEN_NOTHING,
							   .find = find_in_environment};

/* In the order in which AWS's tools look; what only s3cmd would find comes last. */
static const struct credentials_provider *const providers[] = {
	&in_manifest,           &in_environment,       &credentials_web_identity, &credentials_profile,
	&credentials_container, &credentials_instance, &credentials_s3cfg,
};

static void note(const struct credentials_question *question, const struct credentials_provider *provider,
		 const char *finding)
{
	if (question->note != NULL)
		question->note(question->note_context, provider->name, finding);
}

static void note_found(const struct credentials_question *question, const struct credentials_provider *provider,
		       const struct credentials *found)
{
	cleanup_free char *key = short_key(found);
	char time[CLOCK_TEXT_MAX] = "";
	const char *when = "";

	if (found->expires_ms != 0) {
		clock_format_rfc3339(found->expires_ms, time);
		when = found->expires_ms < clock_now_ms() ? ", expired at " : ", good until ";
	}

	cleanup_free char *finding =
		memory_format("found: %s, access key %s%s%s%s", found->origin, key,
			      found->session_token != NULL ? ", with a session token" : "", when, time);

	note(question, provider, finding);
}

static enum credentials_result ask(const struct credentials_question *question,
				   const struct credentials_provider *provider, struct credentials *found,
				   struct error *err)
{
	enum credentials_result result = provider->find(question, found, err);

	if (result == CREDENTIALS_FOUND) {
		register_all(found);
		if (check(found, err) != 0)
			result = CREDENTIALS_BROKEN;
	}
	if (result == CREDENTIALS_FOUND) {
		note_found(question, provider, found);
		return result;
	}
	credentials_release(found);

	cleanup_free char *finding =
		memory_format("%s: %s", result == CREDENTIALS_BROKEN ? "cannot be used" : "not there", err->message);

	note(question, provider, finding);
	return result;
}

int credentials_find(const struct credentials_question *question, struct credentials *ret_credentials,
		     struct error *err)
{
	enum credentials_result result = CREDENTIALS_ABSENT;
	struct credentials found = {0};
	struct error reason = {""};
	cleanup_buffer struct buffer places;

	buffer_init(&places, ERROR_MAX - 1);
	for (size_t i = 0; i < sizeof(providers) / sizeof(providers[0]); i++) {
		if ((providers[i]->asked_for & credentials_given(question)) == 0)
			continue;
		if (result != CREDENTIALS_ABSENT) {
			note(question, providers[i], "not looked at");
			continue;
		}
		result = ask(question, providers[i], &found, &reason);
		if (result == CREDENTIALS_ABSENT)
			buffer_print(&places, "%s%s", places.length > 0 ? "; " : "", reason.message);
	}
	if (result == CREDENTIALS_ABSENT)
		return error_set(err, "no credentials found: %s", places.data);
	if (result == CREDENTIALS_BROKEN)
		return error_set(err, "%s", reason.message);
	*ret_credentials = found;
	return 0;
}

void credentials_release(struct credentials *credentials)
{
	secret_free(credentials->access_key);
	secret_free(credentials->secret_key);
	secret_free(credentials->session_token);
	s3cfg_free(credentials->s3cfg);
	free(credentials->origin);
	*credentials = (struct credentials){0};
}

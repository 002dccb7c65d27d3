#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/base/secrets.h"
#include "assertions/value/secret.h"
#include "assertions/stores/credentials/credentials_private.h"
#include "assertions/stores/endpoint.h"
#include "assertions/stores/http/environment.h"
#include "assertions/stores/http/printable.h"
#include "assertions/stores/http/sigv4.h"
#include "assertions/stores/http/xml.h"

#define STS_SILENCE_MS 10000
#define STS_ATTEMPTS 4
#define BODY_MAX ((size_t)64 << 10)

struct identity { /* where the token is, and whose role it is for */
	const char *token_file, *role, *session;
	const char *source; /* "AWS_WEB_IDENTITY_TOKEN_FILE", or the profile's word */
};

struct reply {
	struct credentials *found;
	char code[64], message[400];
};

static void keep(char **target, const char *text)
{
	secret_free(*target);
	*target = text[0] != '\0' ? memory_string(text) : NULL;
}

static int take_element(void *context, const char *path, const char *text, struct error *err)
{
	struct reply *reply = context;

	if (xml_path_ends(path, "Credentials/AccessKeyId"))
		keep(&reply->found->access_key, text);
	else if (xml_path_ends(path, "Credentials/SecretAccessKey"))
		keep(&reply->found->secret_key, text);
	else if (xml_path_ends(path, "Credentials/SessionToken"))
		keep(&reply->found->session_token, text);
	else if (xml_path_ends(path, "Credentials/Expiration"))
		return clock_parse_rfc3339(text, &reply->found->expires_ms, err);
	else if (xml_path_ends(path, "Error/Code"))
		printable_words(reply->code, sizeof(reply->code), text);
	else if (xml_path_ends(path, "Error/Message"))
		printable_words(reply->message, sizeof(reply->message), text);
	return 0;
}

/* The environment's, where the manifest names no profile of its own; else the profile's. 1, 0, or -1 for half of it. */
static enum credentials_result find_identity(const struct credentials_question *question, struct identity *identity,
					     struct error *err)
{
	const struct profile *profile = &question->profile->merged;
	bool asks_environment = credentials_given(question) == CREDENTIALS_GIVEN_NOTHING;

	if (asks_environment && environment_value("AWS_WEB_IDENTITY_TOKEN_FILE") != NULL) {
		*identity =
			(struct identity){environment_value("AWS_WEB_IDENTITY_TOKEN_FILE"),
					  environment_value("AWS_ROLE_ARN"), environment_value("AWS_ROLE_SESSION_NAME"),
					  "AWS_WEB_IDENTITY_TOKEN_FILE"};
	} else if (profile->web_identity_token_file != NULL) {
		*identity = (struct identity){profile->web_identity_token_file, profile->role_arn,
					      profile->role_session_name, "the profile's web_identity_token_file"};
	} else {
		error_set(err, asks_environment ? "AWS_WEB_IDENTITY_TOKEN_FILE is not set"
						: "the profile has no web_identity_token_file");
		return CREDENTIALS_ABSENT;
	}
	if (identity->role != NULL)
		return CREDENTIALS_FOUND;
	error_set(err, "%s is set, but %s is not", identity->source,
		  identity->source[0] == 'A' ? "AWS_ROLE_ARN" : "its role_arn");
	return CREDENTIALS_BROKEN;
}

/* The regional one: the global one's tokens are refused in regions that an account opts in to. */
static char *sts_endpoint(const struct credentials_question *question)
{
	const struct profile *profile = &question->profile->merged;
	bool ignored = environment_is_true("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
	const char *given = ignored ? NULL : environment_either("AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL");

	if (given == NULL && !ignored)
		given = profile->endpoint_url_sts != NULL ? profile->endpoint_url_sts : profile->endpoint_url;
	if (given != NULL)
		return memory_string(given);
	return memory_format("https://sts.%s.amazonaws.com%s", question->region,
			     strncmp(question->region, "cn-", 3) == 0 ? ".cn" : "");
}

static char *sts_url(const struct credentials_question *question, struct error *err)
{
	cleanup_free char *given = sts_endpoint(question);
	struct endpoint endpoint;

	if (endpoint_parse(given, &endpoint, err) != 0) {
		error_wrap(err, "the address of STS cannot be used");
		return NULL;
	}

	cleanup_free char *base = endpoint_text(&endpoint);

	return memory_format("%s/", base);
}

static void add_field(struct buffer *body, const char *name, const char *value)
{
	buffer_print(body, "&%s=", name);
	sigv4_encode(value, false, body);
}

static char *write_body(const struct identity *identity, const char *token)
{
	cleanup_free char *own_name = memory_format("muster-%lld", (long long)clock_now_ms() / 1000);
	struct buffer body;

	buffer_init(&body, BODY_MAX);
	buffer_string(&body, "Action=AssumeRoleWithWebIdentity&Version=2011-06-15");
	add_field(&body, "RoleArn", identity->role);
	add_field(&body, "RoleSessionName", identity->session != NULL ? identity->session : own_name);
	add_field(&body, "WebIdentityToken", token);
	return buffer_take(&body);
}

static enum credentials_result judge(const char *url, int status, const struct buffer *body, struct credentials *found,
				     struct error *err)
{
	static const struct xml_events events = {.end = take_element};
	struct reply reply = {.found = found};
	struct error trouble = {""};

	xml_read(&events, &reply, body->data, body->length, &trouble);
	if (status == 200 && found->access_key != NULL && found->secret_key != NULL && trouble.message[0] == '\0')
		return CREDENTIALS_FOUND;
	if (reply.code[0] != '\0')
		error_set(err, "STS at '%s' refused the web identity: %d %s: %s", url, status, reply.code,
			  reply.message);
	else
		error_set(err, "STS at '%s' answered %d, which is not understood%s%s", url, status,
			  trouble.message[0] != '\0' ? ": " : "", trouble.message);
	secrets_mask_string(err->message);
	return CREDENTIALS_BROKEN;
}

static enum credentials_result ask(const struct credentials_question *question, const struct identity *identity,
				   const char *token, struct credentials *found, struct error *err)
{
	cleanup_free char *url = sts_url(question, err);

	if (url == NULL)
		return CREDENTIALS_BROKEN;

	char *body = write_body(identity, token);
	const struct credentials_request request = {
		.method = "POST",
		.url = url,
		.headers = {"Content-Type: application/x-www-form-urlencoded", NULL},
		.body = body,
		.ca_file = question->ca_file,
		.silence_ms = STS_SILENCE_MS,
		.attempts = STS_ATTEMPTS,
	};
	struct buffer answer;
	int status = credentials_ask(&request, &answer, err);
	enum credentials_result result = CREDENTIALS_BROKEN;

	secret_free(body);
	if (status == 0)
		error_wrap(err, "cannot ask STS");
	else
		result = judge(url, status, &answer, found, err);
	credentials_answer_release(&answer);
	return result;
}

static enum credentials_result find(const struct credentials_question *question, struct credentials *found,
				    struct error *err)
{
	struct identity identity = {0};
	enum credentials_result result = find_identity(question, &identity, err);
	char *token;

	if (result != CREDENTIALS_FOUND)
		return result;
	/* Kubernetes swaps the file long before the token in it expires: it is read each time. */
	if (credentials_read_token(identity.token_file, "web identity token", &token, err) != 0)
		return CREDENTIALS_BROKEN;
	found->origin = memory_format("STS, as role '%s' (%s)", identity.role, identity.source);
	result = ask(question, &identity, token, found, err);
	secret_free(token);
	return result;
}

const struct credentials_provider credentials_web_identity = {
	.name = "web identity", .asked_for = CREDENTIALS_GIVEN_NOTHING | CREDENTIALS_GIVEN_PROFILE, .find = find};

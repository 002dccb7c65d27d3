#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/base/secrets.h"
#include "assertions/value/secret.h"
#include "assertions/stores/credentials/credentials_private.h"
#include "assertions/stores/endpoint.h"
#include "assertions/stores/http/environment.h"

#define ECS "http://169.254.170.2"
#define SILENCE_MS 2000
#define ATTEMPTS 3

/* Over plain http the token and the keys go to this machine, or to the agents of ECS and EKS, and to nobody else. */
static bool may_be_plain(const char *host)
{
	static const char *const agents[] = {"localhost", "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]", "[::1]"};
	struct in_addr address;

	for (size_t i = 0; i < sizeof(agents) / sizeof(agents[0]); i++)
		if (strcmp(host, agents[i]) == 0)
			return true;
	return inet_pton(AF_INET, host, &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}

/* The URI may have a query, which an endpoint has not. */
static int check_uri(const char *uri, struct error *err)
{
	cleanup_free char *base = memory_substring(uri, strcspn(uri, "?"));
	struct endpoint endpoint;

	for (const char *at = uri; *at != '\0'; at++)
		if (*at <= ' ' || *at > '~' || *at == '#')
			return error_set(err, "AWS_CONTAINER_CREDENTIALS_FULL_URI is no URI");
	if (strstr(uri, "://") == NULL || endpoint_parse(base, &endpoint, err) != 0)
		return error_set(err, "AWS_CONTAINER_CREDENTIALS_FULL_URI is no URI of http or https");
	if (endpoint.tls || may_be_plain(endpoint.host))
		return 0;
	return error_set(err,
			 "AWS_CONTAINER_CREDENTIALS_FULL_URI names '%s' over plain http, which is allowed for this "
			 "machine and for the agents of ECS and EKS only",
			 endpoint.host);
}

static enum credentials_result find_uri(char **ret_uri, struct error *err)
{
	const char *relative = environment_value("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
	const char *full = environment_value("AWS_CONTAINER_CREDENTIALS_FULL_URI");

	if (relative == NULL && full == NULL) {
		error_set(err, "AWS_CONTAINER_CREDENTIALS_FULL_URI and _RELATIVE_URI are not set");
		return CREDENTIALS_ABSENT;
	}
	if (relative != NULL && relative[0] != '/') {
		error_set(err, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI does not begin with a slash");
		return CREDENTIALS_BROKEN;
	}
	*ret_uri = relative != NULL ? memory_format(ECS "%s", relative) : memory_string(full);
	if (check_uri(*ret_uri, err) == 0)
		return CREDENTIALS_FOUND;
	free(*ret_uri);
	*ret_uri = NULL;
	return CREDENTIALS_BROKEN;
}

/* *ret_token is NULL where none is given. */
static int find_token(char **ret_token, struct error *err)
{
	const char *file = environment_value("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
	const char *value = environment_value("AWS_CONTAINER_AUTHORIZATION_TOKEN");

	*ret_token = NULL;
	if (file != NULL)
		return credentials_read_token(file, "container authorization token", ret_token, err);
	if (value == NULL)
		return 0;
	secrets_register(value);
	if (strpbrk(value, "\r\n") != NULL)
		return error_set(err, "AWS_CONTAINER_AUTHORIZATION_TOKEN holds a line end");
	*ret_token = memory_string(value);
	return 0;
}

static enum credentials_result ask(const struct credentials_question *question, const char *uri, const char *token,
				   struct credentials *found, struct error *err)
{
	char *line =
		token != NULL ? memory_format("Authorization: %s", token) : memory_string("Accept: application/json");
	const struct credentials_request request = {
		.method = "GET",
		.url = uri,
		.headers = {line, NULL},
		.ca_file = question->ca_file,
		.silence_ms = SILENCE_MS,
		.attempts = ATTEMPTS,
		.direct = true,
	};
	cleanup_free char *origin = memory_substring(uri, strcspn(uri, "?"));
	cleanup_free char *place = memory_format("the container's endpoint '%s'", origin);
	struct buffer answer;
	int status = credentials_ask(&request, &answer, err);
	int result = -1;

	secret_free(line);
	if (status == 0)
		error_wrap(err, "cannot ask %s", place);
	else if (status != 200 && answer.data[0] != '{')
		error_set(err, "%s answered %d", place, status);
	else
		result = credentials_from_json(&answer, place, found, err);
	found->origin = memory_string(place);
	credentials_answer_release(&answer);
	return result == 0 && status == 200 ? CREDENTIALS_FOUND : CREDENTIALS_BROKEN;
}

static enum credentials_result find(const struct credentials_question *question, struct credentials *found,
				    struct error *err)
{
	cleanup_free char *uri = NULL;
	enum credentials_result result = find_uri(&uri, err);
	char *token;

	if (result != CREDENTIALS_FOUND)
		return result;
	if (find_token(&token, err) != 0)
		return CREDENTIALS_BROKEN;
	result = ask(question, uri, token, found, err);
	secret_free(token);
	return result;
}

const struct credentials_provider credentials_container = {.name = "container",
							   .asked_for = CREDENTIALS_GIVEN_NOTHING,
							   .find = find};

#include <string.h>
#include <strings.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/base/secrets.h"
#include "assertions/value/secret.h"
#include "assertions/stores/credentials/credentials_private.h"
#include "assertions/stores/endpoint.h"
#include "assertions/stores/http/environment.h"

#define SILENCE_MS 1000
#define ROLES "/latest/meta-data/iam/security-credentials/"

static char *metadata_base(struct error *err)
{
	const char *given = environment_value("AWS_EC2_METADATA_SERVICE_ENDPOINT");
	const char *mode = environment_value("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");
	struct endpoint endpoint;

	if (given == NULL)
		given = mode != NULL && strcasecmp(mode, "IPv6") == 0 ? "http://[fd00:ec2::254]"
								      : "http://169.254.169.254";
	if (endpoint_parse(given, &endpoint, err) == 0)
		return endpoint_text(&endpoint);
	error_wrap(err, "AWS_EC2_METADATA_SERVICE_ENDPOINT cannot be used");
	return NULL;
}

static int ask(const char *method, const char *base, const char *path, const char *header, struct buffer *answer,
	       struct error *err)
{
	cleanup_free char *url = memory_format("%s%s", base, path);
	const struct credentials_request request = {
		.method = method,
		.url = url,
		.headers = {header, NULL},
		.body = strcmp(method, "PUT") == 0 ? "" : NULL,
		.silence_ms = SILENCE_MS,
		.attempts = 1,
		.direct = true,
	};

	return credentials_ask(&request, answer, err);
}

/*
 * *ret_header is the session's header, or NULL where the service is one of version 1 only, which is believed of a
 * 403, 404 or 405 alone: whoever can break the first request must not be able to choose the weaker way.
 */
static int begin_session(const char *base, char **ret_header, struct error *err)
{
	struct buffer answer;
	int status = ask("PUT", base, "/latest/api/token", "x-aws-ec2-metadata-token-ttl-seconds: 21600", &answer, err);
	bool old = (status == 403 || status == 404 || status == 405) &&
		   !environment_is_true("AWS_EC2_METADATA_V1_DISABLED");
	int result = 0;

	*ret_header = NULL;
	if (status == 200 && answer.length > 0 && credentials_fit_header(answer.data)) {
		secrets_register(answer.data);
		*ret_header = memory_format("x-aws-ec2-metadata-token: %s", answer.data);
	} else if (status != 0 && !old) {
		result = error_set(err, "the instance's metadata service gave no token: it answered %d", status);
	} else if (status == 0) {
		result = -1;
	}
	credentials_answer_release(&answer);
	return result;
}

/* The first line, as it may stand in a URL. */
static char *role_of(const struct buffer *answer)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+=,.@_-";
	size_t length = strcspn(answer->data, "\r\n");

	return length > 0 && strspn(answer->data, allowed) == length ? memory_substring(answer->data, length) : NULL;
}

static enum credentials_result find_role(const char *base, const char *header, char **ret_role, struct error *err)
{
	struct buffer answer;
	int status = ask("GET", base, ROLES, header, &answer, err);
	enum credentials_result result = CREDENTIALS_ABSENT;

	*ret_role = status == 200 ? role_of(&answer) : NULL;
	if (*ret_role != NULL)
		result = CREDENTIALS_FOUND;
	else if (status == 404 || status == 200)
		error_set(err, "the instance has no role");
	else if (status != 0)
		error_set(err, "the instance's metadata service answered %d when asked for the role", status);
	credentials_answer_release(&answer);
	return result;
}

static enum credentials_result find_keys(const char *base, const char *header, const char *role,
					 struct credentials *found, struct error *err)
{
	cleanup_free char *path = memory_format(ROLES "%s", role);
	cleanup_free char *place = memory_format("the instance's metadata, role '%s'", role);
	struct buffer answer;
	int status = ask("GET", base, path, header, &answer, err);
	int result = -1;

	found->origin = memory_string(place);
	if (status == 200)
		result = credentials_from_json(&answer, place, found, err);
	else if (status != 0)
		error_set(err, "%s: it answered %d", place, status);
	credentials_answer_release(&answer);
	return result == 0 ? CREDENTIALS_FOUND : CREDENTIALS_BROKEN;
}

static enum credentials_result find(const struct credentials_question *question, struct credentials *found,
				    struct error *err)
{
	cleanup_free char *base = NULL, *role = NULL;
	char *header = NULL;
	enum credentials_result result = CREDENTIALS_ABSENT;

	(void)question;
	if (environment_is_true("AWS_EC2_METADATA_DISABLED")) {
		error_set(err, "AWS_EC2_METADATA_DISABLED is set");
		return CREDENTIALS_ABSENT;
	}
	base = metadata_base(err);
	if (base == NULL)
		return CREDENTIALS_BROKEN;
	if (begin_session(base, &header, err) == 0)
		result = find_role(base, header, &role, err);
	if (result == CREDENTIALS_FOUND)
		result = find_keys(base, header, role, found, err);
	secret_free(header);
	return result;
}

const struct credentials_provider credentials_instance = {.name = "instance metadata",
							  .asked_for = CREDENTIALS_GIVEN_NOTHING,
							  .find = find};

#include "assertions/stores/credentials/credentials_private.h"

#include <jansson.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/base/secrets.h"
#include "assertions/value/secret.h"
#include "assertions/stores/backoff.h"
#include "assertions/stores/http/http.h"
#include "assertions/stores/http/printable.h"

#define BUDGET_MS 15000
#define WORDS_MAX 200

void credentials_answer_release(struct buffer *body)
{
	explicit_bzero(body->data, body->length);
	buffer_release(body);
}

static bool is_transient(int status)
{
	return status == 0 || status == 429 || status >= 500;
}

static int ask_once(const struct credentials_request *request, struct buffer *body, struct error *err)
{
	const struct http_settings settings = {.ca_file = request->ca_file,
					       .silence_ms = request->silence_ms,
					       .direct = request->direct};
	const struct http_request sent = {
		.method = request->method,
		.url = request->url,
		.headers = request->headers,
		.body = request->body,
		.body_length = request->body != NULL ? strlen(request->body) : 0,
	};
	struct http_client *client = http_client_new(&settings);
	struct http_exchange *exchange = NULL;
	struct http_failure failure;
	int status = 0;

	credentials_answer_release(body);
	buffer_init(body, CREDENTIALS_ANSWER_MAX);
	if (http_begin(client, &sent, &exchange, &failure) == 0) {
		status = http_response(exchange)->status;
		if (http_read_all(exchange, body, &failure) != 0)
			status = 0;
	}
	if (status == 0)
		*err = failure.error;
	http_end(exchange);
	http_client_free(client);
	return status;
}

int credentials_ask(const struct credentials_request *request, struct buffer *ret_body, struct error *err)
{
	struct backoff backoff;
	int status;

	buffer_init(ret_body, CREDENTIALS_ANSWER_MAX);
	backoff_begin(&backoff, BUDGET_MS);
	do
		status = ask_once(request, ret_body, err);
	while (is_transient(status) && backoff_wait_within(&backoff, request->attempts, 0));
	return status;
}

/* A member that may be spelt with a capital or without. */
static const char *member(const json_t *object, const char *name, const char *other)
{
	const char *value = json_string_value(json_object_get(object, name));

	return value != NULL ? value : json_string_value(json_object_get(object, other));
}

static int no_credentials(const json_t *object, const char *place, struct error *err)
{
	const char *code = member(object, "code", "Code"), *message = member(object, "message", "Message");
	char words[WORDS_MAX];
	cleanup_free char *whole = memory_format("%s%s%s", code != NULL ? code : "no code", message != NULL ? ": " : "",
						 message != NULL ? message : "");

	printable_words(words, sizeof(words), whole);
	error_set(err, "%s gave no credentials: %s", place, words);
	secrets_mask_string(err->message);
	return -1;
}

static void take(const json_t *object, struct credentials *found)
{
	const char *expiration = member(object, "Expiration", "expiration");
	struct error ignored;

	found->access_key = memory_string(member(object, "AccessKeyId", "accessKeyId"));
	found->secret_key = memory_string(member(object, "SecretAccessKey", "secretAccessKey"));
	found->session_token = memory_string(member(object, "Token", "SessionToken"));
	if (expiration == NULL || clock_parse_rfc3339(expiration, &found->expires_ms, &ignored) != 0)
		found->expires_ms = 0;
}

int credentials_from_json(const struct buffer *body, const char *place, struct credentials *found, struct error *err)
{
	json_error_t where;
	json_t *object = json_loadb(body->data, body->length, JSON_REJECT_DUPLICATES, &where);
	const char *code = member(object, "Code", "code");
	int result = 0;

	if (!json_is_object(object))
		result = error_set(err, "%s answered something that is no JSON object", place);
	else if (member(object, "AccessKeyId", "accessKeyId") == NULL ||
		 member(object, "SecretAccessKey", "secretAccessKey") == NULL ||
		 (code != NULL && strcmp(code, "Success") != 0))
		result = no_credentials(object, place, err);
	else
		take(object, found);
	json_decref(object);
	return result;
}

int credentials_read_token(const char *path, const char *what, char **ret_token, struct error *err)
{
	const struct secret file = {.file = path};

	if (secret_read(&file, ret_token, err) != 0)
		return error_wrap(err, "no %s", what);
	if (strlen(*ret_token) <= CREDENTIALS_TOKEN_MAX && credentials_fit_header(*ret_token))
		return 0;
	secret_free(*ret_token);
	*ret_token = NULL;
	return error_set(err, "the %s in '%s' is longer than %zu bytes, or holds blanks or line ends", what, path,
			 CREDENTIALS_TOKEN_MAX);
}

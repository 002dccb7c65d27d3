#include "assertions/stores/bunny/bunny_private.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "assertions/base/buffer.h"
#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/base/secrets.h"
#include "assertions/stores/answer.h"
#include "assertions/stores/backoff.h"
#include "assertions/stores/http/printable.h"

#define SUBJECT_MAX 200
#define OWN_HEADERS 1
#define BODY_ATTEMPTS 4 /* to send all of it */

void bunny_answer_take_headers(struct bunny_answer *answer, const struct http_response *response)
{
	const char *server = http_field(response, "server");

	answer->http_status = response->status;
	answer->is_bunnys = server != NULL && strncasecmp(server, "bunny", 5) == 0;
	answer->retry_after_ms = answer_retry_after_ms(response);
	answer->has_date = answer_clock_offset(response, &answer->clock_offset_ms);
}

void bunny_answer_take_body(struct bunny_answer *answer, const char *body, size_t length)
{
	json_t *said = json_loadb(body, length, 0, NULL);
	const char *message = json_string_value(json_object_get(said, "Message"));

	if (json_integer_value(json_object_get(said, "HttpCode")) == answer->http_status)
		answer->is_bunnys = true;
	if (message != NULL)
		printable_words(answer->message, sizeof(answer->message), message);
	json_decref(said);
}

/* Any web server says 404 of what it does not know; that proves nothing of what Bunny has. */
static enum store_status status_of_missing(const struct bunny_answer *answer, const char *key)
{
	if (!answer->is_bunnys)
		return STORE_BROKEN;
	return key != NULL && key[0] != '\0' ? STORE_ABSENT : STORE_NO_BUCKET;
}

void bunny_answer_judge(struct bunny_answer *answer, const char *key)
{
	answer->transient = answer_is_transient_status(answer->http_status);
	switch (answer->http_status) {
	case 401:
		answer->status = STORE_BAD_CREDENTIALS;
		return;
	case 403:
		answer->status = STORE_DENIED;
		return;
	case 404:
		answer->status = status_of_missing(answer, key);
		return;
	case 405:
	case 501:
		answer->status = STORE_UNSUPPORTED;
		return;
	default:
		answer->status = answer->transient ? STORE_UNREACHABLE : STORE_BROKEN;
	}
}

static void judge_failure(struct bunny_answer *answer)
{
	answer->http_status = 0;
	answer->status = answer_judge_failure(&answer->failure, &answer->transient, &answer->attempts_max);
}

static void judge_nonsense(struct bunny_answer *answer, const struct error *err)
{
	answer->status = STORE_BROKEN;
	answer->transient = true;
	answer->attempts_max = ANSWER_NONSENSE_ATTEMPTS;
	printable_copy(answer->message, sizeof(answer->message), err->message);
}

static const char *sentence_of(const struct bunny_answer *answer)
{
	switch (answer->status) {
	case STORE_ABSENT:
		return "the object is not there";
	case STORE_NO_BUCKET:
		return "the zone does not exist";
	case STORE_BAD_CREDENTIALS:
		return "the access key is not accepted";
	case STORE_DENIED:
		return "the access key may not do this";
	case STORE_UNSUPPORTED:
		return "the store cannot do this";
	case STORE_UNREACHABLE:
		return answer->http_status == 429 ? "the store is overloaded" : "the store failed for the moment";
	case STORE_OK:
	case STORE_SKEWED:
	case STORE_BROKEN:
		break;
	}
	if (answer->http_status == 400)
		return "the store refuses the request";
	return answer->http_status >= 300 && answer->http_status < 400 ? "the store wants to be asked elsewhere"
								       : "the answer cannot be understood";
}

static void make_hint(struct bunny_answer *answer, const struct bunny_question *question)
{
	static const char unreachable[] =
		"check 'region' or 'endpoint', and whether the store can be reached from here";
	const char *hint = "";

	if (answer->http_status == 0)
		hint = answer_hint_for_failure(&answer->failure, unreachable, unreachable);
	else if (answer->status == STORE_BAD_CREDENTIALS)
		hint = "'access_key' is the zone's password or read-only password, not the account's API key; the "
		       "zone's name and its main region must be right too: elsewhere the same key is refused";
	else if (answer->status == STORE_DENIED)
		hint = "a read-only password may not write; does the zone's firewall let this machine in?";
	else if (answer->status == STORE_NO_BUCKET)
		hint = "is this the right name under 'zone', and is 'region' the zone's main region?";
	else if (answer->http_status >= 300 && answer->http_status < 400)
		hint = "redirections are not followed: set 'region' or 'endpoint' to where the zone really is";
	else if (answer->status == STORE_BROKEN)
		hint = "is this the address of Bunny's storage, with no proxy in between that answers for it?";
	snprintf(answer->hint, sizeof(answer->hint), "%s%s%s%s", hint, hint[0] != '\0' ? " (zone '" : "",
		 hint[0] != '\0' ? question->zone : "", hint[0] != '\0' ? "')" : "");
}

static void subject_of(const struct bunny_question *question, char subject[SUBJECT_MAX])
{
	char whole[SUBJECT_MAX * 2];

	snprintf(whole, sizeof(whole), "bunny://%s/%s", question->zone, question->key != NULL ? question->key : "");
	printable_copy(subject, SUBJECT_MAX, whole);
}

void bunny_answer_describe(struct bunny_answer *answer, const struct bunny_question *question)
{
	char subject[SUBJECT_MAX];
	struct buffer out;

	buffer_init(&out, ERROR_MAX - 1);
	subject_of(question, subject);
	if (answer->http_status != 0)
		buffer_print(&out, "%s: '%s' answered %d when %s '%s'", sentence_of(answer), question->origin,
			     answer->http_status, question->what, subject);
	else
		buffer_print(&out, "%s (when %s '%s')", answer->failure.error.message, question->what, subject);
	if (question->attempts > 1)
		buffer_print(&out, ", %u times in %.1f s", question->attempts, (double)question->elapsed_ms / 1000);
	if (answer->http_status != 0 && answer->message[0] != '\0')
		buffer_print(&out, ": %s", answer->message);
	error_set(&answer->error, "%s", out.data);
	buffer_release(&out);
	/* A server may repeat what it was sent. */
	secrets_mask_string(answer->error.message);
	make_hint(answer, question);
	secrets_mask_string(answer->hint);
}

void bunny_answer_release(struct bunny_answer *answer)
{
	http_end(answer->exchange);
	answer->exchange = NULL;
}

static int begin(const struct bunny *bunny, const struct bunny_request *request, struct bunny_answer *answer)
{
	cleanup_free char *access_key = memory_format("AccessKey: %s", bunny->access_key);
	const char *lines[OWN_HEADERS + BUNNY_HEADERS_MAX + 1] = {access_key};
	struct endpoint_target target;

	for (size_t i = 0; i < BUNNY_HEADERS_MAX; i++)
		lines[OWN_HEADERS + i] = request->headers[i];
	endpoint_target(&bunny->endpoint, false, bunny->zone, request->key, &target);

	cleanup_free char *url =
		memory_format("%s://%s%s", bunny->endpoint.tls ? "https" : "http", target.host, target.path);
	const struct http_request sent = {.method = request->method,
					  .url = url,
					  .headers = lines,
					  .body = request->body,
					  .body_length = request->body_length};
	int result = http_begin(bunny->http, &sent, &answer->exchange, &answer->failure);

	explicit_bzero(access_key, strlen(access_key));
	endpoint_target_release(&target);
	return result;
}

static void read_error(const struct bunny_request *request, struct bunny_answer *answer)
{
	cleanup_buffer struct buffer body;
	struct http_failure ignored;

	buffer_init(&body, BUNNY_ERROR_BODY_MAX);
	http_read_all(answer->exchange, &body, &ignored);
	bunny_answer_take_body(answer, body.data, body.length);
	bunny_answer_judge(answer, request->key);
}

struct body {
	struct http_exchange *exchange;
	struct http_failure *failure;
};

static int next_block(void *context, const unsigned char **ret_data, size_t *ret_length)
{
	const struct body *body = context;

	return http_read(body->exchange, ret_data, ret_length, body->failure);
}

static void read_body(const struct bunny_request *request, struct bunny_answer *answer)
{
	struct body body = {answer->exchange, &answer->failure};
	struct bunny_json json = {.next = next_block, .context = &body};
	struct error err = {""};

	answer->failure.error.message[0] = '\0';
	if (request->read(request->context, &json, &err) == 0)
		return;
	if (answer->failure.error.message[0] != '\0')
		judge_failure(answer);
	else
		judge_nonsense(answer, &err);
}

static void ask_once(struct bunny *bunny, const struct bunny_request *request, struct bunny_answer *answer)
{
	*answer = (struct bunny_answer){0};
	if (begin(bunny, request, answer) != 0) {
		judge_failure(answer);
		return;
	}
	bunny_answer_take_headers(answer, http_response(answer->exchange));
	if (answer->has_date) {
		bunny->store.clock_offset_ms = answer->clock_offset_ms;
		bunny->clock_known = true;
	}
	if (answer->http_status != 200 && answer->http_status != 201 && answer->http_status != 206) {
		read_error(request, answer);
		return;
	}
	answer->status = STORE_OK;
	if (request->read != NULL)
		read_body(request, answer);
}

void bunny_ask(struct bunny *bunny, const struct bunny_request *request, struct bunny_answer *ret_answer)
{
	cleanup_free char *origin = endpoint_text(&bunny->endpoint);
	struct bunny_question question = {.what = request->what,
					  .zone = bunny->zone,
					  .key = request->key,
					  .origin = origin};
	struct backoff backoff;

	backoff_begin(&backoff, bunny->timeout_ms);
	backoff.client = bunny->http;
	if (request->body != NULL)
		backoff.attempts_max = BODY_ATTEMPTS;
	do {
		if (question.attempts > 0)
			bunny_answer_release(ret_answer);

		int64_t began_ms = clock_monotonic_ms();

		ask_once(bunny, request, ret_answer);
		/* The time that its bytes take is none of the time for which trouble is put up with. */
		if (request->body != NULL)
			backoff.began_ms += clock_monotonic_ms() - began_ms;
		ret_answer->attempts = ++question.attempts;
		if (ret_answer->status == STORE_OK)
			return;
	} while (ret_answer->transient &&
		 backoff_wait_within(&backoff, ret_answer->attempts_max, ret_answer->retry_after_ms));
	bunny_answer_release(ret_answer);
	question.elapsed_ms = backoff_elapsed_ms(&backoff);
	bunny_answer_describe(ret_answer, &question);
}

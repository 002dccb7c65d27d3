#include "assertions/stores/bunny/bunny_request.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/stores/backoff.h"

#define OWN_HEADERS 1
#define BODY_ATTEMPTS 4 /* to send all of it */

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

static void read_body(const struct bunny_request *request, struct bunny_answer *answer)
{
	struct error err = {""};

	answer->failure.error.message[0] = '\0';
	if (request->read(request->context, answer->exchange, &answer->failure, &err) == 0)
		return;
	if (answer->failure.error.message[0] != '\0')
		bunny_answer_judge_failure(answer);
	else
		bunny_answer_judge_nonsense(answer, &err);
}

static void ask_once(struct bunny *bunny, const struct bunny_request *request, struct bunny_answer *answer)
{
	*answer = (struct bunny_answer){0};
	if (begin(bunny, request, answer) != 0) {
		bunny_answer_judge_failure(answer);
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

#include "assertions/stores/http/http_private.h"

#include <nss.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/base/units.h"

#define POLL_MS 200

static pthread_once_t library_once = PTHREAD_ONCE_INIT;
static bool (*is_cancelled)(void *context);
static void *is_cancelled_context;
static atomic_int_least64_t deadline = INT64_MAX;

static void begin_library(void)
{
#ifdef MUSTER_STATIC
	/* Otherwise what the image's nsswitch.conf names would be loaded: libraries of another libc. */
	__nss_configure_lookup("hosts", "files dns");
#endif
	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, memory_take, free, memory_retake, memory_string, memory_array) !=
	    0)
		memory_exhausted();
}

void http_prepare(void)
{
	pthread_once(&library_once, begin_library);
}

void http_set_cancelled(bool (*cancelled)(void *context), void *context)
{
	is_cancelled = cancelled;
	is_cancelled_context = context;
}

static bool cancelled_now(void)
{
	return is_cancelled != NULL && is_cancelled(is_cancelled_context);
}

void http_set_deadline(int64_t deadline_ms)
{
	atomic_store(&deadline, deadline_ms);
}

static bool is_late(void)
{
	return clock_monotonic_ms() >= atomic_load(&deadline);
}

static bool is_cancelled_for(struct http_client *client)
{
	int64_t now = clock_monotonic_ms();

	if (client == NULL)
		return cancelled_now() || is_late();
	if (atomic_load(&client->cancelled) || now >= client->end_ms)
		return true;
	if (client->deaf || (!cancelled_now() && !is_late()))
		return false;
	if (client->told_ms == 0)
		client->told_ms = now;
	return now - client->told_ms >= client->patience_ms;
}

static const char *why_cancelled(const struct http_client *client)
{
	bool told = atomic_load(&client->cancelled) || (!client->deaf && cancelled_now());

	return told ? "told to end" : "no time was left";
}

bool http_sleep(int64_t ms)
{
	return http_client_sleep(NULL, ms);
}

bool http_client_sleep(struct http_client *client, int64_t ms)
{
	int64_t end = clock_monotonic_ms() + ms;

	for (int64_t left = ms; left > 0; left = end - clock_monotonic_ms()) {
		if (is_cancelled_for(client))
			return false;

		int64_t nap = left < POLL_MS ? left : POLL_MS;
		struct timespec time = {nap / 1000, (long)(nap % 1000) * 1000000};

		nanosleep(&time, NULL);
	}
	return !is_cancelled_for(client);
}

struct http_client *http_client_new(const struct http_settings *settings)
{
	struct http_client *client = memory_alloc(sizeof(*client));

	client->ca_file = memory_string(settings->ca_file);
	client->silence_ms = settings->silence_ms;
	client->deaf = settings->deaf;
	client->direct = settings->direct;
	client->certificates = settings->certificates;
	client->end_ms = INT64_MAX;
	return client;
}

struct http_client *http_client_new_like(const struct http_client *other, int64_t silence_ms, bool deaf)
{
	const struct http_settings settings = {.ca_file = other->ca_file,
					       .silence_ms = silence_ms,
					       .deaf = deaf,
					       .direct = other->direct};

	return http_client_new(&settings);
}

void http_client_cancel(struct http_client *client)
{
	atomic_store(&client->cancelled, true);
}

void http_client_set_patience(struct http_client *client, int64_t patience_ms)
{
	client->patience_ms = patience_ms;
}

void http_client_set_end(struct http_client *client, int64_t end_ms)
{
	client->end_ms = end_ms;
}

void http_client_free(struct http_client *client)
{
	if (client == NULL)
		return;
	if (client->multi != NULL)
		curl_multi_cleanup(client->multi);
	free(client->ca_file);
	free(client);
}

static void take_results(struct http_client *client)
{
	int left;
	CURLMsg *message;

	while ((message = curl_multi_info_read(client->multi, &left)) != NULL) {
		struct http_exchange *exchange = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&exchange);
		exchange->finished = true;
		exchange->result = message->data.result;
	}
}

static void note_progress(struct http_exchange *exchange)
{
	curl_off_t sent = 0;

	curl_easy_getinfo(exchange->easy, CURLINFO_SIZE_UPLOAD_T, &sent);

	uint64_t progress = exchange->header_bytes + exchange->received + (uint64_t)sent;

	if (progress != exchange->progress)
		exchange->waited_at_progress_ms = exchange->waited_ms;
	exchange->progress = progress;
}

static int check_pace(struct http_exchange *exchange, struct http_failure *failure)
{
	int64_t silence_ms = exchange->client->silence_ms;
	int64_t window_ms = exchange->waited_ms - exchange->pace_began_ms;
	uint64_t came = exchange->progress - exchange->pace_progress;

	if (exchange->waited_ms - exchange->waited_at_progress_ms >= silence_ms)
		return http_failure_set(failure, HTTP_SLOW, "'%s' said nothing for %.1f s", exchange->origin,
					(double)silence_ms / 1000);
	if (window_ms < 2 * silence_ms)
		return 0;
	if (came < (uint64_t)window_ms * HTTP_PACE_MIN / 1000)
		return http_failure_set(failure, HTTP_SLOW, "'%s' is too slow: %llu bytes in %.1f s", exchange->origin,
					(unsigned long long)came, (double)window_ms / 1000);
	exchange->pace_began_ms = exchange->waited_ms;
	exchange->pace_progress = exchange->progress;
	return 0;
}

/* Until there is something for the caller: a block of the body, or the end. */
static int wait_for_data(struct http_exchange *exchange, struct http_failure *failure)
{
	for (;;) {
		int64_t began_ms = clock_monotonic_ms();
		int running;

		if (curl_multi_perform(exchange->client->multi, &running) != CURLM_OK)
			return http_failure_set(failure, HTTP_IMPOSSIBLE, "cannot ask '%s'", exchange->origin);
		take_results(exchange->client);
		note_progress(exchange);
		if (exchange->length > 0 || exchange->finished)
			return 0;
		if (is_cancelled_for(exchange->client))
			return http_failure_set(failure, HTTP_CANCELLED, "%s while waiting for '%s'",
						why_cancelled(exchange->client), exchange->origin);
		curl_multi_poll(exchange->client->multi, NULL, 0, POLL_MS, NULL);
		exchange->waited_ms += clock_monotonic_ms() - began_ms;
		if (check_pace(exchange, failure) != 0)
			return -1;
	}
}

static void keep_fields(struct http_exchange *exchange)
{
	struct http_response *response = &exchange->response;
	struct curl_header *header = NULL;
	long status = 0;

	curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
	response->status = (int)status;
	while (response->count < HTTP_FIELDS_MAX &&
	       (header = curl_easy_nextheader(exchange->easy, CURLH_HEADER, -1, header)) != NULL) {
		response->fields = memory_grow(response->fields, response->count + 1, sizeof(*response->fields));
		response->fields[response->count].name = memory_string(header->name);
		response->fields[response->count].value = memory_string(header->value);
		response->count++;
	}
}

static int begin(struct http_exchange *exchange, const struct http_request *request, struct http_failure *failure)
{
	struct http_client *client = exchange->client;

	http_prepare();
	if (client->multi == NULL)
		client->multi = curl_multi_init();
	exchange->easy = curl_easy_init();
	if (client->multi == NULL || exchange->easy == NULL)
		return http_failure_set(failure, HTTP_IMPOSSIBLE, "cannot set up a transfer");
	if (http_setup(exchange, request, failure) != 0)
		return -1;
	if (curl_multi_add_handle(client->multi, exchange->easy) != CURLM_OK)
		return http_failure_set(failure, HTTP_IMPOSSIBLE, "cannot set up a transfer");
	if (wait_for_data(exchange, failure) != 0)
		return -1;
	/* A body that breaks off later is found by http_read(): the status and the headers are good already. */
	if (exchange->finished && exchange->result != CURLE_OK && exchange->length == 0)
		return http_failure_of_result(exchange, failure);
	keep_fields(exchange);
	return 0;
}

static bool has_sent(const struct http_exchange *exchange)
{
	long bytes = 0;

	if (exchange->easy != NULL)
		curl_easy_getinfo(exchange->easy, CURLINFO_REQUEST_SIZE, &bytes);
	return bytes > 0;
}

int http_begin(struct http_client *client, const struct http_request *request, struct http_exchange **ret_exchange,
	       struct http_failure *ret_failure)
{
	struct http_exchange *exchange = memory_alloc(sizeof(*exchange));

	exchange->client = client;
	if (begin(exchange, request, ret_failure) != 0) {
		ret_failure->sent = has_sent(exchange);
		http_end(exchange);
		return -1;
	}
	*ret_exchange = exchange;
	return 0;
}

const struct http_response *http_response(const struct http_exchange *exchange)
{
	return &exchange->response;
}

int http_read(struct http_exchange *exchange, const unsigned char **ret_data, size_t *ret_length,
	      struct http_failure *ret_failure)
{
	if (exchange->given) {
		exchange->given = false;
		exchange->length = 0;
	}
	if (exchange->paused && exchange->length == 0) {
		exchange->paused = false;
		curl_easy_pause(exchange->easy, CURLPAUSE_CONT);
	}
	if (exchange->length == 0 && !exchange->finished && wait_for_data(exchange, ret_failure) != 0)
		return -1;
	if (exchange->length == 0 && exchange->result != CURLE_OK)
		return http_failure_of_result(exchange, ret_failure);
	*ret_data = exchange->data;
	*ret_length = exchange->length;
	exchange->given = true;
	return 0;
}

int http_read_all(struct http_exchange *exchange, struct buffer *body, struct http_failure *ret_failure)
{
	const unsigned char *data = NULL;
	size_t length = 0;

	do {
		if (http_read(exchange, &data, &length, ret_failure) != 0)
			return -1;
		buffer_append(body, data, length);
		if (body->truncated)
			return http_failure_set(ret_failure, HTTP_MALFORMED,
						"the answer of '%s' is longer than %zu bytes", exchange->origin,
						body->maximum);
	} while (length > 0);
	return 0;
}

void http_end(struct http_exchange *exchange)
{
	if (exchange == NULL)
		return;
	if (exchange->easy != NULL && exchange->client->multi != NULL)
		curl_multi_remove_handle(exchange->client->multi, exchange->easy);
	curl_easy_cleanup(exchange->easy);
	curl_slist_free_all(exchange->headers);
	for (size_t i = 0; i < exchange->response.count; i++) {
		free(exchange->response.fields[i].name);
		free(exchange->response.fields[i].value);
	}
	free(exchange->response.fields);
	free(exchange->data);
	free(exchange);
}

const char *http_field(const struct http_response *response, const char *name)
{
	for (size_t i = 0; i < response->count; i++)
		if (strcasecmp(response->fields[i].name, name) == 0)
			return response->fields[i].value;
	return NULL;
}

int64_t http_number(const struct http_response *response, const char *name)
{
	const char *text = http_field(response, name);
	struct error ignored;
	int64_t number;

	return text != NULL && units_parse_integer(text, &number, &ignored) == 0 ? number : -1;
}

int http_range(const char *text, int64_t *ret_begin, int64_t *ret_size)
{
	char begin[24], size[24];
	const char *dash = strchr(text, '-'), *slash = strchr(text, '/');
	struct error ignored;

	if (strncasecmp(text, "bytes ", 6) != 0 || dash == NULL || slash == NULL || dash > slash ||
	    dash - (text + 6) >= (long)sizeof(begin) || strlen(slash + 1) >= sizeof(size))
		return -1;
	memcpy(begin, text + 6, (size_t)(dash - text) - 6);
	begin[dash - text - 6] = '\0';
	memcpy(size, slash + 1, strlen(slash + 1) + 1);
	if (units_parse_integer(begin, ret_begin, &ignored) != 0 || units_parse_integer(size, ret_size, &ignored) != 0)
		return -1;
	return 0;
}

void http_etag(const char *text, char *ret_etag, size_t room)
{
	size_t length = strlen(text);

	ret_etag[0] = '\0';
	if (length >= 2 && text[0] == '"' && text[length - 1] == '"') {
		text++;
		length -= 2;
	}
	if (length >= room)
		return;
	for (size_t i = 0; i < length; i++)
		ret_etag[i] = text[i] >= 'A' && text[i] <= 'F' ? (char)(text[i] - 'A' + 'a') : text[i];
	ret_etag[length] = '\0';
}

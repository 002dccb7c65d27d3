#include "http.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>

#include "../base/clock.h"
#include "../base/memory.h"

#define READ_BYTES (512L << 10) /* 16 KiB, libcurl's own, costs three times the time */
#define POLL_MS 200
#define ORIGIN_MAX 300

struct http_client {
	CURLM *multi;
	char *ca_file;
	int64_t silence_ms;
};

struct http_exchange {
	struct http_client *client;
	CURL *easy;
	struct curl_slist *headers;
	char origin[ORIGIN_MAX]; /* for messages: "https://host:port" */
	char curl_text[CURL_ERROR_SIZE];
	struct http_response response;
	size_t header_bytes;
	bool headers_too_long;
	unsigned char *data; /* HTTP_BUFFER_MAX at most */
	size_t length, capacity;
	bool given; /* the data was handed to the caller */
	bool paused;
	bool finished;
	CURLcode result;
	uint64_t received;
	int64_t waited_ms, waited_at_progress_ms, pace_began_ms; /* of waiting, not of the clock */
	uint64_t progress, pace_progress;
};

static pthread_once_t library_once = PTHREAD_ONCE_INIT;
static bool (*is_cancelled)(void *context);
static void *is_cancelled_context;

static void begin_library(void)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
		abort();
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

bool http_sleep(int64_t ms)
{
	int64_t end = clock_monotonic_ms() + ms;

	for (int64_t left = ms; left > 0; left = end - clock_monotonic_ms()) {
		if (cancelled_now())
			return false;

		int64_t nap = left < POLL_MS ? left : POLL_MS;
		struct timespec time = {nap / 1000, (long)(nap % 1000) * 1000000};

		nanosleep(&time, NULL);
	}
	return !cancelled_now();
}

struct http_client *http_client_new(const struct http_settings *settings)
{
	struct http_client *client = memory_alloc(sizeof(*client));

	client->ca_file = memory_string(settings->ca_file);
	client->silence_ms = settings->silence_ms;
	return client;
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

/* libcurl's own sockets would be inherited by children. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
	(void)context;
	(void)purpose;
	return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t take_header(char *data, size_t size, size_t count, void *context)
{
	struct http_exchange *exchange = context;

	(void)data;
	exchange->header_bytes += size * count;
	exchange->headers_too_long = exchange->header_bytes > HTTP_HEADER_BYTES_MAX;
	return exchange->headers_too_long ? 0 : size * count;
}

static void make_room(struct http_exchange *exchange, size_t length)
{
	size_t capacity = exchange->capacity > 0 ? exchange->capacity : (size_t)64 << 10;

	while (capacity < length)
		capacity *= 2;
	if (capacity == exchange->capacity)
		return;
	exchange->data = memory_grow(exchange->data, capacity, 1);
	exchange->capacity = capacity;
}

static size_t take_body(char *data, size_t size, size_t count, void *context)
{
	struct http_exchange *exchange = context;
	size_t length = size * count;

	if (exchange->given || exchange->length + length > HTTP_BUFFER_MAX) {
		exchange->paused = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	make_room(exchange, exchange->length + length);
	memcpy(exchange->data + exchange->length, data, length);
	exchange->length += length;
	exchange->received += length;
	return length;
}

static void keep_origin(struct http_exchange *exchange, const char *url)
{
	const char *authority = strstr(url, "://");
	size_t length = authority != NULL ? (size_t)(authority - url) + 3 : 0;

	length += strcspn(url + length, "/?#");
	if (length >= ORIGIN_MAX)
		length = ORIGIN_MAX - 1;
	memcpy(exchange->origin, url, length);
	exchange->origin[length] = '\0';
}

static void add_header(struct http_exchange *exchange, const char *line)
{
	struct curl_slist *longer = curl_slist_append(exchange->headers, line);

	if (longer == NULL)
		abort();
	exchange->headers = longer;
}

static void set_method(CURL *easy, const struct http_request *request)
{
	if (strcmp(request->method, "HEAD") == 0) {
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
		return;
	}
	if (request->body != NULL) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_length);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body);
	}
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
}

static void set_headers(struct http_exchange *exchange, const struct http_request *request)
{
	bool typed = false;

	for (const char *const *line = request->headers; line != NULL && *line != NULL; line++) {
		typed = typed || strncasecmp(*line, "content-type:", 13) == 0;
		add_header(exchange, *line);
	}
	/* Some servers answer 417 to Expect, and a Content-Type that nobody gave would not be signed. */
	add_header(exchange, "Expect:");
	if (!typed)
		add_header(exchange, "Content-Type:");
	curl_easy_setopt(exchange->easy, CURLOPT_HTTPHEADER, exchange->headers);
}

static void set_transport(CURL *easy, const struct http_client *client, const char *url)
{
	bool plain = strncasecmp(url, "http:", 5) == 0;
	int64_t connect_ms = client->silence_ms < HTTP_CONNECT_MS_MAX ? client->silence_ms : HTTP_CONNECT_MS_MAX;

	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, plain ? "http" : "https");
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	/* A backup that was stored with Content-Encoding: gzip must not be unpacked on its way. */
	curl_easy_setopt(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, READ_BYTES);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	if (client->ca_file != NULL) {
		curl_easy_setopt(easy, CURLOPT_CAINFO, client->ca_file);
		curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	}
}

static void set_up(struct http_exchange *exchange, const struct http_request *request)
{
	CURL *easy = exchange->easy;

	set_transport(easy, exchange->client, request->url);
	set_method(easy, request);
	set_headers(exchange, request);
	curl_easy_setopt(easy, CURLOPT_URL, request->url);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "muster/" MUSTER_VERSION);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange->curl_text);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, exchange);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
}

static int fail(struct http_failure *failure, enum http_trouble trouble, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int fail(struct http_failure *failure, enum http_trouble trouble, const char *format, ...)
{
	char text[ERROR_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	failure->trouble = trouble;
	return error_set(&failure->error, "%s", text);
}

static const char *curl_words(const struct http_exchange *exchange)
{
	return exchange->curl_text[0] != '\0' ? exchange->curl_text : curl_easy_strerror(exchange->result);
}

static int fail_connect(const struct http_exchange *exchange, struct http_failure *failure)
{
	long number = 0;

	curl_easy_getinfo(exchange->easy, CURLINFO_OS_ERRNO, &number);
	return fail(failure, HTTP_UNREACHABLE, "cannot connect to '%s': %s", exchange->origin,
		    number != 0 ? strerror((int)number) : curl_words(exchange));
}

static int fail_by_result(const struct http_exchange *exchange, struct http_failure *failure)
{
	const char *origin = exchange->origin, *words = curl_words(exchange);
	bool answered = exchange->header_bytes > 0;

	if (exchange->headers_too_long)
		return fail(failure, HTTP_MALFORMED, "the headers of the answer of '%s' are longer than %zu bytes",
			    origin, HTTP_HEADER_BYTES_MAX);
	switch (exchange->result) {
	case CURLE_COULDNT_RESOLVE_HOST:
		return fail(failure, HTTP_UNRESOLVED, "cannot resolve the host name of '%s'", origin);
	case CURLE_COULDNT_RESOLVE_PROXY:
		return fail(failure, HTTP_UNRESOLVED, "cannot resolve the name of the proxy to '%s'", origin);
	case CURLE_COULDNT_CONNECT:
		return fail_connect(exchange, failure);
	case CURLE_OPERATION_TIMEDOUT:
		return fail(failure, HTTP_SLOW, "no connection to '%s' in time: %s", origin, words);
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
		return fail(failure, HTTP_UNTRUSTED, "the TLS certificate of '%s' is not trusted: %s", origin, words);
	case CURLE_SSL_CACERT_BADFILE:
		return fail(failure, HTTP_IMPOSSIBLE, "cannot use the file of CA certificates for '%s': %s", origin,
			    words);
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CIPHER:
		return fail(failure, HTTP_TLS, "no TLS connection to '%s': %s", origin, words);
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_PARTIAL_FILE:
		return fail(failure, answered ? HTTP_CUT : HTTP_UNREACHABLE, "'%s' broke the connection off: %s",
			    origin, words);
	case CURLE_URL_MALFORMAT:
		return fail(failure, HTTP_IMPOSSIBLE, "cannot ask '%s': %s", origin, words);
	default:
		return fail(failure, HTTP_MALFORMED, "cannot understand the answer of '%s': %s", origin, words);
	}
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
		return fail(failure, HTTP_SLOW, "'%s' said nothing for %.1f s", exchange->origin,
			    (double)silence_ms / 1000);
	if (window_ms < 2 * silence_ms)
		return 0;
	if (came < (uint64_t)window_ms * HTTP_PACE_MIN / 1000)
		return fail(failure, HTTP_SLOW, "'%s' is too slow: %llu bytes in %.1f s", exchange->origin,
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
			return fail(failure, HTTP_IMPOSSIBLE, "cannot ask '%s'", exchange->origin);
		take_results(exchange->client);
		note_progress(exchange);
		if (exchange->length > 0 || exchange->finished)
			return 0;
		if (cancelled_now())
			return fail(failure, HTTP_CANCELLED, "told to end while waiting for '%s'", exchange->origin);
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

	pthread_once(&library_once, begin_library);
	if (client->multi == NULL)
		client->multi = curl_multi_init();
	exchange->easy = curl_easy_init();
	if (client->multi == NULL || exchange->easy == NULL)
		return fail(failure, HTTP_IMPOSSIBLE, "cannot set up a transfer");
	keep_origin(exchange, request->url);
	set_up(exchange, request);
	if (curl_multi_add_handle(client->multi, exchange->easy) != CURLM_OK)
		return fail(failure, HTTP_IMPOSSIBLE, "cannot set up a transfer");
	if (wait_for_data(exchange, failure) != 0)
		return -1;
	/* A body that breaks off later is found by http_read(): the status and the headers are good already. */
	if (exchange->finished && exchange->result != CURLE_OK && exchange->length == 0)
		return fail_by_result(exchange, failure);
	keep_fields(exchange);
	return 0;
}

int http_begin(struct http_client *client, const struct http_request *request, struct http_exchange **ret_exchange,
	       struct http_failure *ret_failure)
{
	struct http_exchange *exchange = memory_alloc(sizeof(*exchange));

	exchange->client = client;
	if (begin(exchange, request, ret_failure) != 0) {
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
		return fail_by_result(exchange, ret_failure);
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
			return fail(ret_failure, HTTP_MALFORMED, "the answer of '%s' is longer than %zu bytes",
				    exchange->origin, body->maximum);
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

#include "assertions/stores/http/http_private.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/socket.h>

#include "assertions/base/memory.h"

#define READ_BYTES (512L << 10) /* 16 KiB, libcurl's own, costs three times the time */
#define SEND_BYTES (512L << 10)

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

void http_take_origin(const char *url, char ret_origin[HTTP_ORIGIN_MAX])
{
	const char *authority = strstr(url, "://");
	const char *host = authority != NULL ? authority + 3 : url;
	size_t length = strcspn(host, "/?#");
	const char *at = memrchr(host, '@', length);
	size_t user = at != NULL ? (size_t)(at - host) + 1 : 0;
	const char *port = memrchr(host + user, ':', length - user);

	if (port != NULL && memchr(host + user, ']', length - user) == NULL &&
	    port + 1 + strspn(port + 1, "0123456789") != host + length)
		length = user + strcspn(host + user, ":");
	snprintf(ret_origin, HTTP_ORIGIN_MAX, "%.*s%.*s", (int)(host - url), url, (int)(length - user), host + user);
}

static void add_header(struct http_exchange *exchange, const char *line)
{
	struct curl_slist *longer = curl_slist_append(exchange->headers, line);

	if (longer == NULL)
		memory_exhausted();
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
	curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, SEND_BYTES);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
	curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(easy, CURLOPT_CERTINFO, client->certificates ? 1L : 0L);
	if (client->direct)
		curl_easy_setopt(easy, CURLOPT_PROXY, "");
}

/* An https proxy is trusted by the system's certificates, whatever is said of the server. */
static int set_trust(struct http_exchange *exchange, const char *url, struct http_failure *failure)
{
	CURL *easy = exchange->easy;
	const char *own = exchange->client->ca_file, *system = NULL;
	bool tls = strncasecmp(url, "https:", 6) == 0, needed = tls && own == NULL;
	struct http_failure unheard;
	struct stat status;

	if (http_find_ca_file(exchange, &system, needed ? failure : &unheard) != 0 && needed)
		return -1;
	const char *used = own != NULL ? own : system;
	/* OpenSSL would wait for whoever writes to a pipe. */
	if (tls && stat(used, &status) == 0 && !S_ISREG(status.st_mode))
		return http_failure_set(failure, HTTP_IMPOSSIBLE,
					"cannot read the CA certificates for '%s' in '%s': it is no regular file",
					exchange->origin, used);
	curl_easy_setopt(easy, CURLOPT_CAINFO, used);
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, system);
	curl_easy_setopt(easy, CURLOPT_PROXY_CAPATH, NULL);
	return 0;
}

int http_setup(struct http_exchange *exchange, const struct http_request *request, struct http_failure *ret_failure)
{
	CURL *easy = exchange->easy;

	http_take_origin(request->url, exchange->origin);
	http_proxy_find(exchange, request->url);
	if (set_trust(exchange, request->url, ret_failure) != 0)
		return -1;
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
	return 0;
}

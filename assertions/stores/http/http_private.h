/*
 * What the parts of http.h share: http.c (the exchange as it goes on), http_setup.c (a request as libcurl gets it),
 * http_proxy.c (who stands between), http_certificates.c (whom the server must be vouched for by, and how long), http_failure.c (what went wrong, in words). Only for these.
 */
#ifndef MUSTER_STORES_HTTP_HTTP_PRIVATE_H
#define MUSTER_STORES_HTTP_HTTP_PRIVATE_H

#include <curl/curl.h>
#include <stdatomic.h>

#include "assertions/stores/http/http.h"

#define HTTP_ORIGIN_MAX 300

struct http_client {
	CURLM *multi;
	char *ca_file;
	int64_t silence_ms;
	bool deaf;
	bool direct;
	bool certificates;
	atomic_bool cancelled;
	int64_t patience_ms, told_ms; /* told_ms 0: not told to end yet */
	int64_t end_ms;
};

struct http_exchange {
	struct http_client *client;
	CURL *easy;
	struct curl_slist *headers;
	char origin[HTTP_ORIGIN_MAX]; /* for messages: "https://host:port" */
	const char *proxy_variable; /* that names a proxy; NULL: none does */
	char proxy[HTTP_ORIGIN_MAX]; /* for messages, as the origin */
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

/* Everything of the request goes into the exchange's easy handle. */
int http_setup(struct http_exchange *exchange, const struct http_request *request, struct http_failure *ret_failure);

/*
 * The file of CA certificates of the system, borrowed: SSL_CERT_FILE, as OpenSSL knows it, or the first that there is of those of
 * the distributions. Found while muster runs, and not the one place that was known when libcurl was built.
 */
int http_find_ca_file(const struct http_exchange *exchange, const char **ret_path, struct http_failure *ret_failure);

/* Scheme, host and port of a URL: what stands in front of an '@', or for a port that is none, may be a password. */
void http_take_origin(const char *url, char ret_origin[HTTP_ORIGIN_MAX]);

/* Fills proxy_variable and proxy: the variables that libcurl will look at, in its order (everything.curl.dev/usingcurl/proxies/env). */
void http_proxy_find(struct http_exchange *exchange, const char *url);
/* Whether a transfer ended as it did because of the proxy; then the failure is set. */
bool http_proxy_is_at_fault(const struct http_exchange *exchange, struct http_failure *ret_failure);

/* Always -1. */
int http_failure_set(struct http_failure *ret_failure, enum http_trouble trouble, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* For a transfer that ended with another result than CURLE_OK. Always -1. */
int http_failure_of_result(const struct http_exchange *exchange, struct http_failure *ret_failure);

#endif

/*
 * One HTTP exchange after the other: the only place that knows libcurl.
 *
 *     struct http_client *client = http_client_new(&settings);
 *     if (http_begin(client, &request, &exchange, &failure) != 0)     the status and the headers are there now
 *             ...
 *     while (http_read(exchange, &data, &length, &failure) == 0 && length > 0)
 *             ...
 *     http_end(exchange);
 *
 * A request is sent exactly as it is given: the URL byte for byte, no redirect followed, nothing decoded but the
 * chunks of HTTP itself, no header that was not asked for except Accept and User-Agent. The scheme of the URL
 * is the only one that is spoken; over https the server's certificate is verified. Proxies are taken from the environment
 * (http_proxy, https_proxy, no_proxy) as libcurl does.
 *
 * A transfer ends when nothing came for `silence_ms`, or when less than HTTP_PACE_MIN bytes a second came over twice that
 * time; time that the caller takes between two calls does not count. A client and its exchanges belong to one thread at a
 * time; the process ignores SIGPIPE.
 */
#ifndef MUSTER_STORES_HTTP_HTTP_H
#define MUSTER_STORES_HTTP_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assertions/base/buffer.h"
#include "assertions/base/error.h"

#define HTTP_HEADER_BYTES_MAX ((size_t)256 << 10)
#define HTTP_FIELDS_MAX 200
#define HTTP_BUFFER_MAX ((size_t)1 << 20) /* of the body, held for the caller */
#define HTTP_CONNECT_MS_MAX 10000
#define HTTP_PACE_MIN 1024 /* bytes a second */

enum http_trouble {
	HTTP_UNREACHABLE, /* refused, no route, connection broken off before an answer */
	HTTP_UNRESOLVED, /* the name is not known, or nobody answers for it */
	HTTP_SLOW, /* nothing, or next to nothing, within the time */
	HTTP_CUT, /* broken off in the middle of the answer */
	HTTP_PROXY, /* the proxy that the environment names cannot be reached, or refuses */
	HTTP_TLS, /* no agreement on TLS */
	HTTP_UNTRUSTED, /* the certificate is not good: asking again does not help */
	HTTP_MALFORMED, /* the answer is no HTTP, or over a bound */
	HTTP_CANCELLED, /* see http_set_cancelled() */
	HTTP_IMPOSSIBLE, /* the request cannot be sent: the URL, the CA file */
};

struct http_failure {
	enum http_trouble trouble;
	bool sent; /* some of the request: it may have been carried out */
	struct error error; /* names scheme, host and port, nothing else of the URL */
};

struct http_settings {
	const char *ca_file; /* PEM; instead of the system's (http_certificates.c says where these lie). NULL */
	int64_t silence_ms;
	bool deaf; /* goes on although muster was told to end: what must be tidied up */
	bool direct; /* through no proxy, whatever the environment says */
	bool certificates; /* http_certificate_end_ms() will be asked */
};

struct http_request {
	const char *method; /* "GET", "HEAD", any other */
	const char *url;
	const char *const *headers; /* "name: value", ended by NULL; "name:" sends none of what libcurl would */
	const void *body; /* NULL: none; borrowed until http_end() */
	size_t body_length;
};

struct http_field {
	char *name;
	char *value;
};

struct http_response {
	int status;
	struct http_field *fields; /* as they came, names in any case */
	size_t count;
};

struct http_client;
struct http_exchange;

/* What is begun once, with the first client otherwise: OpenSSL's tables are thousands of allocations. */
void http_prepare(void);

struct http_client *http_client_new(const struct http_settings *settings);
/* With the other's CA file; the other may be another thread's. */
struct http_client *http_client_new_like(const struct http_client *other, int64_t silence_ms, bool deaf);
void http_client_free(struct http_client *client); /* after its exchanges. NULL is harmless */

/* From any thread: what is on its way, and whatever is begun from now on, ends as HTTP_CANCELLED. */
void http_client_cancel(struct http_client *client);

/* It hears that muster was told to end, or that the deadline is over, so much later. */
void http_client_set_patience(struct http_client *client, int64_t patience_ms);
/* clock_monotonic_ms() from when on everything ends as HTTP_CANCELLED; deaf clients have no other end. */
void http_client_set_end(struct http_client *client, int64_t end_ms);

int http_begin(struct http_client *client, const struct http_request *request, struct http_exchange **ret_exchange,
	       struct http_failure *ret_failure);
const struct http_response *http_response(const struct http_exchange *exchange);

/* Unix time in milliseconds at which the server's certificate ends; PARAMETER_UNSET where that is not known. */
int64_t http_certificate_end_ms(const struct http_exchange *exchange);

/* A block of the body, valid until the next call. 0 with a length of 0: the end, and all that was announced has come. */
int http_read(struct http_exchange *exchange, const unsigned char **ret_data, size_t *ret_length,
	      struct http_failure *ret_failure);

/* The rest of the body; what is over the buffer's maximum is HTTP_MALFORMED. */
int http_read_all(struct http_exchange *exchange, struct buffer *body, struct http_failure *ret_failure);

void http_end(struct http_exchange *exchange); /* also in the middle. NULL is harmless */

/* The first field of that name (any case), or NULL. */
const char *http_field(const struct http_response *response, const char *name);

/* What the fields of an answer say of the bytes in it (RFC 9110). The whole number of a field, or -1. */
int64_t http_number(const struct http_response *response, const char *name);

/* "bytes 5-9/10": its begin and the whole size. -1: it is none. */
int http_range(const char *text, int64_t *ret_begin, int64_t *ret_size);

/* An ETag without its quotes, hexadecimal digits in lower case; "" where it does not fit. */
void http_etag(const char *text, char *ret_etag, size_t room);

/* Asked several times a second while waiting; true ends the wait as HTTP_CANCELLED. NULL: nobody is asked. */
void http_set_cancelled(bool (*cancelled)(void *context), void *context);

/* clock_monotonic_ms() from when on all clients that are not deaf end as if told to; INT64_MAX: there is none. */
void http_set_deadline(int64_t deadline_ms);

/* Sleeps; false where the wait was cancelled, with http_client_sleep() as a transfer of that client would be. */
bool http_sleep(int64_t ms);
bool http_client_sleep(struct http_client *client, int64_t ms);

#endif

#include "assertions/stores/http/http_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int http_failure_set(struct http_failure *ret_failure, enum http_trouble trouble, const char *format, ...)
{
	char text[ERROR_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	ret_failure->trouble = trouble;
	return error_set(&ret_failure->error, "%s", text);
}

static const char *curl_words(const struct http_exchange *exchange)
{
	return exchange->curl_text[0] != '\0' ? exchange->curl_text : curl_easy_strerror(exchange->result);
}

static int fail_connect(const struct http_exchange *exchange, struct http_failure *failure)
{
	long number = 0;

	curl_easy_getinfo(exchange->easy, CURLINFO_OS_ERRNO, &number);
	return http_failure_set(failure, HTTP_UNREACHABLE, "cannot connect to '%s': %s", exchange->origin,
				number != 0 ? strerror((int)number) : curl_words(exchange));
}

int http_failure_of_result(const struct http_exchange *exchange, struct http_failure *ret_failure)
{
	const char *origin = exchange->origin, *words = curl_words(exchange);
	bool answered = exchange->header_bytes > 0;

	if (exchange->headers_too_long)
		return http_failure_set(ret_failure, HTTP_MALFORMED,
					"the headers of the answer of '%s' are longer than %zu bytes", origin,
					HTTP_HEADER_BYTES_MAX);
	if (http_proxy_is_at_fault(exchange, ret_failure))
		return -1;
	switch (exchange->result) {
	case CURLE_COULDNT_RESOLVE_HOST:
		return http_failure_set(ret_failure, HTTP_UNRESOLVED, "cannot resolve the host name of '%s'", origin);
	case CURLE_COULDNT_CONNECT:
		return fail_connect(exchange, ret_failure);
	case CURLE_OPERATION_TIMEDOUT:
		return http_failure_set(ret_failure, HTTP_SLOW, "no connection to '%s' in time: %s", origin, words);
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_INVALIDCERTSTATUS:
		return http_failure_set(ret_failure, HTTP_UNTRUSTED, "the TLS certificate of '%s' is not trusted: %s",
					origin, words);
	case CURLE_SSL_CACERT_BADFILE:
		return http_failure_set(ret_failure, HTTP_IMPOSSIBLE,
					"cannot use the file of CA certificates for '%s': %s", origin, words);
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CIPHER:
		return http_failure_set(ret_failure, HTTP_TLS, "no TLS connection to '%s': %s", origin, words);
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_PARTIAL_FILE:
		return http_failure_set(ret_failure, answered ? HTTP_CUT : HTTP_UNREACHABLE,
					"'%s' broke the connection off: %s", origin, words);
#if LIBCURL_VERSION_NUM >= 0x080600
	case CURLE_TOO_LARGE:
		return http_failure_set(ret_failure, HTTP_MALFORMED,
					"one of the headers of the answer of '%s' is too long", origin);
#endif
	/* What libcurl called a header over its own bound before, too. */
	case CURLE_OUT_OF_MEMORY:
		return http_failure_set(ret_failure, HTTP_MALFORMED,
					"one of the headers of the answer of '%s' is too long, or memory is short",
					origin);
	case CURLE_URL_MALFORMAT:
		return http_failure_set(ret_failure, HTTP_IMPOSSIBLE, "cannot ask '%s': %s", origin, words);
	default:
		return http_failure_set(ret_failure, HTTP_MALFORMED, "cannot understand the answer of '%s': %s", origin,
					words);
	}
}

#include "assertions/stores/http/http_private.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "assertions/base/secrets.h"
#include "assertions/stores/http/environment.h"

#define DEFAULT_PORT "1080" /* libcurl's */

/*
 * Who stands between, where somebody does: people look for the fault at the store, and it is a variable that they forgot.
 * libcurl says through its messages alone whether it asked the proxy, since no_proxy may have kept it from that.
 */

static const char *const of_http[] = {"http_proxy", "all_proxy", "ALL_PROXY", NULL};
static const char *const of_https[] = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", NULL};

void http_proxy_find(struct http_exchange *exchange, const char *url)
{
	const char *const *names = strncasecmp(url, "https:", 6) == 0 ? of_https : of_http;

	exchange->proxy_variable = NULL;
	while (*names != NULL && environment_value(*names) == NULL)
		names++;
	if (*names == NULL || exchange->client->direct)
		return;
	exchange->proxy_variable = *names;
	http_take_origin(environment_value(*names), exchange->proxy);
	secrets_register_userinfo(environment_value(*names));
}

/* "Failed to connect to HOST port PORT ...": whom libcurl asked. */
static bool was_asked(const struct http_exchange *exchange)
{
	const char *authority = strstr(exchange->proxy, "://");
	const char *host = authority != NULL ? authority + 3 : exchange->proxy;
	bool is_bracketed = host[0] == '[';
	int length = (int)strcspn(host + is_bracketed, is_bracketed ? "]" : ":");
	const char *port = host + is_bracketed + length + is_bracketed;
	char words[HTTP_ORIGIN_MAX + 64];

	snprintf(words, sizeof(words), "Failed to connect to %.*s port %s ", length, host + is_bracketed,
		 port[0] == ':' ? port + 1 : DEFAULT_PORT);
	return strncasecmp(exchange->curl_text, words, strlen(words)) == 0;
}

static bool fail(const struct http_exchange *exchange, const char *why, struct http_failure *failure)
{
	http_failure_set(failure, HTTP_PROXY, "the proxy '%s', which %s names, %s (on the way to '%s')",
			 exchange->proxy, exchange->proxy_variable, why, exchange->origin);
	return true;
}

bool http_proxy_is_at_fault(const struct http_exchange *exchange, struct http_failure *ret_failure)
{
	char why[64];
	long connect_code = 0;

	if (exchange->proxy_variable == NULL)
		return false;
	curl_easy_getinfo(exchange->easy, CURLINFO_HTTP_CONNECTCODE, &connect_code);
	if (connect_code == 407)
		return fail(exchange, "asks for a user and password (407)", ret_failure);
	if (connect_code >= 300) {
		snprintf(why, sizeof(why), "refused to connect (%ld)", connect_code);
		return fail(exchange, why, ret_failure);
	}
	switch (exchange->result) {
	case CURLE_COULDNT_RESOLVE_PROXY:
		return fail(exchange, "cannot be found", ret_failure);
	case CURLE_PROXY:
		return fail(exchange, "did not agree to it", ret_failure);
	case CURLE_COULDNT_CONNECT:
	case CURLE_OPERATION_TIMEDOUT:
		return was_asked(exchange) && fail(exchange, "cannot be reached", ret_failure);
	default:
		return false;
	}
}

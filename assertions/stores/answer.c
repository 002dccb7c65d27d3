#include "assertions/stores/answer.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/clock.h"

#define RETRY_AFTER_MS_MAX 20000
#define UNRESOLVED_ATTEMPTS 2

bool answer_is_transient_status(int http_status)
{
	return http_status == 408 || http_status == 429 || http_status == 499 ||
	       (http_status >= 500 && http_status != 501 && http_status != 505 && http_status != 507);
}

bool answer_clock_offset(const struct http_response *response, int64_t *ret_offset_ms)
{
	const char *date = http_field(response, "date");
	struct error ignored;
	int64_t server_ms;

	if (date == NULL || clock_parse_http(date, &server_ms, &ignored) != 0)
		return false;
	/* The header has whole seconds: half of one is the best guess at the rest. */
	*ret_offset_ms = server_ms + 500 - clock_now_ms();
	return true;
}

int64_t answer_retry_after_ms(const struct http_response *response)
{
	const char *wait = http_field(response, "retry-after");
	int64_t wait_ms = 0;

	if (wait != NULL && strspn(wait, "0123456789") == strlen(wait) && strlen(wait) < 6)
		wait_ms = strtol(wait, NULL, 10) * 1000;
	return wait_ms < RETRY_AFTER_MS_MAX ? wait_ms : RETRY_AFTER_MS_MAX;
}

enum store_status answer_judge_failure(const struct http_failure *failure, bool *ret_transient,
				       unsigned *ret_attempts_max)
{
	*ret_transient = true;
	*ret_attempts_max =
		failure->trouble == HTTP_UNRESOLVED || failure->trouble == HTTP_PROXY ? UNRESOLVED_ATTEMPTS : 0;
	switch (failure->trouble) {
	case HTTP_UNTRUSTED:
	case HTTP_CANCELLED:
	case HTTP_IMPOSSIBLE:
		*ret_transient = false;
		break;
	case HTTP_MALFORMED:
		*ret_transient = false;
		return STORE_BROKEN;
	case HTTP_UNRESOLVED:
	case HTTP_UNREACHABLE:
	case HTTP_SLOW:
	case HTTP_CUT:
	case HTTP_PROXY:
	case HTTP_TLS:
		break;
	}
	return STORE_UNREACHABLE;
}

const char *answer_hint_for_failure(const struct http_failure *failure, const char *unresolved, const char *unreachable)
{
	switch (failure->trouble) {
	case HTTP_UNTRUSTED:
		return "where the store's certificate is from a CA of your own, name the CA's file under 'ca_file'";
	case HTTP_PROXY:
		return "the variable is muster's environment's: correct or unset it, or name the store's host in no_proxy";
	case HTTP_TLS:
		return "does the store speak https at that port? If not, write 'http://' under 'endpoint'";
	case HTTP_UNRESOLVED:
		return unresolved;
	case HTTP_UNREACHABLE:
	case HTTP_SLOW:
		return unreachable;
	case HTTP_CUT:
	case HTTP_MALFORMED:
	case HTTP_CANCELLED:
	case HTTP_IMPOSSIBLE:
		break;
	}
	return "";
}

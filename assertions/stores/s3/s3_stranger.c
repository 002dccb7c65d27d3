#include "assertions/stores/s3/s3_bucket.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/stores/backoff.h"
#include "assertions/stores/s3/s3.h"
#include "assertions/stores/s3/s3_answer.h"
#include "assertions/stores/http/sigv4.h"

#define ATTEMPTS 3
#define QUERY_MAX 8192

static char *url_of(const struct s3 *s3, const char *key, const char *query)
{
	struct endpoint_target target;
	char *url;

	endpoint_target(&s3->endpoint, s3->virtual_host, s3->bucket, key, &target);
	url = memory_format("%s://%s%s%s", s3->endpoint.tls ? "https" : "http", target.host, target.path, query);
	endpoint_target_release(&target);
	return url;
}

static int send_once(struct s3 *s3, const char *url, const char *header, struct s3_answer *answer, struct error *err)
{
	const char *const headers[] = {header, NULL};
	const struct http_request request = {.method = "GET", .url = url, .headers = headers};
	cleanup_buffer struct buffer body;
	struct http_failure ignored;
	struct error no_xml;

	*answer = (struct s3_answer){0};
	buffer_init(&body, S3_ERROR_BODY_MAX);
	if (http_begin(s3->http, &request, &answer->exchange, &answer->failure) != 0) {
		s3_answer_judge_failure(answer);
		return error_set(err, "without credentials: %s", answer->failure.error.message);
	}
	s3_answer_take_headers(answer, http_response(answer->exchange));
	if (answer->http_status >= 300) {
		http_read_all(answer->exchange, &body, &ignored);
		xml_read(&s3_answer_error_events, answer, body.data, body.length, &no_xml);
		s3_answer_judge(answer, true);
	}
	http_end(answer->exchange);
	error_set(err, "without credentials the store answered %d%s%s", answer->http_status,
		  answer->code[0] != '\0' ? " " : "", answer->code);
	return 0;
}

/*
 * What is refused for another reason than that nobody signed was not refused to strangers: InvalidObjectState and
 * InvalidRange come after the permission was given.
 */
static enum bucket_door door_of(const struct s3_answer *answer)
{
	if (answer->http_status == 200 || answer->http_status == 206 || answer->http_status == 416 ||
	    strcmp(answer->code, "InvalidObjectState") == 0 || strcmp(answer->code, "InvalidRange") == 0)
		return BUCKET_DOOR_OPEN;
	if ((answer->http_status == 401 || answer->http_status == 403) && !answer->transient)
		return BUCKET_DOOR_SHUT;
	return BUCKET_DOOR_UNKNOWN;
}

static enum bucket_door knock(struct s3 *s3, const char *url, const char *header, struct error *err)
{
	struct backoff backoff;
	struct s3_answer answer;

	backoff_begin(&backoff, s3->timeout_ms);
	do
		send_once(s3, url, header, &answer, err);
	while (answer.transient && backoff_wait_within(&backoff, ATTEMPTS, answer.retry_after_ms));
	return answer.http_status == 0 ? BUCKET_DOOR_UNKNOWN : door_of(&answer);
}

/* A policy may open what is below a prefix, and refuse to list the whole. */
enum bucket_door s3_bucket_unsigned_listing(struct store *store, struct error *err)
{
	struct s3 *s3 = (struct s3 *)store;
	cleanup_free char *whole = url_of(s3, NULL, "?list-type=2&max-keys=1");
	enum bucket_door door = knock(s3, whole, "Range:", err);
	cleanup_buffer struct buffer query;

	buffer_init(&query, QUERY_MAX);
	if (s3->prefix[0] == '\0' || door != BUCKET_DOOR_SHUT)
		return door;
	buffer_string(&query, "?list-type=2&max-keys=1&prefix=");
	sigv4_encode(s3->prefix, false, &query);

	cleanup_free char *below = url_of(s3, NULL, query.data);

	return knock(s3, below, "Range:", err);
}

enum bucket_door s3_bucket_unsigned_object(struct store *store, const char *key, struct error *err)
{
	struct s3 *s3 = (struct s3 *)store;
	cleanup_free char *whole = s3_whole_key(s3, key);
	cleanup_free char *url = url_of(s3, whole, "");

	return knock(s3, url, "Range: bytes=0-0", err);
}

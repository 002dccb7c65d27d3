#include "assertions/stores/s3/s3_private.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/stores/backoff.h"

#define LINES_MAX (S3_PAIRS_MAX + 6)

void s3_request_add_query(struct s3_request *request, const char *name, const char *value)
{
	if (request->query_count == S3_PAIRS_MAX)
		abort();
	request->query[request->query_count++] = (struct sigv4_pair){name, value};
}

void s3_request_add_header(struct s3_request *request, const char *name, const char *value)
{
	if (request->header_count == S3_PAIRS_MAX)
		abort();
	request->headers[request->header_count++] = (struct sigv4_pair){name, value};
}

void s3_answer_release(struct s3_answer *answer)
{
	http_end(answer->exchange);
	answer->exchange = NULL;
}

struct wire { /* a request as it is sent */
	char *url;
	char *lines[LINES_MAX + 1];
};

static void wire_release(struct wire *wire)
{
	free(wire->url);
	for (char **line = wire->lines; *line != NULL; line++) {
		explicit_bzero(*line, strlen(*line));
		free(*line);
	}
}

static void write_wire(const struct s3 *s3, const struct endpoint_target *target, const struct sigv4_pair *headers,
		       size_t count, const struct sigv4_signature *signature, struct wire *wire)
{
	const char *mark = signature->query[0] != '\0' ? "?" : "";
	size_t lines = 0;

	wire->url = memory_format("%s://%s%s%s%s", s3->endpoint.tls ? "https" : "http", target->host, target->path,
				  mark, signature->query);
	for (size_t i = 0; i < count; i++)
		wire->lines[lines++] = memory_format("%s: %s", headers[i].name, headers[i].value);
	wire->lines[lines++] = memory_format("Authorization: %s", signature->authorization);
	wire->lines[lines] = NULL;
}

static void sign(const struct s3 *s3, const struct s3_request *request, const struct s3_keys *keys, struct wire *wire)
{
	const struct sigv4_scope scope = {clock_now_ms() + s3->signing_offset_ms, s3->region, "s3"};
	const struct sigv4_credentials credentials = {keys->access_key, keys->secret_key, keys->session_token};
	const char *payload_hash = request->body != NULL ? request->body_sha256 : SIGV4_SHA256_OF_NOTHING;
	struct sigv4_pair headers[LINES_MAX];
	struct endpoint_target target;
	struct sigv4_signature signature = {0};
	char date[CLOCK_TEXT_MAX];
	size_t count = 0;

	endpoint_target(&s3->endpoint, s3->virtual_host, s3->bucket, request->key, &target);
	headers[count++] = (struct sigv4_pair){"Host", target.host};
	headers[count++] = (struct sigv4_pair){"x-amz-date", clock_format_basic(scope.unix_ms, date)};
	headers[count++] = (struct sigv4_pair){"x-amz-content-sha256", payload_hash};
	if (credentials.session_token != NULL)
		headers[count++] = (struct sigv4_pair){"x-amz-security-token", credentials.session_token};
	for (size_t i = 0; i < request->header_count; i++)
		headers[count++] = request->headers[i];

	const struct sigv4_request signed_request = {
		.method = request->method,
		.path = target.path,
		.query = request->query,
		.query_count = request->query_count,
		.headers = headers,
		.header_count = count,
		.payload_hash = payload_hash,
	};

	sigv4_sign(&signed_request, &credentials, &scope, &signature);
	write_wire(s3, &target, headers, count, &signature, wire);
	sigv4_signature_release(&signature);
	endpoint_target_release(&target);
}

struct reading { /* of a good answer's XML, which may be an <Error> after all */
	const struct s3_request *request;
	struct s3_answer *answer;
	bool is_error;
};

static void take_begin(void *context, const char *path)
{
	struct reading *reading = context;

	if (strchr(path, '/') == NULL)
		reading->is_error = strcmp(path, "Error") == 0 || strcmp(path, "ErrorResponse") == 0;
	if (!reading->is_error && reading->request->xml->begin != NULL)
		reading->request->xml->begin(reading->request->xml_context, path);
}

static int take_end(void *context, const char *path, const char *text, struct error *err)
{
	struct reading *reading = context;

	if (reading->is_error)
		return s3_answer_error_events.end(reading->answer, path, text, err);
	if (reading->request->xml->end == NULL)
		return 0;
	return reading->request->xml->end(reading->request->xml_context, path, text, err);
}

static int feed_body(struct xml_reader *reader, struct s3_answer *answer, struct error *err)
{
	const unsigned char *data;
	size_t length, whole = 0;

	for (;;) {
		if (http_read(answer->exchange, &data, &length, &answer->failure) != 0) {
			s3_answer_judge_failure(answer);
			return -1;
		}
		if (length == 0)
			return 0;
		whole += length;
		if (whole > S3_XML_MAX)
			error_set(err, "the answer is longer than %zu bytes", S3_XML_MAX);
		if (whole > S3_XML_MAX || xml_reader_feed(reader, data, length, err) != 0) {
			s3_answer_judge_nonsense(answer, err);
			return -1;
		}
	}
}

static void read_xml(const struct s3_request *request, struct s3_answer *answer)
{
	static const struct xml_events events = {take_begin, take_end};
	struct reading reading = {.request = request, .answer = answer};
	struct xml_reader *reader = xml_reader_new(&events, &reading);
	struct error err = {""};

	if (request->xml_begin != NULL)
		request->xml_begin(request->xml_context);
	if (feed_body(reader, answer, &err) == 0) {
		if (xml_reader_finish(reader, &err) != 0)
			s3_answer_judge_nonsense(answer, &err);
		else if (reading.is_error)
			s3_answer_judge(answer, request->key != NULL);
		else if (request->xml_check != NULL && request->xml_check(request->xml_context, &err) != 0)
			s3_answer_judge_nonsense(answer, &err);
	}
	xml_reader_free(reader);
}

static void pass_over_body(struct s3_answer *answer)
{
	cleanup_buffer struct buffer body;

	buffer_init(&body, S3_ERROR_BODY_MAX);
	if (http_read_all(answer->exchange, &body, &answer->failure) != 0)
		s3_answer_judge_failure(answer);
}

static void ask_once(struct s3 *s3, const struct s3_request *request, const struct s3_keys *keys,
		     struct s3_answer *answer)
{
	struct wire wire = {0};

	*answer = (struct s3_answer){0};
	sign(s3, request, keys, &wire);

	const struct http_request sent = {.method = request->method,
					  .url = wire.url,
					  .headers = (const char *const *)wire.lines,
					  .body = request->body,
					  .body_length = request->body_length};

	if (http_begin(s3->http, &sent, &answer->exchange, &answer->failure) != 0) {
		wire_release(&wire);
		s3_answer_judge_failure(answer);
		return;
	}
	wire_release(&wire);
	s3_answer_take_headers(answer, http_response(answer->exchange));
	if (answer->has_date) {
		s3->store.clock_offset_ms = answer->clock_offset_ms;
		s3->clock_known = true;
	}
	if (answer->http_status != 200 && answer->http_status != 204 && answer->http_status != 206) {
		s3_answer_read_error(answer, request->key != NULL);
		return;
	}
	answer->status = STORE_OK;
	if (request->xml != NULL)
		read_xml(request, answer);
	else if (!request->stream)
		pass_over_body(answer);
}

struct corrections {
	bool clock, region, keys;
};

/* Where secrets are swapped, and where those of a session have expired. */
static bool correct_keys(struct s3 *s3, const struct s3_answer *answer, const struct s3_keys *keys,
			 struct corrections *done)
{
	/* HEAD has no code: that is how AWS tells of a session that has expired. */
	bool unnamed = answer->http_status == 400 && answer->code[0] == '\0';

	if ((answer->status != STORE_BAD_CREDENTIALS && !unnamed) || done->keys)
		return false;
	done->keys = true;
	return s3_keyring_renew(s3->keyring, keys->generation);
}

/* Stores that look at the signature first call a clock that is wrong a wrong signature. */
static void tell_clock_from_keys(const struct s3 *s3, struct s3_answer *answer)
{
	bool doubtful = strcmp(answer->code, "SignatureDoesNotMatch") == 0 ||
			(answer->code[0] == '\0' && (answer->http_status == 403 || answer->http_status == 400));

	if (doubtful && answer->has_date && llabs(answer->clock_offset_ms - s3->signing_offset_ms) > S3_SKEW_MS_MAX)
		answer->status = STORE_SKEWED;
}

static bool correct_clock(struct s3 *s3, const struct s3_answer *answer, struct corrections *done)
{
	if (answer->status != STORE_SKEWED || !answer->has_date || done->clock)
		return false;
	done->clock = true;
	s3->signing_offset_ms = answer->clock_offset_ms;
	return true;
}

static bool says_wrong_region(const struct s3_answer *answer)
{
	return answer->http_status == 301 || answer->http_status == 307 ||
	       strcmp(answer->code, "AuthorizationHeaderMalformed") == 0 ||
	       strcmp(answer->code, "IllegalLocationConstraintException") == 0 ||
	       (answer->http_status == 400 && answer->code[0] == '\0');
}

static bool correct_region(struct s3 *s3, const struct s3_answer *answer, struct corrections *done)
{
	struct error ignored;

	if (!says_wrong_region(answer) || answer->region[0] == '\0' || strcmp(answer->region, s3->region) == 0 ||
	    done->region)
		return false;
	done->region = true;
	memcpy(s3->region, answer->region, sizeof(s3->region));
	if (s3->endpoint_follows_region)
		endpoint_of_region(s3->region, &s3->endpoint, &ignored);
	return true;
}

static bool may_ask_again(const struct s3_request *request, const struct s3_answer *answer, struct backoff *backoff)
{
	return answer->transient && !request->once &&
	       backoff_wait_within(backoff, answer->attempts_max, answer->retry_after_ms);
}

static void describe(const struct s3 *s3, const struct s3_request *request, const char *keys_origin,
		     const struct backoff *backoff, unsigned attempts, struct s3_answer *answer)
{
	cleanup_free char *origin = endpoint_text(&s3->endpoint);
	const struct s3_question question = {
		.what = request->what,
		.bucket = s3->bucket,
		.key = request->key != NULL ? request->key : request->subject,
		.origin = origin,
		.permission = request->permission,
		.credentials = keys_origin,
		.attempts = attempts,
		.elapsed_ms = backoff_elapsed_ms(backoff),
	};

	s3_answer_describe(answer, &question);
}

/* What was answered, but not whole or not so that it can be understood, has been carried out in all likelihood. */
static bool is_doubtful(const struct s3_answer *answer)
{
	if (answer->status == STORE_OK)
		return false;
	return answer->failure.sent || answer->http_status >= 500 ||
	       (answer->http_status >= 200 && answer->http_status < 300);
}

void s3_ask(struct s3 *s3, const struct s3_request *request, struct s3_answer *ret_answer)
{
	struct corrections done = {false, false, false};
	struct backoff backoff;
	struct s3_keys keys;
	unsigned attempts = 0, doubtful = 0;

	s3_backoff_begin(s3, &backoff);
	for (;;) {
		s3_keyring_copy(s3->keyring, &keys);
		ask_once(s3, request, &keys, ret_answer);
		attempts++;
		doubtful += is_doubtful(ret_answer);
		ret_answer->doubtful = doubtful;
		if (ret_answer->status == STORE_OK) {
			s3_keys_release(&keys);
			return;
		}
		http_end(ret_answer->exchange);
		ret_answer->exchange = NULL;
		tell_clock_from_keys(s3, ret_answer);
		if (!correct_clock(s3, ret_answer, &done) && !correct_region(s3, ret_answer, &done) &&
		    !correct_keys(s3, ret_answer, &keys, &done) && !may_ask_again(request, ret_answer, &backoff))
			break;
		s3_keys_release(&keys);
	}
	describe(s3, request, keys.origin, &backoff, attempts, ret_answer);
	s3_keys_release(&keys);
}

#include "assertions/checks/assertion.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/base/secrets.h"
#include "assertions/base/units.h"
#include "assertions/scan/pattern.h"
#include "assertions/value/secret.h"
#include "assertions/stores/http/http.h"
#include "assertions/stores/http/json_values.h"
#include "assertions/value/text.h"

#define BODY_MAX ((size_t)4 << 20)
#define SHOWN_MAX 80

struct http_parameters {
	struct text_or_secret url;
	const char *method;
	struct parameter_map headers; /* of struct text_or_secret */
	struct parameter_list status; /* of int64_t */
	struct parameter_map json; /* of struct pattern *, by JSON pointer */
	int64_t certificate_ms;
	int64_t timeout_ms;
	const char *ca_file;
};

static const struct parameter header_item = {.type = &value_text_or_secret, .flags = PARAMETER_MAY_BE_EMPTY};
static const struct parameter status_item = {.type = &value_integer, .minimum = 100, .maximum = 599};
static const struct parameter json_item = {.type = &value_pattern};
static const struct parameter parameters[] = {
	{"url", &value_text_or_secret, PARAMETER_REQUIRED | PARAMETER_SHORTHAND, offsetof(struct http_parameters, url),
	 .help = "what is asked for; over https the server's certificate is verified, and no redirect is followed",
	 .example = "\"https://gitlab.example.net/api/v4/personal_access_tokens/self\"",
	 .pattern = "^[hH][tT][tT][pP][sS]?://"},
	{"method", &value_string, 0, offsetof(struct http_parameters, method), .fallback = "GET",
	 .help = "how it is asked for", .example = "HEAD"},
	{"headers", &value_map, 0, offsetof(struct http_parameters, headers), .item = &header_item,
	 .help = "headers of the request", .example = "{PRIVATE-TOKEN: {env: GITLAB_TOKEN}}"},
	{"status", &value_list, 0, offsetof(struct http_parameters, status), .item = &status_item, .fallback = "200",
	 .more = MORE_IS_WEAKER, .help = "the status codes that count as success", .example = "[200, 204]"},
	{"json", &value_map, 0, offsetof(struct http_parameters, json), .item = &json_item, .more = MORE_IS_STRONGER,
	 .help = "patterns for values in the answer, by JSON pointer (RFC 6901)", .example = "{/active: '^true$'}"},
	{"certificate", &value_duration, 0, offsetof(struct http_parameters, certificate_ms), .more = MORE_IS_STRONGER,
	 .help = "how long the server's certificate must still be good", .example = "14d"},
	{"timeout", &value_duration, 0, offsetof(struct http_parameters, timeout_ms), .fallback = "10s",
	 .help = "how long nothing may come", .example = "5s"},
	{"ca_file", &value_string, 0, offsetof(struct http_parameters, ca_file),
	 .help = "certificates to trust instead of the system's, in PEM", .example = "/etc/ssl/internal.pem"},
	{0},
};

static bool is_token(const char *text)
{
	return text[0] != '\0' &&
	       strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == strlen(text);
}

static int check_url(const struct http_parameters *http, const char *url, struct error *err)
{
	const char *authority = strstr(url, "://");

	if (strncasecmp(url, "https://", 8) != 0 && strncasecmp(url, "http://", 7) != 0)
		return error_set(err, "the URL begins with neither https:// nor http://");
	if (memchr(authority + 3, '@', strcspn(authority + 3, "/?#")) != NULL) {
		secrets_register_userinfo(url);
		return error_set(err, "a URL holds no user and password: give them in 'headers', as a secret");
	}
	if (strncasecmp(url, "https://", 8) != 0 && http->certificate_ms != PARAMETER_UNSET)
		return error_set(err, "'certificate' needs a URL with https://");
	return 0;
}

static int validate(const void *self, struct error *err)
{
	const struct http_parameters *http = self;
	cleanup_free char *url = http->url.text != NULL ? text_describe(http->url.text) : NULL;

	if (url != NULL && check_url(http, url, err) < 0)
		return -1;
	if (!is_token(http->method))
		return error_set(err, "'%s' is no method of HTTP", http->method);
	for (size_t i = 0; i < http->headers.count; i++)
		if (!is_token(http->headers.entries[i].name))
			return error_set(err, "'%s' is no name of a header", http->headers.entries[i].name);
	for (size_t i = 0; i < http->json.count; i++)
		if (http->json.entries[i].name[0] != '\0' && http->json.entries[i].name[0] != '/')
			return error_set(err, "a JSON pointer begins with '/': '%s'", http->json.entries[i].name);
	return 0;
}

static const struct record record = {.name = "an http",
				     .help = "an answer over HTTP",
				     .size = sizeof(struct http_parameters),
				     .parameters = parameters,
				     .validate = validate};

static size_t rows(const void *self)
{
	const struct http_parameters *http = self;

	return 1 + http->json.count + (http->certificate_ms != PARAMETER_UNSET);
}

static void row_name(const void *self, size_t row, struct buffer *out)
{
	const struct http_parameters *http = self;

	if (row == 0)
		buffer_string(out, "http");
	else if (row <= http->json.count)
		buffer_print(out, "http/json:%s", http->json.entries[row - 1].name);
	else
		buffer_string(out, "http/certificate");
}

static const struct pattern *json_pattern(const struct http_parameters *http, size_t i)
{
	return *(struct pattern *const *)http->json.entries[i].value;
}

/* One that is a secret goes by where it is read from. */
static char *describe_url(const struct http_parameters *http)
{
	const struct secret *secret = http->url.secret;

	if (secret == NULL)
		return text_describe(http->url.text);
	return memory_format("{%s: %s}", secret->env != NULL ? "env" : "file",
			     secret->env != NULL ? secret->env : secret->file);
}

static void expect(const void *self, size_t row, struct buffer *out)
{
	const struct http_parameters *http = self;
	char text[UNITS_TEXT_MAX];

	if (row == 0) {
		cleanup_free char *url = describe_url(http);
		buffer_print(out, "%s %s answers with ", http->method, url);
		numbers_print(&http->status, out);
	} else if (row <= http->json.count) {
		buffer_print(out, "%s in the answer matches /%s/", http->json.entries[row - 1].name,
			     pattern_text(json_pattern(http, row - 1)));
	} else {
		buffer_print(out, "the server's certificate is good for another %s",
			     units_declared_duration(http->certificate_ms, text));
	}
}

struct answer {
	const struct http_response *response;
	struct buffer body;
	int64_t certificate_end_ms; /* PARAMETER_UNSET */
};

static void settle_all(const struct http_parameters *http, struct finding *findings, const struct finding *finding)
{
	for (size_t row = 0; row < rows(http); row++)
		findings[row] = *finding;
}

/* Nobody answered proves nothing; a certificate that is not good is a failure. */
static void conclude_failure(const struct http_parameters *http, const struct http_failure *failure,
			     struct finding *findings)
{
	struct finding finding = {0};

	if (failure->trouble == HTTP_UNTRUSTED || failure->trouble == HTTP_IMPOSSIBLE)
		finding_fail(&finding, "%s", failure->error.message);
	else
		finding_unproven(&finding, "%s", failure->error.message);
	settle_all(http, findings, &finding);
}

static void conclude_status(const struct http_parameters *http, int status, struct finding *finding)
{
	if (numbers_hold(&http->status, status)) {
		finding_pass(finding, "%d", status);
		return;
	}
	finding_fail(finding, "%d", status);
	if (status == 401 || status == 403)
		finding_hint(finding, "the token or key is wrong, has expired, or may not do this");
	else if (status >= 300 && status < 400)
		finding_hint(finding, "redirects are not followed: declare where it leads to, or the status");
}

static bool may_be_shown(const char *pointer, const char *text)
{
	static const char *const secret_words[] = {"secret", "token", "pass", "key", "credential", "auth"};

	for (size_t i = 0; i < sizeof(secret_words) / sizeof(secret_words[0]); i++)
		if (strcasestr(pointer, secret_words[i]) != NULL)
			return false;
	return strlen(text) <= SHOWN_MAX;
}

static void conclude_value(const struct parameter_map_entry *entry, const struct pattern *pattern,
			   const struct json_values *values, struct finding *finding)
{
	cleanup_free char *text = json_values_text(values, entry->name);
	const char *shown;
	int matched;

	if (text == NULL) {
		finding_fail(finding, "there is no %s in the answer", entry->name);
		return;
	}
	shown = may_be_shown(entry->name, text) ? text : "a value that is not shown";
	matched = pattern_matches(pattern, text, strlen(text));
	if (matched < 0)
		finding_unproven(finding, "the pattern could not be decided");
	else if (matched == 0)
		finding_fail(finding, "%s", shown);
	else
		finding_pass(finding, "%s", shown);
}

static void conclude_json(const struct http_parameters *http, const struct answer *answer, struct finding *findings)
{
	struct json_values *values;

	if (http->json.count == 0)
		return;
	values = json_values_parse(answer->body.data, answer->body.length);
	for (size_t i = 0; i < http->json.count; i++) {
		if (values == NULL)
			finding_fail(&findings[i], "the answer is no JSON");
		else
			conclude_value(&http->json.entries[i], json_pattern(http, i), values, &findings[i]);
	}
	json_values_free(values);
}

static void conclude_certificate(const struct http_parameters *http, int64_t end_ms, struct finding *finding)
{
	char date[CLOCK_TEXT_MAX];

	if (end_ms == PARAMETER_UNSET) {
		finding_unproven(finding, "the certificate's dates could not be had");
		return;
	}
	clock_format_rfc3339(end_ms, date);
	if (end_ms - clock_now_ms() >= http->certificate_ms)
		finding_pass(finding, "good until %s", date);
	else
		finding_fail(finding, "good until %s only", date);
}

/* What is a secret could not be looked at before. */
static int read_url(const struct http_parameters *http, char **ret_url, struct error *err)
{
	if (http->url.secret == NULL) {
		*ret_url = text_describe(http->url.text);
		return 0;
	}
	return secret_read(http->url.secret, ret_url, err) < 0 || check_url(http, *ret_url, err) < 0 ? -1 : 0;
}

/* "Name: value" lines, ended by NULL. -1 where a secret could not be had, or a value would end its line. */
static int make_headers(const struct http_parameters *http, char **ret_lines, struct error *err)
{
	for (size_t i = 0; i < http->headers.count; i++) {
		const struct parameter_map_entry *entry = &http->headers.entries[i];
		const struct text_or_secret *from = entry->value;
		char *value = NULL;
		if (from->secret == NULL)
			value = text_describe(from->text);
		else if (secret_read(from->secret, &value, err) < 0)
			return -1;
		bool is_one_line = strpbrk(value, "\r\n") == NULL;
		ret_lines[i] = memory_format(value[0] != '\0' ? "%s: %s" : "%s;%s", entry->name, value);
		secret_free(value);
		if (!is_one_line)
			return error_set(err, "the value of the header '%s' has several lines", entry->name);
	}
	return 0;
}

/* 0 where there is an answer, whatever it says. */
static int ask(const struct http_parameters *http, const char *url, char **headers, struct http_client *client,
	       struct http_exchange **ret_exchange, struct answer *answer, struct http_failure *failure)
{
	const struct http_request request = {.method = http->method,
					     .url = url,
					     .headers = (const char *const *)headers};

	if (http_begin(client, &request, ret_exchange, failure) < 0)
		return -1;
	answer->response = http_response(*ret_exchange);
	answer->certificate_end_ms = http_certificate_end_ms(*ret_exchange);
	return http->json.count > 0 ? http_read_all(*ret_exchange, &answer->body, failure) : 0;
}

static void conclude(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct http_parameters *http = self;
	const struct http_settings settings = {.ca_file = http->ca_file,
					       .silence_ms = http->timeout_ms,
					       .certificates = http->certificate_ms != PARAMETER_UNSET};
	char **headers = memory_array(http->headers.count + 1, sizeof(*headers));
	char *url = NULL;
	struct http_client *client = http_client_new(&settings);
	struct http_exchange *exchange = NULL;
	struct http_failure failure;
	struct answer answer = {0};
	struct finding finding = {0};
	struct error err;

	(void)state;
	(void)evidence;
	buffer_init(&answer.body, BODY_MAX);
	if (read_url(http, &url, &err) < 0 || make_headers(http, headers, &err) < 0) {
		finding_fail(&finding, "%s", err.message);
		settle_all(http, findings, &finding);
	} else if (ask(http, url, headers, client, &exchange, &answer, &failure) < 0) {
		conclude_failure(http, &failure, findings);
	} else {
		conclude_status(http, answer.response->status, &findings[0]);
		conclude_json(http, &answer, &findings[1]);
		if (http->certificate_ms != PARAMETER_UNSET)
			conclude_certificate(http, answer.certificate_end_ms, &findings[1 + http->json.count]);
	}
	http_end(exchange);
	http_client_free(client);
	buffer_release(&answer.body);
	secret_free(url);
	for (size_t i = 0; i < http->headers.count; i++)
		secret_free(headers[i]);
	free(headers);
}

const struct assertion_kind kind_http = {
	.name = "http",
	.subject = SUBJECT_SURROUNDINGS,
	.summary = "what a server answers: that a token is still good, that a service is up",
	.details = "A token that expires tonight is found by asking for it now. Nobody answering proves nothing; an "
		   "answer with another status, and a certificate that cannot be trusted, are failures.",
	.example = "http: {url: \"https://gitlab.example.net/api/v4/personal_access_tokens/self\", "
		   "headers: {PRIVATE-TOKEN: {env: GITLAB_TOKEN}}, json: {/active: '^true$'}}",
	.parameters = &record,
	.rows = rows,
	.row_name = row_name,
	.expect = expect,
	.conclude = conclude,
};

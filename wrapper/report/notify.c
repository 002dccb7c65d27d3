#include "wrapper/report/notify.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/base/secrets.h"
#include "assertions/bytes/digest.h"
#include "assertions/stores/http/http.h"
#include "wrapper/process/supervise.h"
#include "wrapper/report/report.h"

#define ANSWER_MAX ((size_t)64 << 10)
#define ATTEMPTS 2
#define PAUSE_MS 500
#define HURRY_MS 1500 /* once muster was told to end, there is not much time left */

struct message {
	const char *kind;
	const char *method;
	const char *url;
	const char *content_type;
	const char *body;
	size_t length;
	const struct parameter_map *headers; /* NULL */
};

void notify_uuid(const char *run_id, char ret_uuid[37])
{
	char hex[65];

	digest_sha256_hex(run_id, strlen(run_id), hex);
	/* Version 8 (RFC 9562): made up from what its maker likes. */
	snprintf(ret_uuid, 37, "%.8s-%.4s-8%.3s-8%.3s-%.12s", hex, hex + 8, hex + 12, hex + 15, hex + 18);
}

static bool is_wanted(const struct run *run)
{
	const struct manifest_notify *notify = run->manifest->notify;
	const int *verbs = notify != NULL ? notify->on.items : NULL;

	for (size_t i = 0; notify != NULL && i < notify->on.count; i++)
		if (verbs[i] == (int)run->options.mode)
			return true;
	return false;
}

/* A URL or a header's value; NULL, and the reason, where the secret could not be had. */
static char *value_of(const struct text_or_secret *from, struct error *err)
{
	char *value = NULL;

	if (from->text != NULL)
		return text_describe(from->text);
	return secret_read(from->secret, &value, err) == 0 ? value : NULL;
}

void notify_take_down(struct run *run, const char *kind, const char *trouble, int status)
{
	struct run_notification *notification;

	run->notifications = memory_grow(run->notifications, run->notification_count + 1, sizeof(*run->notifications));
	notification = &run->notifications[run->notification_count++];
	*notification = (struct run_notification){.kind = kind, .sent = trouble == NULL, .status = status};
	if (trouble == NULL)
		return;
	snprintf(notification->trouble.message, sizeof(notification->trouble.message), "%s", trouble);
	secrets_mask_string(notification->trouble.message);
	fprintf(run->options.terminal, "%s: not sent: %s\n", kind, notification->trouble.message);
}

static char **make_headers(const struct message *message, struct error *err)
{
	size_t declared = message->headers != NULL ? message->headers->count : 0;
	char **lines = memory_array(declared + 2, sizeof(*lines));

	lines[0] = memory_format("Content-Type: %s", message->content_type);
	for (size_t i = 0; i < declared; i++) {
		char *value = value_of(message->headers->entries[i].value, err);
		if (value != NULL)
			lines[i + 1] = memory_format("%s: %s", message->headers->entries[i].name, value);
		bool is_good = value != NULL && strpbrk(lines[i + 1], "\r\n") == NULL;
		secret_free(value);
		if (is_good)
			continue;
		if (err->message[0] == '\0')
			error_set(err, "the value of the header '%s' has several lines",
				  message->headers->entries[i].name);
		break;
	}
	return lines;
}

static void free_headers(char **lines)
{
	for (size_t i = 0; lines[i] != NULL; i++)
		secret_free(lines[i]);
	free(lines);
}

/* healthchecks.io answers 200 also to a ping of nobody it knows. */
static bool is_refused(const struct message *message, const struct buffer *answer)
{
	return strcmp(message->kind, "ping") == 0 && strstr(answer->data, "(not found)") != NULL;
}

/* 0 where somebody answered. */
static int exchange(struct http_client *client, const struct message *message, char **headers, int *ret_status,
		    struct buffer *answer, struct http_failure *failure)
{
	const struct http_request request = {.method = message->method,
					     .url = message->url,
					     .headers = (const char *const *)headers,
					     .body = message->body,
					     .body_length = message->length};
	struct http_exchange *going = NULL;
	int result = http_begin(client, &request, &going, failure);

	if (result == 0) {
		*ret_status = http_response(going)->status;
		buffer_clear(answer);
		result = http_read_all(going, answer, failure);
	}
	http_end(going);
	return result;
}

static bool is_hurried(void)
{
	return supervise_signal() != 0;
}

/* There may be several to be told, in what is left of the time. */
static bool is_out_of_time(void *context)
{
	const int64_t *began_ms = context;
	int64_t now_ms = clock_monotonic_ms(), end_ms = supervise_end_of(SUPERVISE_REPORTS);

	if (!is_hurried())
		return false;
	int64_t told_ms = end_ms - supervise_grace();
	return now_ms >= end_ms || now_ms - (*began_ms > told_ms ? *began_ms : told_ms) >= HURRY_MS;
}

static void send_message(struct run *run, const struct message *message)
{
	const struct manifest_notify *notify = run->manifest->notify;
	const struct http_settings settings = {.ca_file = notify->ca_file, .silence_ms = notify->timeout_ms};
	struct http_client *client;
	struct http_failure failure = {0};
	struct error err = {""};
	cleanup_buffer struct buffer answer;
	char **headers = make_headers(message, &err);
	int64_t began_ms = clock_monotonic_ms();
	int status = 0, result = -1;

	buffer_init(&answer, ANSWER_MAX);
	if (err.message[0] != '\0') {
		notify_take_down(run, message->kind, err.message, 0);
		free_headers(headers);
		return;
	}
	http_set_cancelled(is_out_of_time, &began_ms);
	client = http_client_new(&settings);
	for (int attempt = 0; attempt < ATTEMPTS && (result < 0 || status >= 500); attempt++) {
		if (attempt > 0 && is_hurried())
			break;
		if (attempt > 0)
			http_sleep(PAUSE_MS);
		result = exchange(client, message, headers, &status, &answer, &failure);
	}
	if (result < 0)
		notify_take_down(run, message->kind, failure.error.message, 0);
	else if (status < 200 || status > 299 || is_refused(message, &answer))
		notify_take_down(run, message->kind,
				 is_refused(message, &answer) ? "the server does not know this URL"
							      : "the server did not take it",
				 status);
	else
		notify_take_down(run, message->kind, NULL, status);
	http_client_free(client);
	http_set_cancelled(NULL, NULL);
	free_headers(headers);
}

/* "https://host/uuid" and "/fail", in front of a query. */
static char *ping_url(const char *url, const char *suffix, const char *run_id)
{
	size_t path = strcspn(url, "?");
	char uuid[37];

	notify_uuid(run_id, uuid);
	while (path > 0 && url[path - 1] == '/')
		path--;
	return memory_format("%.*s%s%s%srid=%s", (int)path, url, suffix,
			     strchr(url, '?') != NULL ? url + strcspn(url, "?") : "",
			     strchr(url, '?') != NULL ? "&" : "?", uuid);
}

static void ping(struct run *run, const char *suffix, const char *body)
{
	const struct text_or_secret *to = &run->manifest->notify->ping;
	struct error err = {""};
	char *base;

	if (to->text == NULL && to->secret == NULL)
		return;
	base = value_of(to, &err);
	if (base == NULL) {
		notify_take_down(run, "ping", err.message, 0);
		return;
	}
	char *url = ping_url(base, suffix, run->id);
	send_message(run, &(struct message){.kind = "ping",
					    .method = "POST",
					    .url = url,
					    .content_type = "text/plain; charset=utf-8",
					    .body = body,
					    .length = strlen(body)});
	secret_free(url);
	secret_free(base);
}

/* At most the first so many bytes, and no half of a character. */
static void cut(char *text, size_t bytes)
{
	if (strlen(text) <= bytes)
		return;
	while (bytes > 0 && ((unsigned char)text[bytes] & 0xc0) == 0x80)
		bytes--;
	text[bytes] = '\0';
}

/* The verdict first, since the rest may be cut off. */
static char *summary_of(const struct report *report)
{
	cleanup_free char *verdict = report_summary(report);
	char *text = NULL;
	size_t length = 0;
	FILE *file = open_memstream(&text, &length);

	if (file == NULL)
		return memory_string(verdict);
	fprintf(file, "%s\n\n", verdict);
	ending_print(report, &(struct ending_options){.file = file, .quiet = true});
	fclose(file);
	cut(text, NOTIFY_SUMMARY_MAX);
	return text;
}

/* NULL where it could not be rendered, which is then taken down. */
static char *render(struct run *run, const struct report *report, const char *kind, const char *format,
		    size_t *ret_length)
{
	char *text = NULL;
	struct error err = {""};
	FILE *file = open_memstream(&text, ret_length);
	int result = file != NULL ? report_format_find(format)->write(report, NULL, file, &err) : -1;

	if (file != NULL)
		fclose(file);
	if (result == 0)
		return text;
	notify_take_down(run, kind, err.message[0] != '\0' ? err.message : "out of memory", 0);
	free(text);
	return NULL;
}

static void call_webhook(struct run *run, const struct report *report)
{
	const struct manifest_webhook *webhook = run->manifest->notify->webhook;
	struct error err = {""};
	size_t length = 0;
	char *body, *url;

	if (webhook == NULL)
		return;
	url = value_of(&webhook->url, &err);
	body = url != NULL ? render(run, report, "webhook", "json", &length) : NULL;
	if (url == NULL)
		notify_take_down(run, "webhook", err.message, 0);
	if (body != NULL)
		send_message(run, &(struct message){"webhook", "POST", url, "application/json", body, length,
						    &webhook->headers});
	free(body);
	secret_free(url);
}

/* A name goes into the path; one with a "/" in it as base64 would have to, so those bytes are escaped as they are. */
static char *job_path(const char *job)
{
	struct buffer out;

	buffer_init(&out, 4096);
	for (; *job != '\0'; job++) {
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~", *job) != NULL)
			buffer_append(&out, job, 1);
		else if (*job == '/')
			buffer_string(&out, "-");
		else
			buffer_print(&out, "%%%02X", (unsigned char)*job);
	}
	char *path = memory_string(out.data);
	buffer_release(&out);
	return path;
}

/* "# HELP name ...", "# TYPE name ...", "name{...} 1" */
static bool is_line_of(const char *line, const char *metric)
{
	if (strncmp(line, "# HELP ", 7) == 0 || strncmp(line, "# TYPE ", 7) == 0)
		line += 7;
	return strncmp(line, metric, strlen(metric)) == 0;
}

/*
 * POST leaves alone what it does not name. What is not known here, the time of the last success, must not be named where there
 * was none.
 */
static void drop_metric(char *text, size_t *length, const char *metric)
{
	char *into = text;

	for (char *line = text; *line != '\0';) {
		size_t bytes = strcspn(line, "\n");
		bytes += line[bytes] == '\n';
		if (!is_line_of(line, metric)) {
			memmove(into, line, bytes);
			into += bytes;
		}
		line += bytes;
	}
	*into = '\0';
	*length = (size_t)(into - text);
}

static void push(struct run *run, const struct report *report)
{
	const struct manifest_pushgateway *gateway = run->manifest->notify->pushgateway;
	size_t length = 0;

	if (gateway == NULL)
		return;
	cleanup_free char *body = render(run, report, "pushgateway", "prometheus", &length);
	cleanup_free char *job = job_path(gateway->job != NULL ? gateway->job : run->manifest->name);
	size_t base = strlen(gateway->url);
	while (base > 0 && gateway->url[base - 1] == '/')
		base--;
	cleanup_free char *url = memory_format("%.*s/metrics/job/%s", (int)base, gateway->url, job);
	if (body != NULL && !report->passed)
		drop_metric(body, &length, "muster_last_success_timestamp_seconds");
	if (body != NULL)
		send_message(run, &(struct message){"pushgateway", "POST", url, "text/plain; version=0.0.4", body,
						    length, &gateway->headers});
}

void notify_begin(struct run *run)
{
	if (is_wanted(run))
		ping(run, "/start", "");
}

void notify_end(struct run *run)
{
	struct error err = {""};
	struct report *report;

	if (!is_wanted(run))
		return;
	report = report_of_run(run, &err);
	if (report == NULL) {
		notify_take_down(run, "ping", err.message, 0);
		return;
	}
	cleanup_free char *summary = summary_of(report);
	ping(run, run_exit_code(run) == EXIT_PASSED ? "" : "/fail", summary);
	call_webhook(run, report);
	push(run, report);
	report_free(report);
}

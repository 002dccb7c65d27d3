#include "wrapper/report/notify.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/glob.h"
#include "assertions/base/memory.h"
#include "assertions/base/secrets.h"
#include "assertions/base/utf8.h"
#include "assertions/bytes/digest.h"
#include "assertions/stores/http/http.h"
#include "assertions/stores/upload.h"
#include "wrapper/process/supervise.h"
#include "wrapper/report/report_private.h"

#define ANSWER_MAX ((size_t)64 << 10)
#define SUMMARY_MAX 10000 /* bytes of a ping's body */
#define ATTEMPTS 2
#define PAUSE_MS 500
#define HURRY_MS 1500 /* once muster was told to end, there is not much time left */
#define CORRECTION_MS 2000

struct message {
	const char *kind;
	const char *method;
	const char *url;
	const char *content_type;
	const char *body;
	size_t length;
	const struct parameter_map *headers; /* NULL */
};

/* A UUID made of the run's id, so that the begin and the end of a run are told to be one; 36 characters. */
static void make_uuid(const char *run_id, char ret_uuid[37])
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
static char *read_value(const struct text_or_secret *from, struct error *err)
{
	char *value = NULL;

	if (from->text != NULL)
		return text_describe(from->text);
	return secret_read(from->secret, &value, err) == 0 ? value : NULL;
}

/* What became of telling somebody; `trouble` NULL: it was sent. */
static void note_outcome(struct run *run, const char *kind, const char *trouble, int status)
{
	struct run_notification *notification;

	run->notifications = memory_grow(run->notifications, run->notification_count + 1, sizeof(*run->notifications));
	notification = &run->notifications[run->notification_count++];
	*notification = (struct run_notification){.kind = kind, .sent = trouble == NULL, .status = status};
	if (trouble == NULL)
		return;
	snprintf(notification->trouble.message, sizeof(notification->trouble.message), "%s", trouble);
	secrets_mask_string(notification->trouble.message);
	run->listener->not_told(run, notification);
}

static char **make_headers(const struct message *message, struct error *err)
{
	size_t declared = message->headers != NULL ? message->headers->count : 0;
	char **lines = memory_array(declared + 2, sizeof(*lines));

	lines[0] = memory_format("Content-Type: %s", message->content_type);
	for (size_t i = 0; i < declared; i++) {
		char *value = read_value(message->headers->entries[i].value, err);
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

/* There may be several to be told, in what is left of the time. */
static bool is_out_of_time(void *context)
{
	const int64_t *began_ms = context;
	int64_t now_ms = clock_monotonic_ms(), end_ms = supervise_end_of(SUPERVISE_REPORTS);

	if (supervise_signal() == 0)
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
		note_outcome(run, message->kind, err.message, 0);
		free_headers(headers);
		return;
	}
	http_set_cancelled(is_out_of_time, &began_ms);
	client = http_client_new(&settings);
	for (int attempt = 0; attempt < ATTEMPTS && (result < 0 || status >= 500); attempt++) {
		if (attempt > 0 && supervise_signal() != 0)
			break;
		if (attempt > 0)
			http_sleep(PAUSE_MS);
		result = exchange(client, message, headers, &status, &answer, &failure);
	}
	if (result < 0)
		note_outcome(run, message->kind, failure.error.message, 0);
	else if (status < 200 || status > 299 || is_refused(message, &answer))
		note_outcome(run, message->kind,
			     is_refused(message, &answer) ? "the server does not know this URL"
							  : "the server did not take it",
			     status);
	else
		note_outcome(run, message->kind, NULL, status);
	http_client_free(client);
	http_set_cancelled(NULL, NULL);
	free_headers(headers);
}

/* "https://host/uuid" and "/fail", in front of a query. */
static char *ping_url(const char *url, const char *suffix, const char *run_id)
{
	size_t path = strcspn(url, "?");
	char uuid[37];

	make_uuid(run_id, uuid);
	while (path > 0 && url[path - 1] == '/')
		path--;
	return memory_format("%.*s%s%s%srid=%s", (int)path, url, suffix,
			     strchr(url, '?') != NULL ? url + strcspn(url, "?") : "",
			     strchr(url, '?') != NULL ? "&" : "?", uuid);
}

static void send_ping(struct run *run, const char *suffix, const char *body)
{
	const struct text_or_secret *to = &run->manifest->notify->ping;
	struct error err = {""};
	char *base;

	if (to->text == NULL && to->secret == NULL)
		return;
	base = read_value(to, &err);
	if (base == NULL) {
		note_outcome(run, "ping", err.message, 0);
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

/* The verdict first, since the rest may be cut off. */
static char *summary_of(const struct report *report)
{
	cleanup_free char *verdict = report_summary(report);
	char *text;
	size_t length;
	FILE *file = memory_open_stream(&text, &length);

	fprintf(file, "%s\n\n", verdict);
	human_print(report, &(struct human_options){.file = file, .quiet = true});
	memory_end_stream(file);
	if (length > SUMMARY_MAX)
		text[utf8_boundary(text, SUMMARY_MAX)] = '\0';
	return text;
}

/* NULL where it could not be rendered, which is then noted. */
static char *render(struct run *run, const struct report *report, const char *kind, const char *format,
		    size_t *ret_length)
{
	struct error err = {""};
	char *text = NULL;

	if (report_render(report_format_find(format), report, NULL, &text, ret_length, &err) < 0)
		note_outcome(run, kind, err.message, 0);
	return text;
}

static void call_webhook(struct run *run, const struct report *report)
{
	const struct manifest_webhook *webhook = run->manifest->notify->webhook;
	struct error err = {""};
	size_t length = 0;
	char *body, *url;

	if (webhook == NULL)
		return;
	url = read_value(&webhook->url, &err);
	body = url != NULL ? render(run, report, "webhook", "json", &length) : NULL;
	if (url == NULL)
		note_outcome(run, "webhook", err.message, 0);
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
	for (; *job != '\0'; job++)
		if (strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~", *job) != NULL)
			buffer_append(&out, job, 1);
		else if (*job == '/')
			buffer_string(&out, "-");
		else
			buffer_print(&out, "%%%02X", (unsigned char)*job);
	return buffer_take(&out);
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

static void push_metrics(struct run *run, const struct report *report)
{
	const struct manifest_pushgateway *gateway = run->manifest->notify->pushgateway;
	struct error err = {""};
	size_t length = 0;

	if (gateway == NULL)
		return;
	char *address = read_value(&gateway->url, &err);
	if (address == NULL) {
		note_outcome(run, "pushgateway", err.message, 0);
		return;
	}
	cleanup_free char *body = render(run, report, "pushgateway", "prometheus", &length);
	cleanup_free char *job = job_path(gateway->job != NULL ? gateway->job : run->manifest->name);
	size_t base = strlen(address);
	while (base > 0 && address[base - 1] == '/')
		base--;
	char *url = memory_format("%.*s/metrics/job/%s", (int)base, address, job);
	if (body != NULL && !report->passed)
		drop_metric(body, &length, "muster_last_success_timestamp_seconds");
	if (body != NULL)
		send_message(run, &(struct message){"pushgateway", "POST", url, "text/plain; version=0.0.4", body,
						    length, &gateway->headers});
	secret_free(url);
	secret_free(address);
}

void notify_begin(struct run *run)
{
	if (is_wanted(run))
		send_ping(run, "/start", "");
}

void notify_end(struct run *run)
{
	struct error err = {""};
	struct report *report;

	if (!is_wanted(run))
		return;
	report = report_of_run(run, &err);
	if (report == NULL) {
		note_outcome(run, "ping", err.message, 0);
		return;
	}
	cleanup_free char *summary = summary_of(report);
	send_ping(run, run_exit_code(run) == EXIT_PASSED ? "" : "/fail", summary);
	call_webhook(run, report);
	push_metrics(run, report);
	report_free(report);
}

static int put_object(struct store *store, const char *key, const char *text, size_t length, struct error *err)
{
	const struct upload_options options = {.size_bytes = (int64_t)length, .overwrite = true};
	struct upload *upload;
	struct error left;

	if (upload_begin(store, key, &options, &upload, err) < 0)
		return -1;
	if (upload_write(upload, text, length, err) < 0) {
		if (upload_discard(upload, &left) < 0)
			error_wrap(err, "%s", left.message);
		return -1;
	}
	return upload_finish(upload, err) == UPLOAD_DONE ? 0 : -1;
}

/* NULL where it would be that of several objects. */
static char *literal_key(const struct manifest_report *declared, struct error *err)
{
	cleanup_free char *written = text_describe(declared->key);
	struct glob *glob = NULL;
	char *key = NULL;

	if (glob_compile_key(written, &glob, err) == 0 && glob_is_literal(glob))
		key = memory_string(glob_prefix(glob));
	else if (glob != NULL)
		error_set(err, "the key '%s' is not that of one object", written);
	glob_free(glob);
	return key;
}

static int deliver_report(const struct run *run, const struct manifest_report *declared, struct error *err)
{
	const struct manifest_store *place = manifest_store(run->manifest, declared->store);
	cleanup_free char *key = literal_key(declared, err);
	cleanup_free char *text = NULL;
	struct store *store;
	size_t length = 0;
	int result;

	if (key == NULL || place->driver->open(place->config, &store, err) < 0)
		return -1;
	struct report *report = report_of_run(run, err);
	result = report != NULL ? report_render(report_format_find(manifest_report_formats[declared->format]), report,
						NULL, &text, &length, err)
				: -1;
	report_free(report);
	if (result == 0)
		result = put_object(store, key, text, length, err);
	store_close(store);
	return result;
}

static bool is_out_of_grace(void *context)
{
	const int64_t *end_ms = context;

	return supervise_signal() != 0 && clock_monotonic_ms() >= *end_ms;
}

/* A store that does not answer would take all of the time that is left, which only a report that has become untrue is worth. */
void notify_deliver_reports(struct run *run, bool again)
{
	struct manifest_report *const *reports = run->manifest->reports.items;
	int64_t end_ms = again ? clock_monotonic_ms() + CORRECTION_MS : 0,
		last_ms = supervise_end_of(SUPERVISE_REPORTS);

	if (end_ms > last_ms)
		end_ms = last_ms;
	store_set_cancelled(is_out_of_grace, &end_ms);
	for (size_t i = 0; run->options.mode == RUN_MODE_RUN && i < run->manifest->reports.count; i++) {
		struct error err = {""};
		int result = !is_out_of_grace(&end_ms) ? deliver_report(run, reports[i], &err)
						       : error_set(&err, "muster was told to end");
		note_outcome(run, "report", result == 0 ? NULL : err.message, 0);
	}
	store_set_cancelled(NULL, NULL);
}

#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/base/units.h"
#include "wrapper/report/html_parts.h"
#include "wrapper/report/markup.h"

#define MOMENT_TEXT_MAX 40

void html_element(FILE *file, const char *element, const char *class, const char *text)
{
	fprintf(file, "<%s", element);
	if (class != NULL)
		fprintf(file, " class=\"%s\"", class);
	fputc('>', file);
	markup_text(file, text);
	fprintf(file, "</%s>", element);
}

const char *html_verdict_word(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_PASS:
		return "passed";
	case VERDICT_FAIL:
		return "failed";
	case VERDICT_WAIVED:
		return "waived";
	case VERDICT_UNEVALUATED:
	case VERDICT_UNPROVEN:
		break;
	}
	return "not proven";
}

void html_badge(FILE *file, enum verdict verdict)
{
	fprintf(file, "<span class=\"badge %s\">%s</span>", verdict_name(verdict), html_verdict_word(verdict));
}

/* "2026-04-21 02:30:00 UTC" */
static const char *moment_text(int64_t unix_ms, char text[MOMENT_TEXT_MAX])
{
	char rfc3339[CLOCK_TEXT_MAX];

	clock_format_rfc3339(unix_ms, rfc3339);
	snprintf(text, MOMENT_TEXT_MAX, "%.10s %.8s UTC", rfc3339, rfc3339 + 11);
	return text;
}

static void put_head(FILE *file, const struct report *report)
{
	fputs("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
	      "'unsafe-inline'\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>",
	      file);
	fputs(report->passed ? "pass: " : "FAIL: ", file);
	markup_text(file, report->name);
	fputs("</title>\n<style>", file);
	for (const char *const *part = html_style; *part != NULL; part++)
		fputs(*part, file);
	fputs("</style></head>\n<body>\n", file);
}

static void put_header(FILE *file, const struct report *report)
{
	cleanup_free char *summary = report_summary(report);
	char moment[MOMENT_TEXT_MAX], time[UNITS_TEXT_MAX];
	/* The name and the verdict stand above it. */
	const char *sentence = summary + strlen(report->name) + strlen(": pass");
	sentence += strspn(sentence, ":, ");

	fprintf(file, "<header class=\"%s\"><h1><span class=\"word\">%s</span> ", report->passed ? "pass" : "fail",
		report->passed ? "pass" : "fail");
	markup_text(file, report->name);
	fputs("</h1>", file);
	html_element(file, "p", NULL, sentence);
	fputs("<p class=\"facts\">", file);
	html_element(file, "span", NULL, moment_text(report->finished_ms, moment));
	fputs("<span>", file);
	markup_text(file, report->mode);
	fprintf(file, " took %s</span>", units_format_duration((int64_t)(report_seconds(report) * 1000), time));
	fprintf(file, "<span>exit code %d</span>", report->exit_code);
	html_element(file, "span", NULL, report->host);
	fputs("</p></header>\n", file);
}

static void put_cell(FILE *file, const char *name, const char *class, const char *text)
{
	fprintf(file, "<td data-name=\"%s\"><span class=\"%s\">", name, class);
	markup_text(file, text != NULL && text[0] != '\0' ? text : "\xe2\x80\x93");
	fputs("</span></td>", file);
}

static const char *size_text(int64_t bytes, char text[UNITS_TEXT_MAX])
{
	return bytes != PARAMETER_UNSET ? units_format_size(bytes, text) : NULL;
}

static void put_artifacts(FILE *file, const struct report *report)
{
	char size[UNITS_TEXT_MAX], moment[MOMENT_TEXT_MAX];

	if (report->artifact_count == 0)
		return;
	fputs("<section><h2>Artifacts</h2><table class=\"wide\"><thead><tr><th>artifact</th><th>where</th><th>size</th>"
	      "<th>members</th><th>written</th><th>SHA-256</th></tr></thead><tbody>\n",
	      file);
	for (size_t i = 0; i < report->artifact_count; i++) {
		const struct report_artifact *artifact = &report->artifacts[i];
		cleanup_free char *members = memory_format("%lld", (long long)artifact->members);
		fputs("<tr><td>", file);
		html_element(file, "strong", NULL, artifact->name);
		fputs("</td>", file);
		put_cell(file, "where", "mono", artifact->location);
		put_cell(file, "size", "short", size_text(artifact->size_bytes, size));
		put_cell(file, "members", "", artifact->members != PARAMETER_UNSET ? members : NULL);
		put_cell(file, "written", "",
			 artifact->modified_ms != PARAMETER_UNSET ? moment_text(artifact->modified_ms, moment) : NULL);
		put_cell(file, "SHA-256", "mono", artifact->sha256);
		fputs("</tr>\n", file);
	}
	fputs("</tbody></table></section>\n", file);
}

static void put_uploads(FILE *file, const struct report *report)
{
	char size[UNITS_TEXT_MAX];

	if (report->upload_count == 0)
		return;
	fputs("<section><h2>Uploads</h2><table class=\"wide\"><thead><tr><th>artifact</th><th>store</th><th>bucket</th>"
	      "<th>key</th><th>size</th><th>proven by</th></tr></thead><tbody>\n",
	      file);
	for (size_t i = 0; i < report->upload_count; i++) {
		const struct report_upload *upload = &report->uploads[i];
		fputs("<tr><td>", file);
		html_element(file, "strong", NULL, upload->artifact);
		fputs("</td>", file);
		put_cell(file, "store", "", upload->store);
		put_cell(file, "bucket", "mono", upload->bucket);
		put_cell(file, "key", "mono", upload->key);
		put_cell(file, "size", "short", size_text(upload->size_bytes, size));
		put_cell(file, "proven by", "", upload->proof);
		fputs("</tr>\n", file);
	}
	fputs("</tbody></table></section>\n", file);
}

static void put_notifications(FILE *file, const struct report *report)
{
	if (report->notification_count == 0)
		return;
	fputs("<section><h2>Notifications</h2><ul>\n", file);
	for (size_t i = 0; i < report->notification_count; i++) {
		const struct report_notification *notification = &report->notifications[i];
		fputs("<li>", file);
		markup_text(file, notification->kind);
		fputs(notification->sent ? ": sent" : ": <strong>not sent</strong> ", file);
		if (!notification->sent && notification->trouble != NULL)
			html_element(file, "span", "soft", notification->trouble);
		fputs("</li>\n", file);
	}
	fputs("</ul></section>\n", file);
}

static void put_footer(FILE *file, const struct report *report)
{
	fputs("<footer class=\"small soft\"><dl>", file);
	html_element(file, "dt", NULL, "manifest");
	html_element(file, "dd", "mono", report->manifest_path);
	html_element(file, "dt", NULL, "its SHA-256");
	html_element(file, "dd", "mono", report->manifest_sha256);
	html_element(file, "dt", NULL, "run");
	html_element(file, "dd", "mono", report->run_id);
	html_element(file, "dt", NULL, "muster");
	html_element(file, "dd", NULL, report->version);
	fputs("</dl></footer>\n</body></html>\n", file);
}

static int write_html(const struct report *report, const char *former, FILE *file, struct error *err)
{
	(void)former;
	(void)err;
	put_head(file, report);
	put_header(file, report);
	html_reasons(file, report);
	html_roll(file, report);
	html_timeline(file, report);
	put_artifacts(file, report);
	put_uploads(file, report);
	html_coverage(file, report);
	html_history(file, report);
	html_members(file, report);
	put_notifications(file, report);
	put_footer(file, report);
	return 0;
}

const struct report_format report_html = {
	.name = "html",
	.extension = "html",
	.help = "one page for people that needs nothing else, neither script nor network",
	.write = write_html,
};

#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "wrapper/report/report_private.h"

#define SECONDS_OF_MOMENT 19 /* "2026-04-21T02:30:00": the schema of Ant takes neither fraction nor zone */

static void put_property(FILE *file, const char *name, const char *value)
{
	fputs("\t\t\t<property", file);
	markup_attribute(file, "name", name);
	markup_attribute(file, "value", value);
	fputs("/>\n", file);
}

static void put_properties(FILE *file, const struct report *report)
{
	cleanup_free char *code = memory_format("%d", report->exit_code);

	fputs("\t\t<properties>\n", file);
	put_property(file, "run", report->run_id);
	put_property(file, "mode", report->mode);
	put_property(file, "verdict", report->passed ? "pass" : "fail");
	put_property(file, "exit_code", code);
	put_property(file, "manifest", report->manifest_path);
	put_property(file, "manifest.sha256", report->manifest_sha256);
	put_property(file, "version", report->version);
	for (size_t i = 0; i < report->artifact_count; i++) {
		const struct report_artifact *artifact = &report->artifacts[i];
		cleanup_free char *size_name = memory_format("artifact.%s.size", artifact->name);
		cleanup_free char *digest_name = memory_format("artifact.%s.sha256", artifact->name);
		cleanup_free char *size = memory_format("%lld", (long long)artifact->size_bytes);
		if (artifact->size_bytes != PARAMETER_UNSET)
			put_property(file, size_name, size);
		if (artifact->sha256 != NULL)
			put_property(file, digest_name, artifact->sha256);
	}
	for (size_t i = 0; i < report->notification_count; i++) {
		const struct report_notification *notification = &report->notifications[i];
		cleanup_free char *name = memory_format("notification.%zu.%s", i, notification->kind);
		put_property(file, name,
			     notification->sent              ? "sent"
			     : notification->trouble != NULL ? notification->trouble
							     : "not sent");
	}
	fputs("\t\t</properties>\n", file);
}

static void put_line(FILE *file, const char *title, const char *text)
{
	fprintf(file, "%s: ", title);
	markup_text(file, text);
	fputc('\n', file);
}

/* "skipped" counts as fine in what reads this: it is for what was waived, never for what was not proven. */
static void put_problem(FILE *file, const struct report *report, const struct report_check *check)
{
	const char *element = check->verdict == VERDICT_FAIL       ? "failure"
			      : check->verdict == VERDICT_UNPROVEN ? "error"
								   : "skipped";
	struct report_fact facts[REPORT_FACTS_MAX];

	fprintf(file, ">\n\t\t\t<%s", element);
	markup_attribute(file, "message", check->message);
	if (check->verdict != VERDICT_WAIVED)
		markup_attribute(file, "type", check->verdict == VERDICT_FAIL ? check->kind : "unproven");
	fputc('>', file);
	report_facts(check, facts);
	for (const struct report_fact *fact = facts; fact->title != NULL; fact++)
		put_line(file, fact->title, fact->text);
	fputs("declared: ", file);
	markup_text(file, report->manifest_path);
	fprintf(file, ":%d</%s>\n\t\t</testcase>\n", check->line, element);
}

static void put_check(FILE *file, const struct report *report, const struct report_check *check)
{
	cleanup_free char *subject = memory_substring(check->id, strcspn(check->id, "/"));
	cleanup_free char *class = memory_format("%s.%s", report->name, subject);

	fputs("\t\t<testcase", file);
	markup_attribute(file, "name", check->id);
	markup_attribute(file, "classname", class);
	fprintf(file, " time=\"%.3f\"", check->seconds);
	if (check->verdict == VERDICT_PASS)
		fputs("/>\n", file);
	else
		put_problem(file, report, check);
}

static void put_other_failure(FILE *file, const struct report *report, const char *failure)
{
	fputs("\t\t<testcase name=\"run\"", file);
	markup_attribute(file, "classname", report->name);
	fputs(" time=\"0.000\">\n\t\t\t<error", file);
	markup_attribute(file, "message", failure);
	fputs(" type=\"internal\"/>\n\t\t</testcase>\n", file);
}

static void put_sums(FILE *file, const struct report *report, bool has_other_failure)
{
	fprintf(file, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" time=\"%.3f\"",
		report->counts.declared + has_other_failure, report->counts.failed,
		report->counts.unproven + has_other_failure, report_seconds(report));
}

static int write_junit(const struct report *report, const char *former, FILE *file, struct error *err)
{
	cleanup_free char *summary = report_summary(report), *failure = report_other_failure(report);
	char started[CLOCK_TEXT_MAX];

	(void)former;
	(void)err;
	clock_format_rfc3339(report->started_ms, started);
	started[SECONDS_OF_MOMENT] = '\0';
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites", file);
	markup_attribute(file, "name", report->name);
	put_sums(file, report, failure != NULL);
	fputs(">\n\t<testsuite", file);
	markup_attribute(file, "name", report->name);
	put_sums(file, report, failure != NULL);
	fprintf(file, " skipped=\"%zu\" timestamp=\"%s\"", report->counts.waived, started);
	markup_attribute(file, "hostname", report->host[0] != '\0' ? report->host : "localhost");
	fputs(" id=\"0\" package=\"muster\">\n", file);
	put_properties(file, report);
	for (size_t i = 0; i < report->check_count; i++)
		put_check(file, report, &report->checks[i]);
	if (failure != NULL)
		put_other_failure(file, report, failure);
	fputs("\t\t<system-out>", file);
	markup_text(file, summary);
	fputs("</system-out>\n\t\t<system-err></system-err>\n\t</testsuite>\n</testsuites>\n", file);
	return 0;
}

const struct report_format report_junit = {
	.name = "junit",
	.extension = "xml",
	.help = "JUnit XML, for CI: what is not proven is an error, what is waived is skipped",
	.write = write_junit,
};

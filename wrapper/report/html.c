#include "wrapper/report/report_private.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/base/process_end.h"
#include "assertions/base/units.h"

#define PLOT_WIDTH 1000.0
#define PLOT_HEIGHT 100.0
#define HISTORY_MAX 100
#define MOMENT_TEXT_MAX 40

static const char *const style[] = {
	":root{color-scheme:light "
	"dark;--bg:#fff;--fg:#1b1f24;--soft:#57606a;--line:#d5dae0;--panel:#f5f7f9;--pass:#14622b;--pass-bg:#e3f4e8;--fail:#a4171a;--fail-bg:#fdeaea;--unproven:#754a00;--unproven-bg:#fff2d0;--waived:#544091;--waived-bg:#eee9fb;--bar:#3b6ea8}@media(prefers-color-scheme:dark){:root{--bg:#14171b;--fg:#e7eaed;--soft:#a3adb7;--line:#333a42;--panel:#1c2126;--pass:#86dd9d;--pass-bg:#12301c;--fail:#ff9f98;--fail-bg:#3c1718;--unproven:#f2c565;--unproven-bg:#33280c;--waived:#c9bbff;--waived-bg:#2a2342;--bar:#79aee6}}*{box-sizing:border-box}body{margin:0 "
	"auto;padding:1rem;max-width:76rem;background:var(--bg);color:var(--fg);font:1rem/1.45 "
	"system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica "
	"Neue',sans-serif;overflow-wrap:anywhere}h1{margin:0;font-size:1.4rem;line-height:1.2}h2{margin:2rem 0 "
	".6rem;font-size:1.15rem}h3{margin:0 0 .35rem;font-size:1rem}p{margin:.3rem "
	"0}code,.id,.mono{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans "
	"Mono',monospace;font-size:.88em}.soft{color:var(--soft)}.small{font-size:.88rem}header{padding:.9rem "
	"1rem;border-radius:.5rem;border-left:.5rem "
	"solid}header.pass{background:var(--pass-bg);border-color:var(--pass)}header.fail{background:var(--fail-bg);border-color:var(--fail)}header "
	".word{font-weight:700;letter-spacing:.06em;text-transform:uppercase}header.pass "
	".word{color:var(--pass)}header.fail .word{color:var(--fail)}header .facts{display:flex;flex-wrap:wrap;gap:0 "
	"1.2rem;margin:.3rem 0 0;font-size:.88rem}.badge{display:inline-block;padding:0 "
	".5em;border-radius:1em;font-size:.82rem;font-weight:600;white-space:nowrap}.badge.pass{background:var(--pass-bg);color:var(--pass)}.badge.fail{background:var(--fail-bg);color:var(--fail)}.badge.unproven{background:var(--unproven-bg);color:var(--unproven)}.badge.waived{background:var(--waived-bg);color:var(--waived)}.card{margin:.7rem "
	"0;padding:.6rem .9rem;border:1px solid var(--line);border-left:.3rem solid "
	"var(--line);border-radius:.4rem;background:var(--panel)}.card.fail{border-left-color:var(--fail)}.card.unproven{border-left-color:var(--unproven)}.card.waived{border-left-color:var(--waived)}dl{display:grid;grid-template-columns:max-content "
	"minmax(0,1fr);gap:.1rem .8rem;margin:0}dt{color:var(--soft)}dd{margin:0;white-space:pre-wrap}ul{margin:.3rem "
	"0;padding-left:1.2rem}",
	"table{width:100%;border-collapse:collapse;font-size:.92rem}th,td{padding:.35rem .6rem .35rem "
	"0;border-bottom:1px solid "
	"var(--line);text-align:left;vertical-align:top}th{color:var(--soft);font-weight:600;overflow-wrap:normal}.short{white-space:nowrap}a{color:var(--bar)}td.number,th.number{text-align:right;white-space:nowrap;padding-right:0}#roll{table-layout:fixed}#roll "
	"col.v{width:7rem}#roll col.t{width:4.5rem}.filters{display:flex;flex-wrap:wrap;gap:.4rem;margin:.4rem "
	"0}.pick{position:absolute;opacity:0;pointer-events:none}label{padding:.25rem .7rem;border:1px solid "
	"var(--line);border-radius:1rem;font-size:.88rem;cursor:pointer}.plot{display:block;width:100%;height:1rem;background:var(--panel);border-radius:.2rem}.tall{height:6.5rem}rect.pass,rect.old{fill:var(--bar)}rect.fail{fill:var(--fail)}rect.unproven{fill:var(--unproven)}rect.old{opacity:.55}rect.now{fill:var(--fg)}.track{display:grid;grid-template-columns:minmax(6rem,14rem) "
	"minmax(0,1fr) minmax(5rem,max-content);gap:.1rem .8rem;align-items:center;margin:.5rem 0}.track "
	".note{grid-column:1/-1}.axis{display:flex;justify-content:space-between}.tree,.tree "
	"ul{list-style:none;padding-left:0}.tree ul{margin-left:.5rem;padding-left:.9rem;border-left:1px solid "
	"var(--line)}.tree li{margin:.3rem 0}summary{cursor:pointer}footer{margin:2.5rem 0 "
	"1rem;padding-top:.7rem;border-top:1px solid "
	"var(--line)}@media(max-width:40rem){body{padding:.6rem}h1{font-size:1.2rem}table.wide,.wide tbody,.wide "
	"tr,.wide td{display:block}.wide thead,.wide colgroup{display:none}.wide tr{padding:.5rem 0;border-bottom:1px "
	"solid var(--line)}.wide td{border:0;padding:.08rem 0}.wide td.number{text-align:left}.wide "
	"td:empty{display:none}.wide td[data-name]::before{content:attr(data-name) ' "
	"';color:var(--soft)}.track{grid-template-columns:minmax(0,1fr) max-content}.track "
	".plot{grid-column:1/-1;grid-row:2}dl{grid-template-columns:minmax(0,1fr)}dt{font-size:.82rem}}@media "
	"print{.filters,.pick{display:none}body{max-width:none}}",
	NULL};

static void put_bar(FILE *file, const char *class, double from, double width)
{
	/* Never so thin that it cannot be seen. */
	double shown = width < 3 ? 3 : width;

	if (from + shown > PLOT_WIDTH)
		from = PLOT_WIDTH - shown;
	fprintf(file,
		"<svg class=\"plot\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
		"<rect class=\"%s\" x=\"%.1f\" y=\"0\" width=\"%.1f\" height=\"10\"/></svg>",
		class, from, shown);
}

static void put_outcome(FILE *file, const struct report_step *step)
{
	char name[PROCESS_END_TEXT_MAX], size[UNITS_TEXT_MAX];

	if (step->skipped != NULL)
		html_element(file, "span", NULL, step->skipped);
	else if (step->signal != PARAMETER_UNSET)
		fprintf(file, "killed by %s", process_signal_name((int)(step->signal & 127), name));
	else if (step->code != PARAMETER_UNSET)
		fprintf(file, "exited with %lld", (long long)step->code);
	else
		html_element(file, "span", NULL,
			     strcmp(step->outcome, "timed_out") == 0 ? "timed out" : "could not be started");
	if (step->attempts > 1)
		fprintf(file, ", %lld attempts", (long long)step->attempts);
	if (step->max_rss_bytes > 0)
		fprintf(file, ", %s of memory", units_format_size(step->max_rss_bytes, size));
	if (step->cpu_seconds >= 0.05)
		fprintf(file, ", %.1f s of processor", step->cpu_seconds);
	if (step->left_behind > 0)
		fprintf(file, ", left %lld running", (long long)step->left_behind);
}

/* The gravest verdict of the step's own checks. */
static const char *class_of(const struct report *report, const struct report_step *step)
{
	cleanup_free char *prefix = memory_format("step:%s/", step->name);
	enum verdict worst = VERDICT_PASS;

	for (size_t i = 0; i < report->check_count; i++)
		if (strncmp(report->checks[i].id, prefix, strlen(prefix)) == 0 &&
		    report->checks[i].verdict != VERDICT_WAIVED && report->checks[i].verdict > worst)
			worst = report->checks[i].verdict;
	return verdict_name(worst);
}

/* From the first attempt to the end of the last. */
static double span_of(const struct report_step *step)
{
	if (step->finished_ms == PARAMETER_UNSET || step->finished_ms < step->started_ms)
		return step->seconds;
	return (double)(step->finished_ms - step->started_ms) / 1000.0;
}

static void put_step(FILE *file, const struct report *report, const struct report_step *step)
{
	double all = report_seconds(report) > 0 ? report_seconds(report) : 1, begin = 0;
	char time[UNITS_TEXT_MAX];

	fputs("<div class=\"track\">", file);
	html_element(file, "strong", NULL, step->name);
	if (step->started_ms != PARAMETER_UNSET) {
		if (step->started_ms > report->started_ms)
			begin = (double)(step->started_ms - report->started_ms) / 1000.0;
		put_bar(file, class_of(report, step), begin < all ? begin / all * PLOT_WIDTH : PLOT_WIDTH,
			span_of(step) < all ? span_of(step) / all * PLOT_WIDTH : PLOT_WIDTH);
		html_element(file, "span", "soft", units_format_duration((int64_t)(span_of(step) * 1000), time));
	} else {
		fputs("<span class=\"soft\">was not run</span><span></span>", file);
	}
	fputs("<div class=\"note small soft\">", file);
	put_outcome(file, step);
	fputs("<br>", file);
	html_element(file, "code", NULL, step->command);
	fputs("</div></div>\n", file);
}

static void put_timeline(FILE *file, const struct report *report)
{
	char time[UNITS_TEXT_MAX];

	if (report->step_count == 0)
		return;
	fprintf(file, "<section><h2>Steps</h2><p class=\"soft small\">%s from the begin of the run to its end</p>\n",
		units_format_duration((int64_t)(report_seconds(report) * 1000), time));
	for (size_t i = 0; i < report->step_count; i++)
		put_step(file, report, &report->steps[i]);
	fputs("</section>\n", file);
}

static void put_coverage(FILE *file, const struct report *report)
{
	bool any = false;

	for (size_t i = 0; i < report->check_count; i++) {
		const struct report_check *check = &report->checks[i];
		if (check->coverable <= 0)
			continue;
		if (!any)
			fputs("<section><h2>Coverage</h2>\n", file);
		any = true;
		fputs("<div class=\"track\">", file);
		html_element(file, "span", "id", check->id);
		put_bar(file, verdict_name(check->verdict), 0,
			(double)check->covered / (double)check->coverable * PLOT_WIDTH);
		fprintf(file, "<span class=\"soft\">%lld of %lld</span>", (long long)check->covered,
			(long long)check->coverable);
		html_element(file, "div", "note small soft", check->observed);
		fputs("</div>\n", file);
	}
	fputs(any ? "</section>\n" : "", file);
}

static void put_size(FILE *file, const char *class, size_t slot, size_t slots, int64_t bytes, int64_t largest)
{
	double width = PLOT_WIDTH / (double)slots;
	double height = largest > 0 ? (double)bytes / (double)largest * (PLOT_HEIGHT - 4) : 0;
	char size[UNITS_TEXT_MAX];

	if (height < 1)
		height = 1;
	fprintf(file,
		"<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"><title>%s</title></rect>",
		class, (double)slot * width + width * 0.1, PLOT_HEIGHT - height, width * 0.8, height,
		units_format_size(bytes, size));
}

static void put_history(FILE *file, const struct report_artifact *artifact)
{
	size_t count = artifact->earlier_count < HISTORY_MAX ? artifact->earlier_count : HISTORY_MAX;
	int64_t largest = artifact->size_bytes;
	char now[UNITS_TEXT_MAX], before[UNITS_TEXT_MAX], most[UNITS_TEXT_MAX];

	for (size_t i = 0; i < count; i++)
		if (artifact->earlier_bytes[i] > largest)
			largest = artifact->earlier_bytes[i];
	html_element(file, "h3", NULL, artifact->name);
	fprintf(file,
		"<p class=\"small soft\">%s now, %s the time before; the full height is %s</p>"
		"<svg class=\"plot tall\" viewBox=\"0 0 1000 100\" preserveAspectRatio=\"none\" role=\"img\" "
		"aria-label=\"sizes, the oldest first\">",
		units_format_size(artifact->size_bytes, now), units_format_size(artifact->earlier_bytes[0], before),
		units_format_size(largest, most));
	for (size_t i = 0; i < count; i++)
		put_size(file, "old", i, count + 1, artifact->earlier_bytes[count - 1 - i], largest);
	put_size(file, "now", count, count + 1, artifact->size_bytes, largest);
	fprintf(file, "</svg><p class=\"axis small soft\"><span>%zu backup%s before</span><span>this one</span></p>\n",
		count, count == 1 ? "" : "s");
}

static void put_histories(FILE *file, const struct report *report)
{
	bool any = false;

	for (size_t i = 0; i < report->artifact_count; i++) {
		const struct report_artifact *artifact = &report->artifacts[i];
		if (artifact->earlier_count == 0 || artifact->size_bytes == PARAMETER_UNSET)
			continue;
		fputs(any ? "" : "<section><h2>Sizes over time</h2>\n", file);
		any = true;
		put_history(file, artifact);
	}
	fputs(any ? "</section>\n" : "", file);
}

void html_element(FILE *file, const char *element, const char *class, const char *text)
{
	fprintf(file, "<%s", element);
	if (class != NULL)
		fprintf(file, " class=\"%s\"", class);
	fputc('>', file);
	markup_text(file, text);
	fprintf(file, "</%s>", element);
}

void html_badge(FILE *file, enum verdict verdict)
{
	fprintf(file, "<span class=\"badge %s\">%s</span>", verdict_name(verdict), report_verdict_words(verdict));
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
	for (const char *const *part = style; *part != NULL; part++)
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
	put_timeline(file, report);
	put_artifacts(file, report);
	put_uploads(file, report);
	put_coverage(file, report);
	put_histories(file, report);
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

#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/base/process_end.h"
#include "assertions/base/units.h"
#include "wrapper/report/html_parts.h"
#include "wrapper/report/markup.h"

#define PLOT_WIDTH 1000.0
#define PLOT_HEIGHT 100.0
#define HISTORY_MAX 100

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

void html_timeline(FILE *file, const struct report *report)
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

void html_coverage(FILE *file, const struct report *report)
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

void html_history(FILE *file, const struct report *report)
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

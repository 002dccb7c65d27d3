#include "wrapper/report/report_private.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/base/utf8.h"

#define PASSED_ROWS_MAX 40
#define SHARED_IDS_MAX 12

struct printing {
	const struct report *report;
	const struct human_options *options;
};

const char *paint_code(bool color, enum paint paint)
{
	static const char *const codes[] = {"\033[0m", "\033[1m", "\033[2m", "\033[32m", "\033[33m", "\033[31m"};

	return color ? codes[paint] : "";
}

static const char *paint(const struct printing *printing, enum paint color)
{
	return paint_code(printing->options->color, color);
}

/* A report from elsewhere must not have a terminal do things. */
static void put_printable(const struct printing *printing, const char *text)
{
	size_t length = strlen(text);

	for (size_t at = 0; at < length;) {
		uint32_t code_point = 0;
		size_t bytes = utf8_character(text + at, length - at, &code_point);
		bool is_control =
			code_point < 0x20 ? strchr("\n\t", text[at]) == NULL : code_point >= 0x7f && code_point < 0xa0;
		if (bytes == 0 || is_control)
			fputc('?', printing->options->file);
		else
			fwrite(text + at, 1, bytes, printing->options->file);
		at += bytes > 0 ? bytes : 1;
	}
}

static void say_line(const struct printing *printing, const char *title, const char *text)
{
	fprintf(printing->options->file, "  %-8s  ", title);
	put_printable(printing, text);
	fputc('\n', printing->options->file);
}

static void say_title(const struct printing *printing, enum paint color, const char *title, const char *id)
{
	fprintf(printing->options->file, "\n%s%-10s%s %s", paint(printing, color), title, paint(printing, PLAIN),
		paint(printing, BOLD));
	put_printable(printing, id);
	fprintf(printing->options->file, "%s\n", paint(printing, PLAIN));
}

static void say_check(const struct printing *printing, const struct report_check *check)
{
	if (check->verdict == VERDICT_FAIL)
		say_title(printing, RED, "FAILED", check->id);
	else
		say_title(printing, YELLOW, check->verdict == VERDICT_WAIVED ? "WAIVED" : "NOT PROVEN", check->id);
	say_line(printing, "expected", check->expected);
	say_line(printing, "observed", check->observed);
	if (check->waived_because != NULL)
		say_line(printing, "waived", check->waived_because);
	if (check->waived_until != NULL)
		say_line(printing, "until", check->waived_until);
	cleanup_free char *declared = memory_format("%s:%d", printing->report->manifest_path, check->line);
	say_line(printing, "declared", declared);
	if (check->hint != NULL)
		say_line(printing, "hint", check->hint);
}

static void say_all(const struct printing *printing, enum verdict verdict)
{
	for (size_t i = 0; i < printing->report->check_count; i++)
		if (printing->report->checks[i].verdict == verdict)
			say_check(printing, &printing->report->checks[i]);
}

/* Checks that share one reason, such as the failure of the step before them, are said together. */
static void say_shared(const struct printing *printing, size_t first, size_t same)
{
	const struct report *report = printing->report;
	char title[64];
	size_t said = 0;

	snprintf(title, sizeof(title), "%zu checks", same);
	say_title(printing, YELLOW, "NOT PROVEN", title);
	say_line(printing, "because", report->checks[first].observed);
	for (size_t i = first; i < report->check_count && said < SHARED_IDS_MAX; i++)
		if (report_is_unproven_for(&report->checks[i], report->checks[first].observed))
			fprintf(printing->options->file, "  %s  %s\n", said++ == 0 ? "namely  " : "        ",
				report->checks[i].id);
	if (same > said)
		fprintf(printing->options->file, "            and %zu more\n", same - said);
}

static void say_unproven(const struct printing *printing)
{
	const struct report *report = printing->report;

	for (size_t i = 0; i < report->check_count; i++) {
		size_t before = 0, same = 0;
		if (report->checks[i].verdict != VERDICT_UNPROVEN)
			continue;
		for (size_t j = 0; j < report->check_count && before == 0; j++)
			if (report_is_unproven_for(&report->checks[j], report->checks[i].observed))
				*(j < i ? &before : &same) += 1;
		if (printing->options->verbose || (before == 0 && same == 1))
			say_check(printing, &report->checks[i]);
		else if (before == 0)
			say_shared(printing, i, same);
	}
}

static void say_pass(const struct printing *printing, const struct report_check *check)
{
	fprintf(printing->options->file, "%spassed%s     ", paint(printing, GREEN), paint(printing, PLAIN));
	put_printable(printing, check->id);
	fprintf(printing->options->file, "  %s", paint(printing, DIM));
	put_printable(printing, check->observed);
	fprintf(printing->options->file, "%s\n", paint(printing, PLAIN));
}

static void say_passed(const struct printing *printing)
{
	const struct report *report = printing->report;
	size_t passed = report->counts.passed;

	if (passed > PASSED_ROWS_MAX && !printing->options->verbose) {
		fprintf(printing->options->file, "\n%spassed%s     %zu checks (--verbose lists them)\n",
			paint(printing, GREEN), paint(printing, PLAIN), passed);
		return;
	}
	if (passed > 0)
		fputc('\n', printing->options->file);
	for (size_t i = 0; i < report->check_count; i++)
		if (report->checks[i].verdict == VERDICT_PASS)
			say_pass(printing, &report->checks[i]);
}

void human_print(const struct report *report, const struct human_options *options)
{
	const struct printing printing = {report, options};
	cleanup_free char *verdict = report_summary(report);
	bool passed = report->exit_code == EXIT_PASSED;

	if (options->quiet && passed)
		return;
	say_all(&printing, VERDICT_FAIL);
	say_unproven(&printing);
	say_all(&printing, VERDICT_WAIVED);
	if (!options->quiet)
		say_passed(&printing);
	fprintf(options->file, "\n%s", paint(&printing, passed ? GREEN : RED));
	put_printable(&printing, verdict);
	fprintf(options->file, "%s (exit code %d)\n", paint(&printing, PLAIN), report->exit_code);
	fflush(options->file);
}

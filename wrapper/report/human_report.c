#include "wrapper/report/report.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/base/utf8.h"

#define PASSED_ROWS_MAX 40
#define SHARED_IDS_MAX 12

enum paint { PLAIN, BOLD, DIM, GREEN, YELLOW, RED };

struct ending {
	const struct report *report;
	const struct ending_options *options;
	FILE *file;
};

static const char *paint(const struct ending *ending, enum paint color)
{
	static const char *const codes[] = {"\033[0m", "\033[1m", "\033[2m", "\033[32m", "\033[33m", "\033[31m"};

	return ending->options->color ? codes[color] : "";
}

/* A report from elsewhere must not have a terminal do things. */
static void put(const struct ending *ending, const char *text)
{
	size_t length = strlen(text);

	for (size_t at = 0; at < length;) {
		uint32_t code_point = 0;
		size_t bytes = utf8_character(text + at, length - at, &code_point);
		bool is_control =
			code_point < 0x20 ? strchr("\n\t", text[at]) == NULL : code_point >= 0x7f && code_point < 0xa0;
		if (bytes == 0 || is_control)
			fputc('?', ending->file);
		else
			fwrite(text + at, 1, bytes, ending->file);
		at += bytes > 0 ? bytes : 1;
	}
}

static void say_line(const struct ending *ending, const char *title, const char *text)
{
	fprintf(ending->file, "  %-8s  ", title);
	put(ending, text);
	fputc('\n', ending->file);
}

static void say_title(const struct ending *ending, enum paint color, const char *title, const char *id)
{
	fprintf(ending->file, "\n%s%-10s%s %s", paint(ending, color), title, paint(ending, PLAIN), paint(ending, BOLD));
	put(ending, id);
	fprintf(ending->file, "%s\n", paint(ending, PLAIN));
}

static void say_check(const struct ending *ending, const struct report_check *check)
{
	if (check->verdict == VERDICT_FAIL)
		say_title(ending, RED, "FAILED", check->id);
	else
		say_title(ending, YELLOW, check->verdict == VERDICT_WAIVED ? "WAIVED" : "NOT PROVEN", check->id);
	say_line(ending, "expected", check->expected);
	say_line(ending, "observed", check->observed);
	if (check->waived_because != NULL)
		say_line(ending, "waived", check->waived_because);
	if (check->waived_until != NULL)
		say_line(ending, "until", check->waived_until);
	cleanup_free char *declared = memory_format("%s:%d", ending->report->manifest_path, check->line);
	say_line(ending, "declared", declared);
	if (check->hint != NULL)
		say_line(ending, "hint", check->hint);
}

static void say_all(const struct ending *ending, enum verdict verdict)
{
	for (size_t i = 0; i < ending->report->check_count; i++)
		if (ending->report->checks[i].verdict == verdict)
			say_check(ending, &ending->report->checks[i]);
}

static bool is_unproven_for(const struct report_check *check, const char *reason)
{
	return check->verdict == VERDICT_UNPROVEN && strcmp(check->observed, reason) == 0;
}

/* Checks that share one reason, such as the failure of the step before them, are said together. */
static void say_shared(const struct ending *ending, size_t first, size_t same)
{
	const struct report *report = ending->report;
	char title[64];
	size_t said = 0;

	snprintf(title, sizeof(title), "%zu checks", same);
	say_title(ending, YELLOW, "NOT PROVEN", title);
	say_line(ending, "because", report->checks[first].observed);
	for (size_t i = first; i < report->check_count && said < SHARED_IDS_MAX; i++)
		if (is_unproven_for(&report->checks[i], report->checks[first].observed))
			fprintf(ending->file, "  %s  %s\n", said++ == 0 ? "namely  " : "        ",
				report->checks[i].id);
	if (same > said)
		fprintf(ending->file, "            and %zu more\n", same - said);
}

static void say_unproven(const struct ending *ending)
{
	const struct report *report = ending->report;

	for (size_t i = 0; i < report->check_count; i++) {
		size_t before = 0, same = 0;
		if (report->checks[i].verdict != VERDICT_UNPROVEN)
			continue;
		for (size_t j = 0; j < report->check_count && before == 0; j++)
			if (is_unproven_for(&report->checks[j], report->checks[i].observed))
				*(j < i ? &before : &same) += 1;
		if (ending->options->verbose || (before == 0 && same == 1))
			say_check(ending, &report->checks[i]);
		else if (before == 0)
			say_shared(ending, i, same);
	}
}

static void say_pass(const struct ending *ending, const struct report_check *check)
{
	fprintf(ending->file, "%spassed%s     ", paint(ending, GREEN), paint(ending, PLAIN));
	put(ending, check->id);
	fprintf(ending->file, "  %s", paint(ending, DIM));
	put(ending, check->observed);
	fprintf(ending->file, "%s\n", paint(ending, PLAIN));
}

static void say_passed(const struct ending *ending)
{
	const struct report *report = ending->report;
	size_t passed = report->counts.passed;

	if (passed > PASSED_ROWS_MAX && !ending->options->verbose) {
		fprintf(ending->file, "\n%spassed%s     %zu checks (--verbose lists them)\n", paint(ending, GREEN),
			paint(ending, PLAIN), passed);
		return;
	}
	if (passed > 0)
		fputc('\n', ending->file);
	for (size_t i = 0; i < report->check_count; i++)
		if (report->checks[i].verdict == VERDICT_PASS)
			say_pass(ending, &report->checks[i]);
}

void ending_print(const struct report *report, const struct ending_options *options)
{
	const struct ending ending = {report, options, options->file};
	cleanup_free char *verdict = report_summary(report);
	bool passed = report->exit_code == EXIT_PASSED;

	if (options->quiet && passed)
		return;
	say_all(&ending, VERDICT_FAIL);
	say_unproven(&ending);
	say_all(&ending, VERDICT_WAIVED);
	if (!options->quiet)
		say_passed(&ending);
	fprintf(ending.file, "\n%s", paint(&ending, passed ? GREEN : RED));
	put(&ending, verdict);
	fprintf(ending.file, "%s (exit code %d)\n", paint(&ending, PLAIN), report->exit_code);
	fflush(ending.file);
}

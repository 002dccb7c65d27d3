#include "report.h"

#include <stdlib.h>
#include <string.h>

#include "../../assertions/base/cleanup.h"

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

static void say_title(const struct ending *ending, enum paint color, const char *title, const char *id)
{
	fprintf(ending->file, "\n%s%-10s%s %s%s%s\n", paint(ending, color), title, paint(ending, PLAIN),
		paint(ending, BOLD), id, paint(ending, PLAIN));
}

static void say_check(const struct ending *ending, const struct report_check *check)
{
	FILE *file = ending->file;

	if (check->verdict == VERDICT_FAIL)
		say_title(ending, RED, "FAILED", check->id);
	else
		say_title(ending, YELLOW, check->verdict == VERDICT_WAIVED ? "WAIVED" : "NOT PROVEN", check->id);
	fprintf(file, "  expected  %s\n", check->expected);
	fprintf(file, "  observed  %s\n", check->observed);
	if (check->waived_because != NULL)
		fprintf(file, "  waived    %s%s%s\n", check->waived_because,
			check->waived_until != NULL ? ", until " : "",
			check->waived_until != NULL ? check->waived_until : "");
	fprintf(file, "  declared  %s:%d\n", ending->report->manifest_path, check->line);
	if (check->hint != NULL)
		fprintf(file, "  hint      %s\n", check->hint);
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
	fprintf(ending->file, "  because   %s\n", report->checks[first].observed);
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
			fprintf(ending->file, "%spassed%s     %s  %s%s%s\n", paint(ending, GREEN), paint(ending, PLAIN),
				report->checks[i].id, paint(ending, DIM), report->checks[i].observed,
				paint(ending, PLAIN));
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
	fprintf(ending.file, "\n%s%s%s (exit code %d)\n", paint(&ending, passed ? GREEN : RED), verdict,
		paint(&ending, PLAIN), report->exit_code);
	fflush(ending.file);
}

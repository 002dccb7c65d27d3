#include <jansson.h>

#include <stdlib.h>
#include <string.h>

#include "assertions/base/memory.h"
#include "assertions/stores/http/printable.h"
#include "wrapper/report/model.h"
#include "wrapper/report/report.h"

#define SIGNALS 64

static int by_text(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static int check_ids(const struct report *report, struct error *err)
{
	const char **ids = memory_array(report->check_count, sizeof(*ids));
	int result = 0;

	for (size_t i = 0; i < report->check_count; i++)
		ids[i] = report->checks[i].id;
	qsort(ids, report->check_count, sizeof(*ids), by_text);
	for (size_t i = 1; i < report->check_count && result == 0; i++)
		if (strcmp(ids[i - 1], ids[i]) == 0)
			result = error_set(err, "the check '%s' is there twice", ids[i]);
	free(ids);
	return result;
}

static struct roll_counts count(const struct report *report)
{
	struct roll_counts counts = {.declared = report->check_count};

	for (size_t i = 0; i < report->check_count; i++) {
		enum verdict verdict = report->checks[i].verdict;
		counts.passed += verdict == VERDICT_PASS;
		counts.failed += verdict == VERDICT_FAIL;
		counts.unproven += verdict == VERDICT_UNPROVEN;
		counts.waived += verdict == VERDICT_WAIVED;
	}
	return counts;
}

static int check_count(const char *what, size_t said, size_t seen, struct error *err)
{
	return said == seen ? 0 : error_set(err, "it counts %zu checks as %s, and has %zu", said, what, seen);
}

static int check_counts(const struct roll_counts *said, const struct roll_counts *seen, struct error *err)
{
	if (check_count("declared", said->declared, seen->declared, err) < 0 ||
	    check_count("passed", said->passed, seen->passed, err) < 0 ||
	    check_count("failed", said->failed, seen->failed, err) < 0 ||
	    check_count("not proven", said->unproven, seen->unproven, err) < 0)
		return -1;
	return check_count("waived", said->waived, seen->waived, err);
}

/* Of what the checks come to, signals and errors inside muster aside. */
static bool can_come_of(int code, const struct roll_counts *counts)
{
	switch (code) {
	case EXIT_PASSED:
		return counts->declared > 0 && counts->failed == 0 && counts->unproven == 0;
	case EXIT_FAILED:
	case EXIT_PREFLIGHT:
		return counts->failed > 0;
	case EXIT_UNPROVEN:
		return counts->failed == 0 && counts->unproven > 0;
	case EXIT_INTERNAL:
		return true;
	default:
		return code > EXIT_SIGNAL_BASE && code <= EXIT_SIGNAL_BASE + SIGNALS;
	}
}

int report_check_soundness(const struct report *report, struct error *err)
{
	struct roll_counts seen = count(report);

	if (check_ids(report, err) < 0 || check_counts(&report->counts, &seen, err) < 0)
		return -1;
	if (!can_come_of(report->exit_code, &seen))
		return error_set(err, "its checks do not come to the exit code %d", report->exit_code);
	if (report->passed != (report->exit_code == EXIT_PASSED))
		return error_set(err, "its verdict is '%s' and its exit code %d", report->passed ? "pass" : "fail",
				 report->exit_code);
	return 0;
}

struct report *report_of_run(const struct run *run, struct error *err)
{
	struct report *report = report_of_document(json_of_run(run), err);

	if (report == NULL)
		error_wrap(err, "the run cannot be told of");
	return report;
}

static struct report *parse(const char *text, size_t length, struct error *err)
{
	json_error_t trouble;
	json_t *document = json_loadb(text, length, JSON_REJECT_DUPLICATES, &trouble);
	struct report *report;

	if (document == NULL) {
		error_set(err, "it is not JSON: line %d: %s", trouble.line, trouble.text);
		return NULL;
	}
	report = report_of_document(document, err);
	if (report != NULL && report_check_soundness(report, err) < 0) {
		error_wrap(err, "it contradicts itself");
		report_free(report);
		return NULL;
	}
	return report;
}

struct report *report_parse(const char *text, size_t length, struct error *err)
{
	struct error problem;
	struct report *report = parse(text, length, &problem);

	/* It may repeat words of the report. */
	if (report == NULL)
		printable_copy(err->message, sizeof(err->message), problem.message);
	return report;
}

char *report_summary(const struct report *report)
{
	return report_verdict_text(report->name, &report->counts, report->exit_code, report->nothing_run);
}

char *report_other_failure(const struct report *report)
{
	char name[PROCESS_END_TEXT_MAX];

	if (report->passed || report->counts.failed + report->counts.unproven > 0)
		return NULL;
	if (report->exit_code > EXIT_SIGNAL_BASE)
		return memory_format("muster was ended by %s",
				     process_signal_name(report->exit_code - EXIT_SIGNAL_BASE, name));
	return memory_string("an error inside muster: a report that was asked for could not be written, or its own "
			     "bookkeeping does not add up");
}

double report_seconds(const struct report *report)
{
	return report->finished_ms > report->started_ms ? (double)(report->finished_ms - report->started_ms) / 1000.0
							: 0;
}

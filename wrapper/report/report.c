#include "wrapper/report/report_private.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/stores/http/printable.h"
#include "wrapper/report_table.h"

#define DECLARE(name) extern const struct report_format report_##name;
#define SIGNALS 64

REPORT_TABLE(DECLARE)

#define ROW(name) &report_##name,
const struct report_format *const report_formats[] = {REPORT_TABLE(ROW) NULL};

const enum verdict report_verdicts[REPORT_VERDICTS] = {VERDICT_PASS, VERDICT_FAIL, VERDICT_UNPROVEN, VERDICT_WAIVED};

static const struct {
	const char *name, *words;
} verdict_names[] = {
	[VERDICT_UNEVALUATED] = {"unproven", "not proven"},
	[VERDICT_UNPROVEN] = {"unproven", "not proven"},
	[VERDICT_PASS] = {"pass", "passed"},
	[VERDICT_FAIL] = {"fail", "failed"},
	[VERDICT_WAIVED] = {"waived", "waived"},
};

const struct report_format *report_format_find(const char *name)
{
	for (const struct report_format *const *format = report_formats; *format != NULL; format++)
		if (strcmp((*format)->name, name) == 0)
			return *format;
	return NULL;
}

const char *verdict_name(enum verdict verdict)
{
	return verdict_names[verdict].name;
}

const char *report_verdict_words(enum verdict verdict)
{
	return verdict_names[verdict].words;
}

size_t report_verdict_count(const struct roll_counts *counts, enum verdict verdict)
{
	return verdict == VERDICT_PASS     ? counts->passed
	       : verdict == VERDICT_FAIL   ? counts->failed
	       : verdict == VERDICT_WAIVED ? counts->waived
					   : counts->unproven;
}

void report_facts(const struct report_check *check, struct report_fact ret_facts[REPORT_FACTS_MAX])
{
	const struct report_fact all[] = {{"expected", check->expected},
					  {"observed", check->observed},
					  {"hint", check->hint},
					  {"waived", check->waived_because},
					  {"until", check->waived_until}};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i].text != NULL)
			*ret_facts++ = all[i];
	*ret_facts = (struct report_fact){NULL, NULL};
}

bool report_is_unproven_for(const struct report_check *check, const char *reason)
{
	return check->verdict == VERDICT_UNPROVEN && strcmp(check->observed, reason) == 0;
}

char *report_message(const struct roll_row *row)
{
	enum verdict verdict = row->finding.verdict;

	if (verdict == VERDICT_PASS)
		return memory_string(row->finding.observed);
	return memory_format("expected %s; %s%s", row->expected,
			     verdict == VERDICT_FAIL     ? "observed "
			     : verdict == VERDICT_WAIVED ? "waived: "
							 : "not proven: ",
			     row->finding.observed);
}

static char *passed_text(const char *name, const struct roll_counts *counts)
{
	if (counts->waived == 0)
		return memory_format("%s: pass: all %zu checks were evaluated and passed", name, counts->declared);
	return memory_format("%s: pass: of %zu checks %zu passed, %zu waived", name, counts->declared, counts->passed,
			     counts->waived);
}

char *report_verdict_text(const char *name, const struct roll_counts *counts, int exit_code, const char *nothing_run)
{
	cleanup_free char *how = NULL, *waived = NULL;

	if (exit_code == EXIT_PASSED)
		return passed_text(name, counts);
	if (exit_code > EXIT_SIGNAL_BASE) {
		char signal[PROCESS_END_TEXT_MAX];
		how = memory_format(", ended by %s", process_signal_name(exit_code - EXIT_SIGNAL_BASE, signal));
	} else if (exit_code == EXIT_INTERNAL) {
		how = memory_string(", an error inside muster");
	}
	if (counts->waived > 0)
		waived = memory_format(", %zu waived", counts->waived);
	return memory_format("%s: fail%s: of %zu checks %zu passed, %zu failed, %zu not proven%s%s%s", name,
			     how != NULL ? how : "", counts->declared, counts->passed, counts->failed, counts->unproven,
			     waived != NULL ? waived : "", nothing_run != NULL ? "; " : "",
			     nothing_run != NULL ? nothing_run : "");
}

char *report_verdict_line(const struct run *run)
{
	struct roll_counts counts = roll_count(&run->roll);

	return report_verdict_text(run->manifest->name, &counts, run_exit_code(run), run->nothing_run);
}

static int compare_texts(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static int check_ids(const struct report *report, struct error *err)
{
	const char **ids = memory_array(report->check_count, sizeof(*ids));
	int result = 0;

	for (size_t i = 0; i < report->check_count; i++)
		ids[i] = report->checks[i].id;
	qsort(ids, report->check_count, sizeof(*ids), compare_texts);
	for (size_t i = 1; i < report->check_count && result == 0; i++)
		if (strcmp(ids[i - 1], ids[i]) == 0)
			result = error_set(err, "the check '%s' is there twice", ids[i]);
	free(ids);
	return result;
}

static struct roll_counts count_checks(const struct report *report)
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

static int check_count(const char *what, size_t said, size_t counted, struct error *err)
{
	return said == counted ? 0 : error_set(err, "it counts %zu checks as %s, and has %zu", said, what, counted);
}

static int check_counts(const struct roll_counts *said, const struct roll_counts *counted, struct error *err)
{
	int result = check_count("declared", said->declared, counted->declared, err);

	for (size_t i = 0; i < REPORT_VERDICTS && result == 0; i++)
		result = check_count(report_verdict_words(report_verdicts[i]),
				     report_verdict_count(said, report_verdicts[i]),
				     report_verdict_count(counted, report_verdicts[i]), err);
	return result;
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

/* Whether it agrees with itself. */
static int check_soundness(const struct report *report, struct error *err)
{
	struct roll_counts counted = count_checks(report);

	if (check_ids(report, err) < 0 || check_counts(&report->counts, &counted, err) < 0)
		return -1;
	if (!can_come_of(report->exit_code, &counted))
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

static struct report *parse_document(const char *text, size_t length, struct error *err)
{
	json_error_t trouble;
	json_t *document = json_loadb(text, length, JSON_REJECT_DUPLICATES, &trouble);
	struct report *report;

	if (document == NULL) {
		error_set(err, "it is not JSON: line %d: %s", trouble.line, trouble.text);
		return NULL;
	}
	report = report_of_document(document, err);
	if (report != NULL && check_soundness(report, err) < 0) {
		error_wrap(err, "it contradicts itself");
		report_free(report);
		return NULL;
	}
	return report;
}

struct report *report_parse(const char *text, size_t length, struct error *err)
{
	struct error problem;
	struct report *report = parse_document(text, length, &problem);

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

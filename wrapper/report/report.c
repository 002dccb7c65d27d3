#include "wrapper/report/report.h"

#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "wrapper/report_table.h"

#define DECLARE(name) extern const struct report_format report_##name;
REPORT_TABLE(DECLARE)

#define ROW(name) &report_##name,
const struct report_format *const report_formats[] = {REPORT_TABLE(ROW) NULL};

const struct report_format *report_format_find(const char *name)
{
	for (const struct report_format *const *format = report_formats; *format != NULL; format++)
		if (strcmp((*format)->name, name) == 0)
			return *format;
	return NULL;
}

const char *verdict_name(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_PASS:
		return "pass";
	case VERDICT_FAIL:
		return "fail";
	case VERDICT_WAIVED:
		return "waived";
	case VERDICT_UNEVALUATED:
	case VERDICT_UNPROVEN:
		break;
	}
	return "unproven";
}

char *report_message(const struct roll_row *row)
{
	switch (row->finding.verdict) {
	case VERDICT_PASS:
		return memory_string(row->finding.observed);
	case VERDICT_FAIL:
		return memory_format("expected %s; observed %s", row->expected, row->finding.observed);
	case VERDICT_WAIVED:
		return memory_format("expected %s; waived: %s", row->expected, row->finding.observed);
	case VERDICT_UNEVALUATED:
	case VERDICT_UNPROVEN:
		break;
	}
	return memory_format("expected %s; not proven: %s", row->expected, row->finding.observed);
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

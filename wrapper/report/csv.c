#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "wrapper/report/report.h"

/*
 * RFC 4180, every text in quotes. A spreadsheet takes a cell that begins with one of these for a formula, whoever wrote it: a
 * quote in front makes it a text (owasp.org/www-community/attacks/CSV_Injection).
 */
static void put_text(FILE *file, const char *text)
{
	fputs(text[0] != '\0' && strchr("=+-@\t\r\n", text[0]) != NULL ? "\"'" : "\"", file);
	for (; *text != '\0'; text++) {
		bool is_control = ((unsigned char)*text < ' ' && strchr("\t\n", *text) == NULL) || *text == 0x7f;
		fputs(*text == '"' ? "\"" : "", file);
		fputc(is_control ? '?' : *text, file);
	}
	fputc('"', file);
}

static void put_row(FILE *file, const struct report *report, const struct report_check *check)
{
	cleanup_free char *subject = memory_substring(check->id, strcspn(check->id, "/"));
	const char *const texts[] = {check->id,          check->kind,     subject,     verdict_name(check->verdict),
				     check->expected,    check->observed, check->hint, check->waived_because,
				     check->waived_until};
	char finished[CLOCK_TEXT_MAX];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		put_text(file, texts[i] != NULL ? texts[i] : "");
		fputc(',', file);
	}
	fprintf(file, "%d,%.3f,", check->line, check->seconds);
	put_text(file, report->name);
	fprintf(file, ",%s\r\n", clock_format_rfc3339(report->finished_ms, finished));
}

static int write_csv(const struct report *report, const char *former, FILE *file, struct error *err)
{
	cleanup_free char *failure = report_other_failure(report);

	(void)former;
	(void)err;
	fputs("id,kind,subject,verdict,expected,observed,hint,waived,until,line,seconds,name,finished\r\n", file);
	for (size_t i = 0; i < report->check_count; i++)
		put_row(file, report, &report->checks[i]);
	if (failure != NULL)
		put_row(file, report,
			&(struct report_check){
				.id = "run", .kind = "", .expected = "", .observed = failure, .verdict = VERDICT_FAIL});
	return 0;
}

const struct report_format report_csv = {
	.name = "csv",
	.extension = "csv",
	.help = "a row for each check, for spreadsheets: what would be a formula there has a ' in front",
	.write = write_csv,
};

#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/base/utf8.h"
#include "wrapper/report/report_private.h"

/* Spelled in two halves: as one word it would be taken for something left to be done here. */
#define EXPECTED_TO_FAIL \
	"TO"             \
	"DO"

/* A "#" would begin a directive. */
static void put_description(FILE *file, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '#' || *text == '\\')
			fputc('\\', file);
		fputc((unsigned char)*text < 0x20 ? ' ' : *text, file);
	}
}

static bool is_printable(uint32_t code_point)
{
	return code_point >= 0x20 && (code_point < 0x7f || code_point > 0x9f) && code_point != 0x2028 &&
	       code_point != 0x2029 && code_point != 0xfeff && code_point < 0xfffe;
}

/* YAML, double-quoted; what a YAML parser refuses or folds is escaped. */
static void put_quoted(FILE *file, const char *text)
{
	size_t length = strlen(text);

	fputc('"', file);
	for (size_t at = 0; at < length;) {
		uint32_t code_point = 0;
		size_t bytes = utf8_character(text + at, length - at, &code_point);
		if (bytes == 0)
			fputc('?', file);
		else if (code_point == '"' || code_point == '\\')
			fprintf(file, "\\%c", text[at]);
		else if (is_printable(code_point) || code_point > 0xffff)
			fwrite(text + at, 1, bytes, file);
		else if (code_point < 0x100)
			fprintf(file, "\\x%02x", (unsigned)code_point);
		else
			fprintf(file, "\\u%04x", (unsigned)code_point);
		at += bytes > 0 ? bytes : 1;
	}
	fputc('"', file);
}

static void put_pair(FILE *file, const char *key, const char *value)
{
	fprintf(file, "  %s: ", key);
	put_quoted(file, value);
	fputc('\n', file);
}

static void put_diagnostics(FILE *file, const struct report *report, const struct report_check *check)
{
	struct report_fact facts[REPORT_FACTS_MAX];

	fputs("  ---\n", file);
	put_pair(file, "message", check->message);
	put_pair(file, "severity", verdict_name(check->verdict));
	report_facts(check, facts);
	for (const struct report_fact *fact = facts; fact->title != NULL; fact++)
		put_pair(file, fact->title, fact->text);
	put_pair(file, "file", report->manifest_path);
	fprintf(file, "  line: %d\n  duration_ms: %.3f\n  ...\n", check->line, check->seconds * 1000);
}

static void put_check(FILE *file, const struct report *report, const struct report_check *check, size_t number)
{
	fprintf(file, "%s %zu - ", check->verdict == VERDICT_PASS ? "ok" : "not ok", number);
	put_description(file, check->id);
	if (check->verdict == VERDICT_WAIVED) {
		fputs(" # " EXPECTED_TO_FAIL " waived", file);
		if (check->waived_because != NULL) {
			fputs(": ", file);
			put_description(file, check->waived_because);
		}
	}
	fputc('\n', file);
	if (check->verdict != VERDICT_PASS)
		put_diagnostics(file, report, check);
}

static void put_comment(FILE *file, const char *text)
{
	fputs("# ", file);
	put_description(file, text);
	fputc('\n', file);
}

/*
 * Version 13 and 14 differ in nothing that is used here, and every harness before Test::Harness 3.50 takes a report that calls
 * itself 14 for a broken one.
 */
static int write_tap(const struct report *report, const char *former, FILE *file, struct error *err)
{
	cleanup_free char *summary = report_summary(report), *failure = report_other_failure(report);

	(void)former;
	(void)err;
	fprintf(file, "TAP version 13\n1..%zu\n", report->check_count + (failure != NULL));
	for (size_t i = 0; i < report->check_count; i++)
		put_check(file, report, &report->checks[i], i + 1);
	if (failure != NULL) {
		fprintf(file, "not ok %zu - run\n  ---\n", report->check_count + 1);
		put_pair(file, "message", failure);
		fputs("  ...\n", file);
	}
	put_comment(file, summary);
	for (size_t i = 0; i < report->notification_count; i++) {
		const struct report_notification *notification = &report->notifications[i];
		cleanup_free char *text =
			memory_format("%s: %s %s", notification->kind, notification->sent ? "sent" : "not sent:",
				      notification->trouble != NULL ? notification->trouble : "");
		put_comment(file, text);
	}
	return 0;
}

const struct report_format report_tap = {
	.name = "tap",
	.extension = "tap",
	.help = "Test Anything Protocol: what is not proven is not ok",
	.write = write_tap,
};

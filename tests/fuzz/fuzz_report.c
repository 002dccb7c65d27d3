/* Any text is a sound report or is refused with a reason; what is one can be rendered in every format, and read again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wrapper/report/report.h"

static void check_pass(const struct report *report)
{
	for (size_t i = 0; i < report->check_count; i++)
		if (report->checks[i].verdict != VERDICT_PASS && report->checks[i].verdict != VERDICT_WAIVED)
			abort();
	if (report->check_count == 0 || report->exit_code != EXIT_PASSED)
		abort();
}

/* Control characters belong to no format; a tab and a line break do, which RFC 4180 wants to be CR LF. */
static void check_text(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] < 0x20 && text[i] != '\n' && text[i] != '\t' &&
		    !(text[i] == '\r' && i + 1 < length && text[i + 1] == '\n'))
			abort();
}

static void read_again(const char *text, size_t length, const struct report *before)
{
	struct error err;
	struct report *report = report_parse(text, length, &err);

	if (report == NULL || report->passed != before->passed || report->check_count != before->check_count)
		abort();
	report_free(report);
}

static void render(const struct report *report, const struct report_format *format)
{
	struct error err;
	char *text = NULL;
	size_t length = 0;
	FILE *file = open_memstream(&text, &length);

	if (format->write(report, NULL, file, &err) < 0)
		abort();
	fclose(file);
	if (strcmp(format->name, "json") == 0)
		read_again(text, length, report);
	else if (strcmp(format->name, "prometheus") != 0)
		check_text(text, length);
	free(text);
}

static void print(const struct report *report)
{
	char *text = NULL;
	size_t length = 0;
	FILE *file = open_memstream(&text, &length);
	const struct human_options options = {file, false, report->check_count % 2 == 0, false};

	human_print(report, &options);
	fclose(file);
	check_text(text, length);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct error err = {""};
	struct report *report = report_parse((const char *)data, size, &err);

	if (report == NULL) {
		if (err.message[0] == '\0')
			abort();
		check_text(err.message, strlen(err.message));
		return 0;
	}
	if (report->passed)
		check_pass(report);
	for (const struct report_format *const *format = report_formats; *format != NULL; format++)
		render(report, *format);
	print(report);
	report_free(report);
	return 0;
}

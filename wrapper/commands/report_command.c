#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../assertions/base/cleanup.h"
#include "../command.h"
#include "../report/report.h"
#include "../roll.h"
#include "report_history.h"

#define BLOCK_BYTES 65536

static int read_whole(const char *path, struct buffer *text, struct error *err)
{
	bool is_stdin = strcmp(path, "-") == 0;
	cleanup_file FILE *opened = is_stdin ? NULL : fopen(path, "re");
	FILE *file = is_stdin ? stdin : opened;
	char block[BLOCK_BYTES];
	size_t length;

	if (file == NULL)
		return error_set(err, "cannot read '%s': %s", path, strerror(errno));
	while (!text->truncated && (length = fread(block, 1, sizeof(block), file)) > 0)
		buffer_append(text, block, length);
	if (text->truncated)
		return error_set(err, "'%s' is no report: it has more than %zu bytes", path, REPORT_BYTES_MAX);
	return ferror(file) ? error_set(err, "cannot read '%s': %s", path, strerror(errno)) : 0;
}

static void print_human(const struct report *report, const struct command_options *options)
{
	const struct ending_options how = {stdout, options->quiet, options->verbose,
					   options->color == 1 || (options->color < 0 && isatty(STDOUT_FILENO))};

	ending_print(report, &how);
}

static int render(const struct report *report, const struct command_options *options)
{
	struct error err;
	int code = EXIT_PASSED;

	if (options->report_count == 0)
		print_human(report, options);
	if (ferror(stdout))
		return EXIT_INTERNAL;
	for (size_t i = 0; i < options->report_count; i++) {
		if (report_write(options->reports[i].format, report, options->reports[i].path, &err) == 0)
			continue;
		fprintf(stderr, "muster: %s\n", err.message);
		code = EXIT_INTERNAL;
	}
	return code;
}

static int report_command(const struct command_options *options)
{
	const char *path = options->arguments[0];
	cleanup_buffer struct buffer text = {0};
	struct error err;
	struct report *report;

	if (options->history != NULL)
		return report_history(options);
	buffer_init(&text, REPORT_BYTES_MAX);
	if (read_whole(path, &text, &err) < 0) {
		fprintf(stderr, "muster: report: %s\n", err.message);
		return EXIT_USAGE;
	}
	report = report_parse(text.data, text.length, &err);
	if (report == NULL) {
		fprintf(stderr, "muster: report: '%s' is not a sound report: %s\n", path, err.message);
		return EXIT_MANIFEST;
	}
	int code = render(report, options);
	report_free(report);
	return code;
}

const struct command command_report = {
	.name = "report",
	.arguments = "FILE",
	.help = "render a JSON report in other formats, or for people (0: it was rendered, not: it passed); with "
		"--history STORE: the "
		"trend of those that a manifest put into a store",
	.arguments_min = 1,
	.arguments_max = 1,
	.run = report_command,
};

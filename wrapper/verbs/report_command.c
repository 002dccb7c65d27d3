#include <stdio.h>
#include <unistd.h>

#include "wrapper/command.h"
#include "wrapper/report/report.h"
#include "wrapper/roll.h"
#include "wrapper/verbs/report_history.h"
#include "wrapper/verbs/report_load.h"

static void print_human(const struct report *report, const struct command_options *options)
{
	const struct human_options how = {stdout, options->quiet, options->verbose,
					  options->color == 1 || (options->color < 0 && isatty(STDOUT_FILENO))};

	human_print(report, &how);
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
	struct error err;
	struct report *report;
	int code;

	if (options->history != NULL)
		return report_history(options);
	code = report_load(options->arguments[0], &report, &err);
	if (code != EXIT_PASSED) {
		fprintf(stderr, "muster: report: %s\n", err.message);
		return code;
	}
	code = render(report, options);
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

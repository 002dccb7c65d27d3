#include "command.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "../assertions/base/secrets.h"
#include "../assertions/base/suggest.h"
#include "process/supervise.h"
#include "report/report.h"
#include "roll.h"

const struct command *const commands[] = {
	&command_run,    &command_verify,  &command_probe,  &command_lint, &command_plan, &command_learn,
	&command_schema, &command_explain, &command_report, NULL,
};

enum option_code {
	OPTION_VAR = 256,
	OPTION_REPORT,
	OPTION_COLOR,
	OPTION_VERSION,
	OPTION_STRICT,
	OPTION_MARKDOWN,
	OPTION_FORMAT,
	OPTION_DEADLINE,
	OPTION_DIFF,
	OPTION_NO_WEAKER,
	OPTION_HISTORY,
	OPTION_OUTPUT,
	OPTION_OVERWRITE,
	OPTION_ENDPOINT,
	OPTION_REGION
};

static const struct option long_options[] = {
	{"var", required_argument, NULL, OPTION_VAR},
	{"report", required_argument, NULL, OPTION_REPORT},
	{"quiet", no_argument, NULL, 'q'},
	{"verbose", no_argument, NULL, 'v'},
	{"color", required_argument, NULL, OPTION_COLOR},
	{"strict", no_argument, NULL, OPTION_STRICT},
	{"markdown", no_argument, NULL, OPTION_MARKDOWN},
	{"format", required_argument, NULL, OPTION_FORMAT},
	{"diff", required_argument, NULL, OPTION_DIFF},
	{"no-weaker", no_argument, NULL, OPTION_NO_WEAKER},
	{"history", required_argument, NULL, OPTION_HISTORY},
	{"output", required_argument, NULL, OPTION_OUTPUT},
	{"overwrite", no_argument, NULL, OPTION_OVERWRITE},
	{"endpoint", required_argument, NULL, OPTION_ENDPOINT},
	{"region", required_argument, NULL, OPTION_REGION},
	{"deadline", required_argument, NULL, OPTION_DEADLINE},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, OPTION_VERSION},
	{0},
};

static void print_help(FILE *file)
{
	fprintf(file, "muster takes a roll call of a backup: it runs the steps that a manifest declares, looks for\n"
		      "itself at everything they should have left behind, and exits 0 only when every declared\n"
		      "check was evaluated and passed.\n\n"
		      "Usage: muster VERB [OPTIONS] [ARGUMENTS]\n\nVerbs:\n");
	for (const struct command *const *command = commands; *command != NULL; command++)
		fprintf(file, "  %-8s %-12s %s\n", (*command)->name, (*command)->arguments, (*command)->help);
	fprintf(file,
		"\nOptions:\n"
		"  --var NAME=VALUE       set or override a variable of the manifest's 'vars' (repeatable)\n"
		"  --report FORMAT=PATH   write a report when the run is over; '-' is standard output (repeatable)\n"
		"  --quiet, -q            print nothing but what is wrong\n"
		"  --verbose, -v          print every row of the roll\n"
		"  --color WHEN           auto, always or never; NO_COLOR is respected\n"
		"  --strict               lint: warnings count as errors\n"
		"  --diff OLD             plan: what has changed since the manifest OLD\n"
		"  --no-weaker            plan: exit with 1 where a change weakens or drops a check\n"
		"  --output FILE          learn: where the draft goes, instead of to standard output\n"
		"  --overwrite            learn: an output that is there already is replaced\n"
		"  --endpoint URL         learn: where s3://BUCKET/PREFIX lies, where the environment does not say\n"
		"  --region REGION        learn: the same for its region\n"
		"  --history STORE        report: the trend of the reports that a manifest put into a store\n"
		"  --deadline DURATION    probe: when it must be over (30s)\n"
		"  --format NAME          lint: human, json, github or sarif\n"
		"  --help, -h             this text; 'muster explain' is the reference\n"
		"  --version              the version\n\nReport formats:\n");
	for (const struct report_format *const *format = report_formats; *format != NULL; format++)
		fprintf(file, "  %-10s %s\n", (*format)->name, (*format)->help);
	fprintf(file, "\nExit codes: 0 passed, 1 failed, 2 wrong command line, 3 manifest not valid, 4 a store or "
		      "preflight check\n"
		      "failed and nothing was run, 5 something could not be proven, 70 an error inside muster, 128+N "
		      "signal N.\n");
}

static int usage_error(const char *suggestion, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int usage_error(const char *suggestion, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "muster: ");
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	if (suggestion != NULL)
		fprintf(stderr, "; did you mean '%s'?", suggestion);
	fprintf(stderr, "\nTry 'muster --help'.\n");
	return -1;
}

static const struct command *find_command(const char *name)
{
	const char *names[32];
	size_t count = 0;

	for (; commands[count] != NULL; count++) {
		if (strcmp(commands[count]->name, name) == 0)
			return commands[count];
		names[count] = commands[count]->name;
	}
	usage_error(suggest_nearest(name, names, count), "there is no verb '%s'", name);
	return NULL;
}

static int unknown_format(const char *name)
{
	const char *names[32];
	size_t count = 0;

	for (; report_formats[count] != NULL; count++)
		names[count] = report_formats[count]->name;
	return usage_error(suggest_nearest(name, names, count), "there is no report format '%s'", name);
}

static int take_report(struct command_options *options, const char *value)
{
	const char *equals = strchr(value, '=');
	char name[32];

	if (equals == NULL || equals == value || equals[1] == '\0' || (size_t)(equals - value) >= sizeof(name))
		return usage_error(NULL, "--report takes FORMAT=PATH, such as json=report.json, not '%s'", value);
	memcpy(name, value, (size_t)(equals - value));
	name[equals - value] = '\0';
	for (size_t i = 0; i < options->report_count; i++)
		if (strcmp(options->reports[i].path, equals + 1) == 0)
			return usage_error(NULL, "two reports cannot go to one place, '%s'", equals + 1);
	if (options->report_count == COMMAND_REPORTS_MAX)
		return usage_error(NULL, "more than 16 reports, with '%s'", value);
	struct report_request *request = &options->reports[options->report_count++];
	*request = (struct report_request){report_format_find(name), equals + 1};
	return request->format != NULL ? 0 : unknown_format(name);
}

static int take_var(struct command_options *options, const char *value)
{
	if (strchr(value, '=') == NULL || value[0] == '=')
		return usage_error(NULL, "--var takes NAME=VALUE, not '%s'", value);
	if (options->var_count == COMMAND_VARS_MAX)
		return usage_error(NULL, "more than 256 variables, with '%s'", value);
	options->vars[options->var_count++] = value;
	return 0;
}

static int take_color(struct command_options *options, const char *value)
{
	static const char *const names[] = {"never", "always", "auto"};

	for (int i = 0; i < 3; i++)
		if (strcmp(value, names[i]) == 0) {
			options->color = i == 2 ? -1 : i;
			return 0;
		}
	return usage_error(suggest_nearest(value, names, 3), "--color takes auto, always or never, not '%s'", value);
}

static int unknown_option(char **argv)
{
	const char *names[sizeof(long_options) / sizeof(long_options[0])];
	const char *written = argv[optind - 1];
	size_t count = 0;

	for (; long_options[count].name != NULL; count++)
		names[count] = long_options[count].name;
	return usage_error(suggest_nearest(written + strspn(written, "-"), names, count),
			   "'%s' is no option, or lacks its value", written);
}

static int take_option(struct command_options *options, int code, char **argv)
{
	switch (code) {
	case OPTION_VAR:
		return take_var(options, optarg);
	case OPTION_REPORT:
		return take_report(options, optarg);
	case OPTION_COLOR:
		return take_color(options, optarg);
	case 'q':
		options->quiet = true;
		return 0;
	case 'v':
		options->verbose = true;
		return 0;
	case OPTION_STRICT:
		options->strict = true;
		return 0;
	case OPTION_MARKDOWN:
		options->markdown = true;
		return 0;
	case OPTION_DIFF:
		options->diff = optarg;
		return 0;
	case OPTION_NO_WEAKER:
		options->no_weaker = true;
		return 0;
	case OPTION_OUTPUT:
		options->output = optarg;
		return 0;
	case OPTION_OVERWRITE:
		options->overwrite = true;
		return 0;
	case OPTION_ENDPOINT:
		options->endpoint = optarg;
		return 0;
	case OPTION_REGION:
		options->region = optarg;
		return 0;
	case OPTION_HISTORY:
		options->history = optarg;
		return 0;
	case OPTION_DEADLINE:
		options->deadline = optarg;
		return 0;
	case OPTION_FORMAT:
		options->format = optarg;
		return 0;
	default:
		return unknown_option(argv);
	}
}

/* 0: go on; 1: done (help, version); -1: wrong. */
static int parse(int argc, char **argv, struct command_options *options)
{
	int code;

	opterr = 0;
	options->color = getenv("NO_COLOR") != NULL && getenv("NO_COLOR")[0] != '\0' ? 0 : -1;
	while ((code = getopt_long(argc, argv, "qvh", long_options, NULL)) != -1) {
		if (code == 'h') {
			print_help(stdout);
			return 1;
		}
		if (code == OPTION_VERSION) {
			printf("muster %s\n", MUSTER_VERSION);
			return 1;
		}
		if (take_option(options, code, argv) < 0)
			return -1;
	}
	return 0;
}

static int run_verb(int argc, char **argv, struct command_options *options)
{
	const struct command *command;

	if (optind == argc) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	command = find_command(argv[optind]);
	if (command == NULL)
		return EXIT_USAGE;
	options->arguments = (const char *const *)argv + optind + 1;
	options->argument_count = (size_t)(argc - optind - 1);
	if (options->argument_count < command->arguments_min || options->argument_count > command->arguments_max) {
		fprintf(stderr, "muster: %s takes %s, not %zu argument%s\nTry 'muster --help'.\n", command->name,
			command->arguments[0] != '\0' ? command->arguments : "no arguments", options->argument_count,
			options->argument_count == 1 ? "" : "s");
		return EXIT_USAGE;
	}
	return command->run(options);
}

/*
 * Credentials are in muster's memory. Being dumpable comes back to children when they are executed; that a core file
 * is wanted a step may say again, as in any shell ("ulimit -c").
 */
static void forbid_core_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_CORE, &limit) == 0) {
		limit.rlim_cur = 0;
		setrlimit(RLIMIT_CORE, &limit);
	}
#ifndef __SANITIZE_ADDRESS__
	prctl(PR_SET_DUMPABLE, 0);
#endif
}

int main(int argc, char **argv)
{
	static struct command_options options;
	int parsed = parse(argc, argv, &options), code;

	if (parsed != 0)
		return parsed > 0 ? EXIT_PASSED : EXIT_USAGE;
	forbid_core_files();
	if (supervise_begin() < 0) {
		fprintf(stderr, "muster: signals and children cannot be supervised\n");
		return EXIT_INTERNAL;
	}
	code = run_verb(argc, argv, &options);
	supervise_end_all(0);
	secrets_forget_all();
	/* Nothing that was printed may be lost without a sign; that a reader has gone away is no fault of the backup. */
	if (fflush(stdout) != 0 && code == EXIT_PASSED && options.report_count > 0)
		code = EXIT_INTERNAL;
	return code;
}

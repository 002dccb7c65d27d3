#include "wrapper/command.h"

#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "assertions/base/memory.h"
#include "assertions/base/secrets.h"
#include "assertions/base/suggest.h"
#include "assertions/bytes/digest.h"
#include "assertions/stores/http/http.h"
#include "wrapper/process/supervise.h"
#include "wrapper/report/console.h"
#include "wrapper/report/last_words.h"
#include "wrapper/report/report.h"
#include "wrapper/roll.h"

/* THE table of verbs, in the order of --help. */
#define COMMAND_TABLE(X) \
	X(run) X(verify) X(probe) X(lint) X(plan) X(learn) X(schema) X(explain) X(report) X(completion) X(install)

#define DECLARE(name) extern const struct command command_##name;
COMMAND_TABLE(DECLARE)

#define ROW(name) &command_##name,
const struct command *const commands[] = {COMMAND_TABLE(ROW) NULL};

static void print_help(FILE *file)
{
	fprintf(file, "muster takes a roll call of a backup: it runs the steps that a manifest declares, looks for\n"
		      "itself at everything they should have left behind, and exits 0 only when every declared\n"
		      "check was evaluated and passed.\n\n"
		      "Usage: muster VERB [OPTIONS] [ARGUMENTS]\n\nVerbs:\n");
	for (const struct command *const *command = commands; *command != NULL; command++)
		fprintf(file, "  %-10s %-12s %s\n", (*command)->name, (*command)->arguments, (*command)->help);
	fprintf(file, "\nOptions:\n");
	options_print(file, NULL);
	fprintf(file, "\nReport formats:\n");
	for (const struct report_format *const *format = report_formats; *format != NULL; format++)
		fprintf(file, "  %-10s %s\n", (*format)->name, (*format)->help);
	fprintf(file, "\nExit codes: 0 passed, 1 failed, 2 wrong command line, 3 manifest not valid, 4 a store or "
		      "preflight check\n"
		      "failed and nothing was run, 5 something could not be proven, 70 an error inside muster, 128+N "
		      "signal N.\n");
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
	/* What it is called elsewhere. */
	options_error(strcmp(name, "validate") == 0 || strcmp(name, "check") == 0 ? "lint"
										  : suggest_nearest(name, names, count),
		      "there is no verb '%s'", name);
	return NULL;
}

static int print_help_of(const char *verb)
{
	const struct command *command;

	if (verb == NULL) {
		print_help(stdout);
		return EXIT_PASSED;
	}
	command = find_command(verb);
	if (command == NULL)
		return EXIT_USAGE;
	printf("Usage: muster %s [OPTIONS]%s%s\n\n%s\n\nOptions:\n", command->name,
	       command->arguments[0] != '\0' ? " " : "", command->arguments, command->help);
	options_print(stdout, command->name);
	printf("\n'muster --help' lists the verbs, the formats of reports and the exit codes.\n");
	return EXIT_PASSED;
}

static int print_version(void)
{
	printf("muster %s\n", MUSTER_VERSION);
	return EXIT_PASSED;
}

static int run_verb(int argc, char **argv, struct command_options *options)
{
	const struct command *command;

	if (optind == argc) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[optind], "help") == 0)
		return print_help_of(argv[optind + 1]);
	if (strcmp(argv[optind], "version") == 0)
		return print_version();
	command = find_command(argv[optind]);
	if (command == NULL || options_check(options, command->name) < 0)
		return EXIT_USAGE;
	options->arguments = (const char *const *)argv + optind + 1;
	options->argument_count = (size_t)(argc - optind - 1);
	if (options->argument_count < command->arguments_min || options->argument_count > command->arguments_max) {
		fprintf(stderr, "muster: %s takes %s, not %zu argument%s\nTry 'muster --help'.\n", command->name,
			command->arguments[0] != '\0' ? command->arguments : "no arguments", options->argument_count,
			options->argument_count == 1 ? "" : "s");
		return EXIT_USAGE;
	}
	if (command->unattended) {
		last_words_begin(options->reports, options->report_count);
		console_begin();
		/* Before anything is run: what fails in it leaves nothing behind. */
		http_prepare();
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

/* libcurl, expat and PCRE2 are told where they are begun. */
static void take_memory_as_ours(void)
{
	digest_begin();
	json_set_alloc_funcs(memory_take, free);
}

/* A pipe's reader. */
static bool is_reader_gone(void)
{
	struct pollfd output = {.fd = STDOUT_FILENO, .events = POLLOUT};

	return poll(&output, 1, 0) > 0 && (output.revents & (POLLERR | POLLHUP)) != 0;
}

/* What a verb was asked to print is not lost without a sign; that a reader has gone away is no fault of it. */
static int end_of_output(int code)
{
	errno = 0;
	if ((ferror(stdout) | fflush(stdout)) == 0 || errno == EPIPE || is_reader_gone())
		return code;
	fprintf(stderr, "muster: cannot write to standard output: %s\n",
		errno != 0 ? strerror(errno) : "some of it was not taken");
	if (code != EXIT_PASSED)
		return code;
	last_words_say();
	return EXIT_INTERNAL;
}

int main(int argc, char **argv)
{
	static struct command_options options;
	int code;

	/* First of all: a signal that comes before is the kernel's to answer, and as process 1 it would be lost. */
	bool is_supervised = supervise_begin() == 0;
	forbid_core_files();
	take_memory_as_ours();
	switch (options_parse(argc, argv, &options)) {
	case OPTIONS_WRONG:
		return EXIT_USAGE;
	case OPTIONS_HELP:
		return print_help_of(argv[optind]);
	case OPTIONS_VERSION:
		return print_version();
	default:
		break;
	}
	if (!is_supervised) {
		fprintf(stderr, "muster: signals and children cannot be supervised\n");
		last_words_begin(options.reports, options.report_count);
		last_words_say();
		return EXIT_INTERNAL;
	}
	code = run_verb(argc, argv, &options);
	supervise_end_all(0);
	secrets_forget_all();
	if (!console_finish()) {
		fprintf(stderr, "muster: nobody read the end of what it printed (exit code %d)\n", code);
		console_finish();
	}
	return end_of_output(code);
}

/*
 * The command line: one table of verbs (a const struct in a file of verbs/, and its name in main.c, for each), and one of options
 * (options.c), which main() reads them by and --help, the manual page and the shells' completions tell of.
 */
#ifndef MUSTER_COMMAND_H
#define MUSTER_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define COMMAND_REPORTS_MAX 16
#define COMMAND_VARS_MAX 256

struct report_request {
	const struct report_format *format;
	const char *path;
};

struct command_options { /* the common options, and the ones that a verb names in `options` */
	const char *vars[COMMAND_VARS_MAX];
	size_t var_count;
	struct report_request reports[COMMAND_REPORTS_MAX];
	size_t report_count;
	bool quiet, verbose, strict;
	int color; /* 1 always, 0 never, -1 auto */
	bool markdown; /* explain */
	const char *man; /* explain: the manual page; NULL */
	const char *from; /* explain: a JSON report; NULL */
	const char *format; /* lint; NULL */
	const char *deadline; /* probe; NULL */
	int64_t grace_ms; /* from the signal that tells muster to end until it is over; 0: not said */
	const char *diff; /* plan: the manifest as it was; NULL */
	bool no_weaker; /* plan */
	const char *output; /* learn: the file that the draft is written to; NULL: standard output */
	bool overwrite; /* learn */
	const char *endpoint, *region; /* learn: of the bucket; NULL */
	bool sample; /* verify */
	const char *history; /* report: a store's name; NULL */
	uint64_t given; /* rows of the table that were given, a bit each (options.c) */
	int64_t until_ms; /* by the monotonic clock, when it is over; 0: never */
	const char *const *arguments; /* what is left */
	size_t argument_count;
};

struct command {
	const char *name;
	const char *arguments; /* "MANIFEST", "[WORD]" */
	const char *help;
	size_t arguments_min, arguments_max;
	int (*run)(const struct command_options *options); /* an enum exit_code */
	bool unattended; /* nobody may be there to read: what it prints must not hold it up */
};

extern const struct command *const commands[]; /* ended by NULL */

struct command_option {
	const char *name; /* "report" */
	char letter; /* 'q'; 0 where it has none */
	const char *value; /* what it takes: "FORMAT=PATH"; NULL: nothing */
	const char *choices; /* all that it takes, with spaces between; NULL where that is free */
	const char *verbs; /* those that it is for, "run verify"; NULL: all */
	const char *help;
	size_t offset; /* of a bool or a text in struct command_options, for those without take() */
	int (*take)(struct command_options *options, const char *value);
};

#define OPTIONS_MAX 64

extern const struct command_option command_options[]; /* ended by a NULL name */

enum options_outcome { OPTIONS_READ, OPTIONS_WRONG, OPTIONS_HELP, OPTIONS_VERSION };

/* Fills the struct; optind is then the verb's. What is wrong has been said. */
enum options_outcome options_parse(int argc, char **argv, struct command_options *ret_options);

bool option_is_for(const struct command_option *option, const char *verb);

/* Whether the verb has all that were given; where not, that has been said, and which verb does: -1. */
int options_check(const struct command_options *options, const char *verb);

/* For --help: of one verb, NULL: of all. */
void options_print(FILE *file, const char *verb);

/* Words up to the width: the first at the column that its line has come to, each line after that one indented. */
void options_print_wrapped(FILE *file, int column, int indent, int width, const char *text);

/* Says on standard error what is wrong with the command line; -1. The suggestion may be NULL. */
int options_error(const char *suggestion, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif

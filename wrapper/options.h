/*
 * The command line's options: one table, which main() reads them by and --help, the manual page and the shells' completions
 * tell of.
 */
#ifndef MUSTER_OPTIONS_H
#define MUSTER_OPTIONS_H

#include <stdio.h>

#include "wrapper/command.h"

struct command_option {
	const char *name;               /* "report" */
	char letter;                    /* 'q'; 0 where it has none */
	const char *value;              /* what it takes: "FORMAT=PATH"; NULL: nothing */
	const char *verbs;              /* those that it is for, "run verify"; NULL: all */
	const char *help;
	size_t offset;                  /* of a bool or a text in struct command_options, for those without take() */
	int (*take)(struct command_options *options, const char *value);
};

#define OPTIONS_MAX 64

extern const struct command_option command_options[];           /* ended by a NULL name */

enum options_outcome { OPTIONS_READ, OPTIONS_WRONG, OPTIONS_HELP, OPTIONS_VERSION };

/* Fills the struct; optind is then the verb's. What is wrong has been said. */
enum options_outcome options_parse(int argc, char **argv, struct command_options *ret_options);

bool option_is_for(const struct command_option *option, const char *verb);

/* Whether the verb has all that were given; where not, that has been said, and which verb does: -1. */
int options_check(const struct command_options *options, const char *verb);

/* For --help: of one verb, NULL: of all. */
void options_print(FILE *file, const char *verb);

/* Says on standard error what is wrong with the command line; -1. The suggestion may be NULL. */
int options_error(const char *suggestion, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif

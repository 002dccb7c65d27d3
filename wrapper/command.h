/* One table of verbs: a const struct in a file of verbs/, and its name in main.c, for each. */
#ifndef MUSTER_COMMAND_H
#define MUSTER_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COMMAND_REPORTS_MAX 16
#define COMMAND_VARS_MAX 256

struct report_request {
	const struct report_format *format;
	const char *path;
};

struct command_options {                /* the common options, and the ones that a verb names in `options` */
	const char *vars[COMMAND_VARS_MAX];
	size_t var_count;
	struct report_request reports[COMMAND_REPORTS_MAX];
	size_t report_count;
	bool quiet, verbose, strict;
	int color;                      /* 1 always, 0 never, -1 auto */
	bool markdown;                  /* explain */
	const char *man;                /* explain: the manual page; NULL */
	const char *from;               /* explain: a JSON report; NULL */
	const char *format;             /* lint; NULL */
	const char *deadline;           /* probe; NULL */
	int64_t grace_ms;               /* from the signal that tells muster to end until it is over; 0: not said */
	const char *diff;               /* plan: the manifest as it was; NULL */
	bool no_weaker;                 /* plan */
	const char *output;             /* learn: the file that the draft is written to; NULL: standard output */
	bool overwrite;                 /* learn */
	const char *endpoint, *region;  /* learn: of the bucket; NULL */
	bool sample;                    /* verify */
	const char *history;            /* report: a store's name; NULL */
	uint64_t given;                 /* rows of the table that were given, a bit each (options.c) */
	int64_t until_ms;               /* by the monotonic clock, when it is over; 0: never */
	const char *const *arguments;   /* what is left */
	size_t argument_count;
};

struct command {
	const char *name;
	const char *arguments;          /* "MANIFEST", "[WORD]" */
	const char *help;
	size_t arguments_min, arguments_max;
	int (*run)(const struct command_options *options);      /* an enum exit_code */
	bool unattended;                /* nobody may be there to read: what it prints must not hold it up */
};

extern const struct command *const commands[];          /* ended by NULL */

#endif

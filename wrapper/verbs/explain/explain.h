/*
 * The tables of the manifest's words, walked (reference.c): what `muster explain`, the manual pages, examples/REFERENCE.md and the shells'
 * completions are made of; and each of the forms that `explain` gives them.
 */
#ifndef MUSTER_VERBS_EXPLAIN_EXPLAIN_H
#define MUSTER_VERBS_EXPLAIN_EXPLAIN_H

#include "assertions/checks/assertion.h"
#include "wrapper/command.h"

#define REFERENCE_RECORDS_MAX 256
#define REFERENCE_PATH_MAX 128

struct reference_record { /* a mapping of the manifest */
	char path[REFERENCE_PATH_MAX]; /* where it stands: "", "stores.NAME", "steps.retry", "archive.members" */
	const struct record *record;
	const struct assertion_kind *kind; /* whose parameters these are, or lie in; NULL for the fixed words */
};

struct reference {
	struct reference_record records[REFERENCE_RECORDS_MAX];
	size_t count;
};

/*
 * Every record, outermost first: the fixed words, then kind by kind. What is used in several places is there once, but for
 * the outermost record of a kind, which is there for each.
 */
struct reference *reference_new(void);
void reference_free(struct reference *reference);

struct reference_note {
	const char *name;
	const char *text; /* sentences */
	const char *example; /* NULL */
};

extern const struct reference_note reference_values[]; /* "size", "pattern", "variables", ...; ended by NULL */
extern const struct reference_note reference_exit_codes[]; /* "0", ..., "128+N" */

/* "a size, required": what may stand there. */
#define REFERENCE_VALUE_MAX 512
const char *reference_value(const struct record *record, const struct parameter *parameter,
			    char text[REFERENCE_VALUE_MAX]);

/* The outermost record of a kind that judges the subject. */
bool reference_is_kind_on(const struct reference_record *record, enum subject subject);

/* Those that may stand alone in place of their mapping: "'path' and 'key'". */
void reference_list_alone(const struct record *record, char quote, struct buffer *out);

/* A kind that can be written in a manifest. */
bool reference_is_written(const struct assertion_kind *kind);

/*
 * Everything that is known by a name: words, kinds, how values are written, exit codes, warnings of 'lint'. Sorted, each once; gives
 * how many. They live as long as the program.
 */
#define REFERENCE_NAMES_MAX 2048
size_t reference_names(const struct reference *reference, const char *ret_names[REFERENCE_NAMES_MAX]);

/* The whole reference as Markdown, to standard output: examples/REFERENCE.md. */
void explain_markdown(const struct reference *reference);

/* "muster" or "muster.yaml", a manual page in mdoc(7), to standard output. */
void explain_man(const struct reference *reference, const char *page);

/*
 * `muster explain ID`: one check of the last report, "step:dump/exit": what it expects, what was seen, what to do. An enum exit_code.
 *
 * The report is the one of --from; else the one that MUSTER_REPORT names; else ./report.json. Where there is none of the last
 * two the parts of the id are explained.
 */
int explain_check(const char *id, const struct command_options *options);

/* "step:...", "artifact:...": a word is an id or it is none. */
bool explain_check_is_id(const char *word);

#endif

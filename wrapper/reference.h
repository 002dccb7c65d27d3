/*
 * The tables of the manifest's words, walked: what `explain`, `schema` and examples/REFERENCE.md are made of.
 */
#ifndef MUSTER_REFERENCE_H
#define MUSTER_REFERENCE_H

#include "assertions/checks/assertion.h"

#define REFERENCE_RECORDS_MAX 256
#define REFERENCE_PATH_MAX 128

struct reference_record {               /* a mapping of the manifest */
	char path[REFERENCE_PATH_MAX];  /* where it stands: "", "stores.NAME", "steps.retry", "archive.members" */
	const struct record *record;
	const struct assertion_kind *kind;      /* whose parameters these are, or lie in; NULL for the fixed words */
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
	const char *text;               /* sentences */
	const char *example;            /* NULL */
};

extern const struct reference_note reference_values[];          /* "size", "pattern", "variables", ...; ended by NULL */
extern const struct reference_note reference_exit_codes[];      /* "0", ..., "128+N" */

/* "a size, required": what may stand there. */
#define REFERENCE_VALUE_MAX 512
const char *reference_value(const struct record *record, const struct parameter *parameter, char text[REFERENCE_VALUE_MAX]);

/* Whether the parameter may stand alone in place of its mapping. */
bool reference_stands_alone(const struct parameter *parameter);

/* A kind that can be written in a manifest. */
bool reference_is_written(const struct assertion_kind *kind);

#endif

/*
 * THE ROLL: every declared check, entered unevaluated before anything is run, answered once.
 *
 * The verdict of a run and its exit code are computed here, from the rows alone; there is no
 * other way to exit code 0. A row that nobody answered is not proven.
 */
#ifndef MUSTER_ROLL_H
#define MUSTER_ROLL_H

#include <stdbool.h>
#include <stddef.h>

#include "assertions/checks/assertion.h"

enum exit_code {
	EXIT_PASSED = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_MANIFEST = 3,
	EXIT_PREFLIGHT = 4,
	EXIT_UNPROVEN = 5,
	EXIT_INTERNAL = 70,
	EXIT_SIGNAL_BASE = 128,
};

struct glob;

struct roll_waiver { /* of the rows whose id it matches */
	const struct glob *check;
	const char *reason;
	int64_t until_ms;
	bool expired;
	bool elsewhere; /* it names checks that only the other verb enters */
	size_t matched; /* rows */
	size_t waived; /* of these, that had to be */
};

struct roll_row {
	char *id; /* "artifact:tar/size" */
	const char *kind;
	char *expected;
	struct place place;
	bool gate; /* a store or preflight check: its failure means that nothing was run */
	struct finding finding; /* verdict VERDICT_UNEVALUATED until answered */
	double seconds;
	unsigned answers; /* more than one is an error inside muster */
	const struct check *check; /* that it is a row of, and which; NULL for a waiver's own */
	size_t check_row;
	bool reached; /* the answer says what was seen, and not only why nothing was */
	struct roll_waiver *waiver; /* the first that names it and holds today; NULL */
};

struct roll {
	struct roll_row *rows;
	size_t count, capacity;
	bool closed; /* nothing more may be entered */
	bool broken; /* it was used wrongly: an error inside muster */
};

struct roll_counts {
	size_t declared, passed, failed, unproven, waived;
};

/* The row's number. An id that is there already is an error inside muster: -1. */
long roll_enter(struct roll *roll, const char *id, const char *kind, struct place place, const char *expected,
		bool gate);
void roll_close(struct roll *roll);
/* A waiver turns FAIL, and UNPROVEN where it was reached, into WAIVED; the rest of the finding stays. */
void roll_answer(struct roll *roll, size_t row, const struct finding *finding, bool reached, double seconds);

/* What came to light after the row was answered. */
void roll_revise(struct roll *roll, size_t row, const struct finding *finding);

/* Before the first answer: the waiver, which the caller keeps, takes the rows that it matches. */
void roll_waive(struct roll *roll, struct roll_waiver *waiver);

/* Rows without an answer become VERDICT_UNPROVEN with the reason. */
void roll_settle(struct roll *roll, const char *reason);

struct roll_counts roll_count(const struct roll *roll);
bool roll_passed(const struct roll *roll);
/* `signal` told muster to end, or 0; `broken`: an error inside muster. */
int roll_exit_code(const struct roll *roll, int signal, bool broken);
void roll_release(struct roll *roll);

#endif

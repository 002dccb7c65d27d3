/*
 * From what stands on the command line to what was learnt of it: a file, a folder, an object, what lies below a prefix, a log, a
 * report of an earlier run.
 *
 * Backups that differ in a date, a number that long, or a hash are one artifact: the newest of them is read, the others give the
 * spread of sizes and the rhythm.
 */
#ifndef MUSTER_VERBS_LEARN_LEARN_H
#define MUSTER_VERBS_LEARN_LEARN_H

#include "wrapper/command.h"
#include "wrapper/verbs/learn/draft.h"

#define LEARN_PG_CONTENTS "toc.dat"
#define LEARN_ARTIFACTS_MAX 20 /* of one folder or prefix */

/* Below, *ret_code is one of enum exit_code: it is damaged (failed), could not be read (unproven), is not there (usage). */

/* places.c: a store that is declared in the draft, and open. */
struct place_of_backups;
struct place_of_backups *places_open_directory(struct draft *draft, const char *path, struct error *err);
struct place_of_backups *places_open_bucket(struct draft *draft, const char *bucket,
					    const struct command_options *options, struct error *err);
void places_close(struct place_of_backups *place); /* NULL is harmless */

/* Everything below the prefix. */
int places_learn_prefix(struct draft *draft, struct place_of_backups *place, const char *prefix, int *ret_code,
			struct error *err);
/* The newest that matches. */
int places_learn_glob(struct draft *draft, struct place_of_backups *place, const char *glob, int *ret_code,
		      struct error *err);
/* The newest that matches; NULL where there is none, or where it cannot be had. The caller frees. */
char *places_newest(struct place_of_backups *place, const char *glob);
bool places_has(struct place_of_backups *place, const char *key);

/* The contents of a folder that pg_dump wrote look like a dump of another format that is damaged: they are told apart. */
void learn_know_contents(struct draft *draft, const char *location, struct traits *traits);

/* -1 where it is not sound: nothing to learn from. */
int learn_judge(const char *location, const struct traits *traits, int *ret_code, struct error *err);

/* report_steps.c: the steps of a JSON report, as they were run. */
bool report_steps_is_report(const char *path);
int report_steps_learn(struct draft *draft, const char *path, int *ret_code, struct error *err);

#endif

/*
 * `muster explain ID`: one check of the last report, "step:dump/exit": what it expects, what was seen, what to do.
 *
 * The report is the one of --from; else the one that MUSTER_REPORT names; else ./report.json. Where there is none of the last
 * two the parts of the id are explained.
 */
#ifndef MUSTER_VERBS_EXPLAIN_EXPLAIN_CHECK_H
#define MUSTER_VERBS_EXPLAIN_EXPLAIN_CHECK_H

#include "wrapper/command.h"

/* "step:...", "artifact:...": a word is an id or it is none. */
bool explain_check_is_id(const char *word);

/* An enum exit_code. */
int explain_check(const char *id, const struct command_options *options);

#endif

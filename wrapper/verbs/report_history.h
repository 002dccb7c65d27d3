/* `muster report --history STORE MANIFEST`: the JSON reports that runs have put into a store, as a table with its trend. */
#ifndef MUSTER_VERBS_REPORT_HISTORY_H
#define MUSTER_VERBS_REPORT_HISTORY_H

#include "wrapper/command.h"

#define REPORT_HISTORY_MAX 100 /* the newest */

/* An enum exit_code: 0 where they could be read, whatever they say. */
int report_history(const struct command_options *options);

#endif

/* What `run` and `verify` have in common: load, run, report. */
#ifndef MUSTER_COMMANDS_EXECUTE_MANIFEST_H
#define MUSTER_COMMANDS_EXECUTE_MANIFEST_H

#include "../command.h"
#include "../run/run.h"

/* An enum exit_code. */
int execute_manifest(const char *path, enum run_mode mode, const struct command_options *options);

#endif

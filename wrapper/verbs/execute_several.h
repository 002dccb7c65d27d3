/* A verb over several manifests, or a folder of them: one after the other, and the gravest outcome is the exit code. */
#ifndef MUSTER_VERBS_EXECUTE_SEVERAL_H
#define MUSTER_VERBS_EXECUTE_SEVERAL_H

#include "wrapper/command.h"
#include "wrapper/run/run.h"

int execute_several(const char *verb, enum run_mode mode, const struct command_options *options);

#endif

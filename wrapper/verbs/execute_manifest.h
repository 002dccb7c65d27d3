/* What `run` and `verify` have in common: load, run, report. */
#ifndef MUSTER_VERBS_EXECUTE_MANIFEST_H
#define MUSTER_VERBS_EXECUTE_MANIFEST_H

#include "wrapper/command.h"
#include "wrapper/run/run.h"
#include "wrapper/verbs/overview.h"
#include "wrapper/verbs/report_folder.h"

struct execution {              /* what the manifests of one command have in common; zeroed to begin with */
	struct overview overview;
	struct report_folder folder;
};

/* An enum exit_code. */
int execute_manifest(const char *path, enum run_mode mode, const struct command_options *options,
		     struct execution *execution);
void execute_manifest_release(struct execution *execution);
/* Where people read, which reports may not share with them. */
FILE *execute_manifest_terminal(const struct command_options *options);
bool execute_manifest_color(const struct command_options *options);

#endif

/*
 * What `run`, `verify` and `probe` have in common: each manifest is loaded, run and reported of; what several came to is a table.
 *
 *     struct execution execution = {0};
 *     code = execute_manifest(path, mode, options, &execution);       for each
 *     overview_print(&execution.overview, file, color, code);
 *     execute_release(&execution);
 */
#ifndef MUSTER_VERBS_EXECUTION_H
#define MUSTER_VERBS_EXECUTION_H

#include "wrapper/command.h"
#include "wrapper/run/run.h"

/* overview.c: of each artifact the newest backup in each place. */

struct overview_row {
	char *backup; /* "pg-dumpall/cluster dump", "pg-dumpall/cluster dump@offsite" */
	char *newest; /* path or key; NULL: none was found */
	int64_t size_bytes, age_ms; /* PARAMETER_UNSET */
	double drift_percent; /* against the median of the ones before it */
	bool has_drift;
	enum verdict verdict;
};

struct overview {
	struct overview_row *rows;
	size_t count;
	size_t manifests, passed;
	bool sampled;
};

void overview_add_run(struct overview *overview, const struct run *run);
/* A manifest that came to no run: not valid (FAIL), or not reached any more (UNPROVEN). */
void overview_add_path(struct overview *overview, const char *path, enum verdict verdict);
/* 100 columns at most: what is longer is cut in its middle. */
void overview_print(const struct overview *overview, FILE *file, bool color, int code);
void overview_release(struct overview *overview);

struct execution { /* what the manifests of one command have in common; zeroed to begin with */
	struct overview overview;
	char **report_names; /* that have been taken in the folders of reports */
	size_t report_name_count;
};

/* An enum exit_code. */
int execute_manifest(const char *path, enum run_mode mode, const struct command_options *options,
		     struct execution *execution);
void execute_release(struct execution *execution);
/* Where people read, which reports may not share with them. */
FILE *execute_terminal(const struct command_options *options);
bool execute_color(const struct command_options *options);

/*
 * Whether it is a folder, as in `--report FORMAT=FOLDER/`: a file for each manifest in it, "FOLDER/NAME.EXTENSION" with the manifest's
 * name, in which what is fit for no file's name is an underscore. The folder is made where it is not there; its parents are not.
 */
bool execute_is_report_folder(const char *path);

#endif

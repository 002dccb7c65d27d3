/*
 * One run of one manifest, from the roll to the verdict; what `run` and `verify` share.
 *
 *     struct run run;
 *     run_begin(&run, manifest, options);         the roll is entered and closed
 *     run_stores_and_preflight(&run);
 *     ...
 *     run_finish(&run);                           the reports are written
 */
#ifndef MUSTER_RUN_H
#define MUSTER_RUN_H

#include <stdbool.h>
#include <stdio.h>

#include "manifest/manifest.h"
#include "process/pipeline.h"
#include "roll.h"

#define RUN_ID_MAX 64
#define RUN_STAGES_MAX 64

enum run_mode { RUN_MODE_RUN, RUN_MODE_VERIFY };

struct run_step {                       /* what became of a step; for the reports */
	const struct manifest_step *step;
	bool started, finished, passed;
	unsigned attempts;
	struct pipeline_result result;  /* of the last attempt */
	char **stage_names;             /* argv[0], secrets masked */
	char ***stage_argv;             /* masked, NULL-ended */
	size_t stage_count;
	char *stdout_text;              /* for ${step.NAME.stdout}; NULL until known */
	char *stdout_problem;           /* why it is not known (too long); NULL */
	int64_t first_started_ms;
};

struct run_artifact {                   /* what was found of an artifact; for the reports */
	const struct manifest_artifact *artifact;
	char *location;                 /* path, or s3://bucket/key; NULL where nothing was found */
	bool examined;
	int64_t size_bytes;
	int64_t modified_ms;
	struct digest_result digests;
	uint64_t members;
	bool walked;
};

struct run_upload {
	const struct manifest_artifact *artifact;
	const struct manifest_upload *upload;
	const char *bucket;
	char *key;                      /* NULL until known */
	bool found;
	struct store_object object;
	char proof[STORE_PROOF_MAX];    /* "etag (MD5)", "read back"; "" where nothing was proven */
};

struct run_options {
	enum run_mode mode;
	bool quiet, verbose;
	bool color;
	FILE *terminal;                 /* where people read; stderr where a report goes to stdout */
	bool summary_only;
};

struct run {
	struct run_options options;
	struct manifest *manifest;
	char id[RUN_ID_MAX];
	char host[256];
	int64_t started_ms, finished_ms;
	struct roll roll;
	struct run_step *steps;         /* in the order of the manifest */
	struct run_artifact *artifacts;
	struct run_upload *uploads;
	size_t step_count, artifact_count, upload_count;
	int signal;                     /* that told muster to end; 0 */
	bool broken;                    /* an error inside muster */
	bool gate_closed;               /* nothing was run */
	int exit_code;                  /* after run_finish() */
	/* below here: run*.c only */
	struct run_private *private;
};

int run_manifest(struct run *run, struct manifest *manifest, const struct run_options *options, const char *id,
		 int64_t started_ms);
void run_release(struct run *run);

#endif

/*
 * One run of one manifest, from the roll to the verdict; what the verbs `run` and `verify` share.
 *
 *     struct run run;
 *     run_begin(&run, manifest, &options);    every check is entered on the roll, which is closed
 *     run_execute(&run);                      evidence is brought, every row is answered
 *     ... the reports ...
 *     run_release(&run);
 *
 * engine.c is the order of things; stores.c, inventories.c, steps.c, artifacts.c and uploads.c bring the evidence.
 */
#ifndef MUSTER_RUN_RUN_H
#define MUSTER_RUN_RUN_H

#include <stdbool.h>
#include <stdio.h>

#include "../manifest/manifest.h"
#include "../process/pipeline.h"
#include "../roll.h"

#define RUN_ID_MAX 64

enum run_mode { RUN_MODE_RUN, RUN_MODE_VERIFY, RUN_MODE_PROBE };

struct run_step {                       /* what became of a step */
	const struct manifest_step *step;
	bool started;
	enum verdict verdict;           /* of its checks; VERDICT_UNEVALUATED where it was not run */
	char *skipped;                  /* why it was not run; NULL */
	unsigned attempts;
	int64_t started_ms;             /* the first attempt, Unix time */
	struct pipeline_result result;  /* of the last attempt */
	char ***stages;                 /* argv of each, as executed; secrets are not masked here */
	size_t stage_count;
	struct buffer stdout_text;      /* for ${step.NAME.stdout} */
};

struct run_artifact {                   /* what was found of an artifact */
	const struct manifest_artifact *artifact;
	char *location;                 /* path, or bucket and key; NULL where nothing was found */
	bool examined;
	int64_t size_bytes;
	int64_t modified_ms;            /* PARAMETER_UNSET */
	struct digest_result digests;
	uint64_t members;
	bool walked;                    /* members is meaningful */
	double seconds;
	struct earlier_backups earlier; /* those that it was compared with, or could have been */
};

struct run_upload {
	const struct manifest_artifact *artifact;
	const struct manifest_upload *upload;
	char *bucket;                   /* "ge-pg", or a folder; NULL until known */
	char *key;                      /* NULL until known */
	bool found;
	struct store_object object;
	struct earlier_backups earlier; /* that lay there before it (verify) */
	char proof[STORE_PROOF_MAX];    /* "ETag (MD5)", "read back (SHA-256)"; "" where nothing was proven */
};

struct run_notification {               /* what became of telling somebody */
	const char *kind;               /* "ping", "webhook", "pushgateway" */
	bool sent;
	int status;                     /* of HTTP; 0: nobody answered */
	struct error trouble;           /* "" where it was sent */
};

struct run_options {
	enum run_mode mode;
	bool quiet, verbose, color;
	bool sample;                    /* verify: of the bytes only heads and tails are read */
	FILE *terminal;                 /* where people read */
	const char *id;                 /* of the run */
	int64_t started_ms;
	int64_t until_ms;               /* by the monotonic clock: what is not done then is not proven; 0: never */
};

struct run {
	struct run_options options;
	const struct manifest *manifest;
	const char *id;
	char host[256];
	int64_t started_ms, finished_ms;
	struct roll roll;
	struct run_step *steps;         /* in the order of the manifest */
	struct run_artifact *artifacts;
	struct run_upload *uploads;     /* artifact by artifact */
	struct run_notification *notifications;
	size_t step_count, artifact_count, upload_count, notification_count;
	const char *nothing_run;        /* why the gate stayed closed; NULL */
	struct place trouble_place;     /* of what run_begin() refused */
	int signal;                     /* that told muster to end; 0 */
	bool broken;                    /* an error inside muster */
	bool is_final;                  /* others are told of the verdict: no signal changes it any more */
	struct evidence_state *state;   /* evidence.h */
};

/* -1, and trouble_place, where the manifest declares the same check twice, or waives one that there is not. */
int run_begin(struct run *run, const struct manifest *manifest, const struct run_options *options, struct error *err);
void run_execute(struct run *run);
int run_exit_code(const struct run *run);
void run_release(struct run *run);

/* "run", "verify", "probe" */
const char *run_mode_name(enum run_mode mode);

#endif

/*
 * What a run comes to: filled by run/, rendered by report/, which know nothing of each other.
 *
 * A run is told of while it happens, too: to a listener, which the verb hands to it.
 */
#ifndef MUSTER_OUTCOME_H
#define MUSTER_OUTCOME_H

#include <stdbool.h>

#include "wrapper/manifest/manifest.h"
#include "wrapper/process/pipeline.h"
#include "wrapper/roll.h"

#define RUN_ID_MAX 64

struct run;

enum run_mode { RUN_MODE_RUN, RUN_MODE_VERIFY, RUN_MODE_PROBE };

struct run_step { /* what became of a step */
	const struct manifest_step *step;
	bool started;
	enum verdict verdict; /* of its checks; VERDICT_UNEVALUATED where it was not run */
	char *skipped; /* why it was not run; NULL */
	unsigned attempts;
	int64_t started_ms; /* the first attempt, Unix time */
	struct pipeline_result result; /* of the last attempt */
	char ***stages; /* argv of each, as executed; secrets are not masked here */
	size_t stage_count;
	struct buffer stdout_text; /* for ${step.NAME.stdout} */
};

struct row_range { /* on the roll */
	size_t from, to; /* the first that is none of them */
};

struct run_artifact { /* what was found of an artifact */
	const struct manifest_artifact *artifact;
	struct row_range rows; /* of the checks on it */
	char *location; /* path, or bucket and key; NULL where nothing was found */
	bool examined;
	int64_t size_bytes;
	int64_t modified_ms; /* PARAMETER_UNSET */
	struct digest_result digests;
	uint64_t members;
	bool walked; /* members is meaningful */
	int64_t made_ms; /* by its name or by modified_ms, where examined */
	double seconds;
	struct earlier_backups earlier; /* those that it was compared with, or could have been */
};

struct run_upload {
	const struct manifest_artifact *artifact;
	const struct manifest_upload *upload;
	struct row_range rows; /* of the checks on it, but for that of making it */
	char *bucket; /* "ge-pg", or a folder; NULL until known */
	char *key; /* NULL until known */
	bool found;
	struct store_object object;
	int64_t made_ms; /* when what was found is a backup of, by its key or by the store's time */
	struct earlier_backups earlier; /* that lay there before it (verify) */
	char proof[STORE_PROOF_MAX]; /* "ETag (MD5)", "read back (SHA-256)"; "" where nothing was proven */
};

struct run_notification { /* what became of telling somebody */
	const char *kind; /* "ping", "webhook", "pushgateway" */
	bool sent;
	int status; /* of HTTP; 0: nobody answered */
	struct error trouble; /* "" where it was sent */
};

/* Who is told of a run while it happens; `run` is as far as it has come by then. */
struct run_listener {
	void (*begin)(const struct run *run);
	void (*store)(const struct run *run, const char *name, const struct store *store, bool good);
	void (*preflight)(const struct run *run, size_t declared, size_t not_passed);
	void (*step_begin)(const struct run *run, const struct manifest_step *step, unsigned attempt);
	void (*step_output)(const struct run *run, const struct manifest_step *step, const char *data, size_t length);
	void (*step_end)(const struct run *run, const struct run_step *step, bool will_retry);
	void (*artifact_begin)(const struct run *run, const char *name, const char *location, int64_t size_bytes);
	void (*artifact_end)(const struct run *run, const struct run_artifact *artifact);
	void (*upload_begin)(const struct run *run, const char *name, int64_t size_bytes);
	void (*upload_end)(const struct run *run);
	/* While bytes are read, of an artifact or for an upload: called as often as one likes. */
	void (*progress)(const struct run *run, uint64_t bytes);
	void (*note)(const struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));
	void (*not_told)(const struct run *run, const struct run_notification *notification);
};

struct run_options {
	enum run_mode mode;
	bool sample; /* verify: of the bytes only heads and tails are read */
	const struct run_listener *listener; /* NULL where it is not executed */
	const char *id; /* of the run */
	int64_t started_ms;
	int64_t until_ms; /* by the monotonic clock: what is not done then is not proven; 0: never */
};

struct run {
	struct run_options options;
	const struct run_listener *listener; /* of the options */
	const struct manifest *manifest;
	const char *id;
	char host[256];
	int64_t started_ms, finished_ms;
	struct roll roll;
	struct run_step *steps; /* in the order of the manifest */
	struct run_artifact *artifacts;
	struct run_upload *uploads; /* artifact by artifact */
	struct run_notification *notifications;
	size_t step_count, artifact_count, upload_count, notification_count;
	const char *nothing_run; /* why the gate stayed closed; NULL */
	struct place trouble_place; /* of what run_begin() refused */
	int signal; /* that told muster to end; 0 */
	bool broken; /* an error inside muster */
	bool is_final; /* others are told of the verdict: no signal changes it any more */
	struct evidence_state *state; /* run/evidence.h */
};

static inline int run_exit_code(const struct run *run)
{
	return roll_exit_code(&run->roll, run->signal, run->broken);
}

/* "run", "verify", "probe" */
static inline const char *run_mode_name(enum run_mode mode)
{
	return mode == RUN_MODE_RUN ? "run" : mode == RUN_MODE_VERIFY ? "verify" : "probe";
}

#endif

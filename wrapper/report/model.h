/*
 * A report as every format renders it: what the JSON report says, read. A live run and a JSON report of last night come to
 * the same struct, so that both are rendered by the same code.
 *
 *     struct report *report = report_of_run(run, &err);
 *     struct report *report = report_parse(text, length, &err);
 *     report_free(report);
 *
 * The strings are borrowed from `document` and have had the secrets masked. What is not known is NULL, or PARAMETER_UNSET.
 */
#ifndef MUSTER_REPORT_MODEL_H
#define MUSTER_REPORT_MODEL_H

#include <stdint.h>

#include "wrapper/outcome.h"

#define REPORT_BYTES_MAX ((size_t)256 << 20)
#define REPORT_CODE_MAX 255

struct json_t;

struct report_check {
	const char *id, *kind, *expected, *message;
	const char *observed;           /* "" where there is nothing */
	const char *hint;               /* NULL */
	const char *waived_because, *waived_until;      /* NULL where it is not waived, or where nobody said */
	enum verdict verdict;           /* never VERDICT_UNEVALUATED: that is VERDICT_UNPROVEN here */
	int line;                       /* of the manifest */
	double seconds;
	int64_t covered, coverable;     /* items of an inventory */
};

struct report_step {
	const char *name;
	const char *outcome;            /* "not_started", "exited", "signaled", "timed_out" */
	const char *skipped;            /* why it was not run; NULL */
	char *command;                  /* the argv of its stages, with " | " between them */
	int64_t code, signal;
	int64_t started_ms, finished_ms;        /* from the first attempt to the end of the last; PARAMETER_UNSET where it was not run */
	int64_t attempts, left_behind, max_rss_bytes;
	double seconds, cpu_seconds;
};

struct report_artifact {
	const char *name, *location, *sha256, *md5;
	int64_t size_bytes, modified_ms, members;
	double seconds;
	int64_t *earlier_bytes;         /* of the backups before it, the newest first */
	size_t earlier_count;
};

struct report_upload {
	const char *artifact, *store, *bucket, *key, *etag, *proof;
	int64_t size_bytes, modified_ms;
};

struct report_notification {
	const char *kind, *trouble;     /* trouble: why it was not sent */
	bool sent;
};

struct report {
	struct json_t *document;
	const char *mode;               /* "run", "verify" */
	const char *name, *run_id, *host, *version;
	int64_t started_ms, finished_ms;
	const char *manifest_path, *manifest_sha256;
	const char *nothing_run;        /* why; NULL */
	bool passed;
	int exit_code;
	struct roll_counts counts;
	struct report_check *checks;
	struct report_step *steps;
	struct report_artifact *artifacts;
	struct report_upload *uploads;
	struct report_notification *notifications;
	size_t check_count, step_count, artifact_count, upload_count, notification_count;
};

/* json.c: the document of section 4 of the contract. The caller's. */
struct json_t *json_of_run(const struct run *run);

/* NULL where the run cannot be told of in the shape of a report: an error inside muster. */
struct report *report_of_run(const struct run *run, struct error *err);
/*
 * NULL where the text is no JSON report, or where it contradicts itself: counts that are not those of its checks, a verdict
 * or an exit code that its checks do not come to. Nothing that was cut or altered so passes for a report.
 */
struct report *report_parse(const char *text, size_t length, struct error *err);
void report_free(struct report *report);

/* model.c: the shape alone; takes the document over, also where it fails. */
struct report *report_of_document(struct json_t *document, struct error *err);
/* soundness.c: whether it agrees with itself. */
int report_check_soundness(const struct report *report, struct error *err);

/* Without a newline, one line: "pg: fail: of 14 checks 12 passed, 1 failed, 1 not proven". The caller frees. */
char *report_summary(const struct report *report);
/* What failed without any check having failed or being unproven, such as "ended by SIGTERM"; NULL. The caller frees. */
char *report_other_failure(const struct report *report);
/* All of the run, in seconds; 0 where the clock was set back meanwhile. */
double report_seconds(const struct report *report);

#endif

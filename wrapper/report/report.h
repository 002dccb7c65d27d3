/*
 * A report is what every format renders: what the JSON report says, read. A live run and a JSON report of last night come to
 * the same struct, so that both are rendered by the same code.
 *
 *     struct report *report = report_of_run(run, &err);
 *     struct report *report = report_parse(text, length, &err);
 *     report_write(report_format_find("html"), report, path, &err);
 *     report_free(report);
 *
 * The strings are borrowed from `document` and have had the secrets masked. What is not known is NULL, or PARAMETER_UNSET.
 * A format is one const struct, one file, one row in report_table.h. Every text that leaves here has had the secrets masked.
 */
#ifndef MUSTER_REPORT_REPORT_H
#define MUSTER_REPORT_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "wrapper/outcome.h"

#define REPORT_BYTES_MAX ((size_t)256 << 20)
#define REPORT_CODE_MAX 255

struct report_check {
	const char *id, *kind, *expected, *message;
	const char *observed; /* "" where there is nothing */
	const char *hint; /* NULL */
	const char *waived_because, *waived_until; /* NULL where it is not waived, or where nobody said */
	enum verdict verdict; /* never VERDICT_UNEVALUATED: that is VERDICT_UNPROVEN here */
	int line; /* of the manifest */
	double seconds;
	int64_t covered, coverable; /* items of an inventory */
};

struct report_step {
	const char *name;
	const char *outcome; /* "not_started", "exited", "signaled", "timed_out" */
	const char *skipped; /* why it was not run; NULL */
	char *command; /* the argv of its stages, with " | " between them */
	int64_t code, signal;
	/* from the first attempt to the end of the last; PARAMETER_UNSET where it was not run */
	int64_t started_ms, finished_ms;
	int64_t attempts, left_behind, max_rss_bytes;
	double seconds, cpu_seconds;
};

struct report_artifact {
	const char *name, *location, *sha256, *md5;
	int64_t size_bytes, modified_ms, members;
	double seconds;
	int64_t *earlier_bytes; /* of the backups before it, the newest first */
	size_t earlier_count;
};

struct report_upload {
	const char *artifact, *store, *bucket, *key, *etag, *proof;
	int64_t size_bytes, modified_ms;
};

struct report_notification {
	const char *kind, *trouble; /* trouble: why it was not sent */
	bool sent;
};

struct report {
	struct json_t *document;
	const char *mode; /* "run", "verify" */
	const char *name, *run_id, *host, *version;
	int64_t started_ms, finished_ms;
	const char *manifest_path, *manifest_sha256;
	const char *nothing_run; /* why; NULL */
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

/* NULL where the run cannot be told of in the shape of a report: an error inside muster. */
struct report *report_of_run(const struct run *run, struct error *err);
/*
 * NULL where the text is no JSON report, or where it contradicts itself: counts that are not those of its checks, a verdict
 * or an exit code that its checks do not come to. Nothing that was cut or altered so passes for a report.
 */
struct report *report_parse(const char *text, size_t length, struct error *err);
void report_free(struct report *report);

/* Without a newline, one line: "pg: fail: of 14 checks 12 passed, 1 failed, 1 not proven". The caller frees. */
char *report_summary(const struct report *report);
/* What failed without any check having failed or being unproven, such as "ended by SIGTERM"; NULL. The caller frees. */
char *report_other_failure(const struct report *report);
/* All of the run, in seconds; 0 where the clock was set back meanwhile. */
double report_seconds(const struct report *report);

struct report_format {
	const char *name; /* "json" */
	const char *extension; /* of a file's name: "json", "prom" */
	const char *help;
	/*
	 * What the last report said is still needed by the next one, so that it is not removed when a run begins. `former` is its
	 * path, NULL where there cannot be one. -1 where the report could not be written whole.
	 */
	bool remembers;
	int (*write)(const struct report *report, const char *former, FILE *file, struct error *err);
};

extern const struct report_format *const report_formats[]; /* ended by NULL */
const struct report_format *report_format_find(const char *name);

/* "-", "/dev/stdout": muster's own standard output, where what people read must not go then. */
bool report_is_stdout(const char *path);
/* What goes by and cannot be written a second time: standard output, a pipe, a device, an open file of /dev or /proc. */
bool report_is_stream(const char *path);

/*
 * To a path, whole or not at all (temporary name, fsync, rename), to the file that a link names, or to standard output. A
 * pipe that nobody opens, or nobody reads from, for REPORT_PIPE_MS is an error.
 */
#define REPORT_PIPE_MS 10000
int report_write(const struct report_format *format, const struct report *report, const char *path, struct error *err);

/* What says no longer what it should; streams are left alone. False where it stays; takes no memory. */
bool report_remove(const char *path);

/* The roll as people read it: what failed first, then what was not proven and what is waived, then the verdict. */
struct human_options {
	FILE *file;
	bool quiet, verbose, color;
};
void human_print(const struct report *report, const struct human_options *options);

/*
 * The run as people read it, while it happens and at its end. Nothing but failures under --quiet. While bytes are read: a bar
 * on a terminal, elsewhere a line every HUMAN_PROGRESS_MS.
 *
 *     const struct human human = {human_listener, {.file = stdout}};
 *     ... .listener = &human.listener ...
 *     human_end(&run);
 */
#define HUMAN_PROGRESS_MS 30000
struct human {
	struct run_listener listener;
	struct human_options options;
};
extern const struct run_listener human_listener; /* of a struct human alone */
void human_end(const struct run *run);

/*
 * The termination message of Kubernetes: at most TERMINATION_MAX bytes at MUSTER_TERMINATION_LOG, or at
 * /dev/termination-log where that is there (it is never created). "did not finish" from the begin until there is a verdict.
 * That it cannot be written changes no verdict.
 */
#define TERMINATION_MAX 4096
void termination_begin(const struct run *run);
void termination_end(const struct run *run);
/* Of a manifest that is not valid (EXIT_MANIFEST), or whose reading a signal ended: what is wrong with it, in lines. */
void termination_refused(const char *path, const char *lines, int code);
/* Of several manifests, one after the other: what the gravest came to. */
void termination_several(size_t reached, size_t manifests, int code);
/* A text that has no secret in it, as it is; takes no memory. */
void termination_say(const char *text);

/* Lines that stand by themselves: the verdict of the run, and "2 of 14 checks failed, 1 not proven". The caller frees. */
char *report_verdict_line(const struct run *run);
char *report_verdict_text(const char *name, const struct roll_counts *counts, int exit_code, const char *nothing_run);
/* One sentence for a row: "expected X; observed Y". The caller frees. */
char *report_message(const struct roll_row *row);
const char *verdict_name(enum verdict verdict); /* "pass", "fail", "unproven", "waived" */

#endif

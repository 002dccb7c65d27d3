/*
 * Reports are renderings of a finished run: the roll first, then what became of steps, artifacts and uploads.
 *
 * A format is one const struct, one file, one row in report.c. Every text that leaves here has had the secrets masked.
 */
#ifndef MUSTER_REPORT_REPORT_H
#define MUSTER_REPORT_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "wrapper/outcome.h"
#include "wrapper/report/model.h"

struct report_format {
	const char *name;               /* "json" */
	const char *extension;          /* of a file's name: "json", "prom" */
	const char *help;
	/*
	 * What the last report said is still needed by the next one, so that it is not removed when a run begins. `former` is its
	 * path, NULL where there cannot be one. -1 where the report could not be written whole.
	 */
	bool remembers;
	int (*write)(const struct report *report, const char *former, FILE *file, struct error *err);
};

extern const struct report_format *const report_formats[];      /* ended by NULL */
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

/*
 * The run as people read it, while it happens and at its end. Nothing but failures under --quiet. While bytes are read: a bar
 * on a terminal, elsewhere a line every HUMAN_PROGRESS_MS.
 */
#define HUMAN_PROGRESS_MS 30000
extern const struct run_listener human_listener;
void human_end(const struct run *run);

/* The roll as people read it: what failed first, then what was not proven and what is waived, then the verdict. */
struct ending_options {
	FILE *file;
	bool quiet, verbose, color;
};
void ending_print(const struct report *report, const struct ending_options *options);

/*
 * The termination message of Kubernetes: at most TERMINATION_MAX bytes at MUSTER_TERMINATION_LOG, or at
 * /dev/termination-log where that is there (it is never created). "did not finish" from the begin until there is a verdict.
 * That it cannot be written changes no verdict.
 */
#define TERMINATION_MAX 4096
void termination_begin(const struct run *run);
void termination_end(const struct run *run);
/* Of a manifest that is not valid: what is wrong with it, in lines. */
void termination_refused(const char *path, const char *lines);
/* Of several manifests, one after the other: what the gravest came to. */
void termination_several(size_t reached, size_t manifests, int code);

/* Lines that stand by themselves: the verdict of the run, and "2 of 14 checks failed, 1 not proven". The caller frees. */
char *report_verdict_line(const struct run *run);
char *report_verdict_text(const char *name, const struct roll_counts *counts, int exit_code, const char *nothing_run);
/* One sentence for a row: "expected X; observed Y". The caller frees. */
char *report_message(const struct roll_row *row);
const char *verdict_name(enum verdict verdict);         /* "pass", "fail", "unproven", "waived" */

#endif

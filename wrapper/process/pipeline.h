/*
 * Runs the stages of one step, connected stdout to stdin, and tells how each of them ended.
 *
 *     struct pipeline_result result;
 *     if (pipeline_run(&pipeline, &result, &err) < 0) ...
 *     if (... every stage's end is as declared ...)
 *             pipeline_commit_output(&result, &err);
 *     pipeline_result_release(&result);
 *
 * All stages share one process group. Their output comes to muster (never to a shell), block by block, in
 * the order in which it was written. A stdout that goes to a file is written by muster itself under a temporary name
 * beside it (".muster-NAME.XXXXXX"), flushed and closed, each of them checked. It gets its own name from
 * pipeline_commit_output() alone, which the caller calls once it knows that the step succeeded; else it is removed, by
 * pipeline_discard_output() or at the latest by the release. A path that is there and is no regular file (/dev/null, a FIFO)
 * is written to directly. With a sink (outfile.h) it is the same: committed by pipeline_commit_output(), else discarded.
 *
 * When the time is up, muster is told to end, a stage cannot be started or the output cannot be written, the
 * group gets SIGTERM, after the grace SIGKILL; a second signal to muster means SIGKILL at once, and once muster was told to
 * end no grace outlasts what supervise_end_of() says. A stage that had not
 * ended by then counts as PROCESS_TIMED_OUT where the time was up, else as PROCESS_SIGNALED, also where it exits
 * in answer to the signal: it was not allowed to finish, and no code of it says that it did.
 *
 * When the stages are done, whatever the step left running (also in another session: muster is a subreaper) has
 * PIPELINE_LEFT_MS to end by itself, like the tee of a shell's `> >(tee log)`, and where that is allowed the rest of the
 * step's time. Then it is named, in `left_running`, and ended in the same way: the step has not come to its end.
 * What it wrote up to then is delivered. If it still held the stdout that goes to a file, that output is an error.
 */
#ifndef MUSTER_PROCESS_PIPELINE_H
#define MUSTER_PROCESS_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assertions/base/process_end.h"
#include "assertions/value/parameter.h"
#include "wrapper/process/children.h"
#include "wrapper/process/outfile.h"

#define PIPELINE_GRACE_MS 10000 /* where grace_ms is PARAMETER_UNSET */
#define PIPELINE_LEFT_MS 1000

enum pipeline_stream { PIPELINE_NEITHER, PIPELINE_STDOUT, PIPELINE_STDERR, PIPELINE_BOTH };

struct pipeline {
	char *const *const *stages; /* argv of each, NULL-ended inside */
	size_t stage_count;
	char *const *environment; /* NULL: muster's own; PATH is looked up in it */
	const char *working_folder; /* NULL: as it is */
	const char *stdin_path; /* NULL: /dev/null; relative to muster's own folder */
	const char *stdout_path; /* NULL: to output(); relative to muster's own folder */
	/* where stdout goes instead of to a path; borrowed until the output is committed or discarded; NULL */
	struct sink *sink;
	bool may_leave; /* what the stages leave running is waited for until the time is up */
	bool no_new_privs; /* nothing that is executed gains any; where that cannot be had a stage is not started */
	/* output() is told stdout from stderr; else both come as PIPELINE_BOTH, exactly as written */
	bool streams_apart;
	int64_t timeout_ms; /* PARAMETER_UNSET: none */
	int64_t grace_ms;
	bool deaf; /* a clean-up after a signal: only a further signal ends it */
	bool clean_up_follows; /* so not all of the time that is left after a signal is this one's */
	/* PIPELINE_STDOUT also for what goes to stdout_path, where `streams_apart`. May be NULL. */
	void (*output)(void *context, enum pipeline_stream stream, const char *data, size_t length);
	void *context;
};

struct pipeline_result {
	struct process_end *ends; /* stage_count of them; released with the result */
	size_t stage_count;
	int64_t started_ms; /* Unix time */
	int64_t duration_ms; /* until the last stage had ended, and where it `may_leave` something that, too */
	bool interrupted; /* muster was told to end meanwhile */
	unsigned left_behind; /* processes that muster had to end when the stages were done */
	char left_running[CHILDREN_NAMES_MAX]; /* "" or who they are, where the stages had ended by themselves */
	struct children_ends orphans; /* where it `may_leave` something: what of that failed */
	bool output_incomplete; /* and they could still have printed something, or it could not be read */
	int64_t max_rss_bytes; /* the largest of the stages */
	double cpu_seconds; /* all of them */
	int64_t memory_kills; /* how many processes the kernel ended for want of memory meanwhile (memory_kills.h) */
	struct error start_error; /* "" or why the first stage that was NOT_STARTED was not: program, folder, stdin */
	struct error output_error; /* "" or why stdout could not be written to the file */
	int64_t output_bytes; /* written to stdout_path */
	struct sink *sink; /* opened, and neither committed nor discarded; NULL */
	struct error discard_error; /* "" or what is left of an output that was discarded */
	char *output_path, *temporary_path; /* of a file that is neither committed nor discarded; NULL */
};

/*
 * -1 only where nothing could be started for a reason of muster's own (no more descriptors). An exec that fails is a
 * stage's end, and so are a working folder or a stdin that cannot be opened. Where stdout's file cannot be
 * made, its sink cannot be opened, or muster has been told to end before, no stage is tried.
 */
int pipeline_run(const struct pipeline *pipeline, struct pipeline_result *ret_result, struct error *err);

/*
 * Gives stdout's file its name, durably; nothing to do where there is none. -1, and the file is removed, where a stage did not
 * exit by itself, the output failed, or the renaming does.
 */
int pipeline_commit_output(struct pipeline_result *result, struct error *err);
void pipeline_discard_output(struct pipeline_result *result);

/* Of a status as wait4() gives it. */
struct process_end pipeline_end_of(int status);

/* Frees what it holds and discards what was not committed. Harmless on a zeroed or released result. */
void pipeline_result_release(struct pipeline_result *result);

#endif

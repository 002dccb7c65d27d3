/*
 * Runs the stages of one step, connected stdout to stdin, and tells how each of them ended.
 *
 * All stages share one process group. Their output comes to muster (never to a shell), block by block, in
 * the order in which it was written; a stdout that goes to a file is written by muster itself under a temporary name,
 * flushed, and renamed only when every stage has exited with 0..255 by itself and every write, fsync and close succeeded
 * (whether the code counts as success is not known here: the caller decides, see pipeline_discard_output()).
 * When the time is up, or muster was told to end, the group gets SIGTERM, after the grace SIGKILL. When the last stage is
 * done, whatever the step left running (also in another session: muster is a subreaper) is ended in the same way.
 */
#ifndef MUSTER_PROCESS_PIPELINE_H
#define MUSTER_PROCESS_PIPELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../assertions/assertion.h"
#include "../../assertions/base/process_end.h"

struct pipeline {
	char *const *const *stages;             /* argv of each, NULL-ended inside */
	size_t stage_count;
	char *const *environment;               /* NULL: muster's own */
	const char *working_folder;             /* NULL: as it is */
	const char *stdin_path;                 /* NULL: /dev/null */
	const char *stdout_path;                /* NULL: to output() */
	bool streams_apart;                     /* output() is told stdout from stderr; else both come as CHANNEL_OUTPUT, exactly as written */
	int64_t timeout_ms;                     /* PARAMETER_UNSET: none */
	int64_t grace_ms;
	bool deaf;                              /* a clean-up after a signal: only a further signal ends it */
	/* CHANNEL_STDOUT also for what goes to stdout_path, where `streams_apart`. May be NULL. */
	void (*output)(void *context, enum channel channel, const char *data, size_t length);
	void *context;
};

struct pipeline_result {
	struct process_end *ends;               /* stage_count of them; the caller frees */
	int64_t started_ms;                     /* Unix time */
	int64_t duration_ms;
	bool interrupted;                       /* muster was told to end meanwhile */
	unsigned left_behind;                   /* processes that were still there when the stages were done */
	int64_t max_rss_bytes;                  /* the largest of the stages */
	double cpu_seconds;                     /* all of them */
	struct error output_error;              /* "" or why stdout could not be written to the file */
	int64_t output_bytes;                   /* written to stdout_path */
};

/* -1 only where nothing could be started for a reason of muster's own (no more descriptors). An exec that fails is a stage's end. */
int pipeline_run(const struct pipeline *pipeline, struct pipeline_result *ret_result, struct error *err);
void pipeline_result_release(struct pipeline_result *result);

#endif

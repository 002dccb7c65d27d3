/*
 * The parts of a pipeline that pipeline.c puts together: starting its stages (spawn.c) and taking in what comes out of them
 * (pipeline_output.c).
 *
 *     int report;
 *     pid_t pid = spawn_start(&request, &report);
 *     ...
 *     switch (spawn_report_read(report, &trouble)) ...        once `report` is readable, or the child has ended
 *
 * Everything that can go wrong in the child before its program runs comes back through a close-on-exec pipe, so that a
 * program which exits with 127 is not taken for one that was not there. The child opens its input, enters its folder
 * and executes its program under muster's eyes: one that hangs in that can be ended like any other.
 *
 * The child has default signal dispositions, the mask that muster was started with, no descriptor but 0 to 2, no
 * controlling terminal (a question for a password fails at once rather than stopping it), and dies with muster.
 *
 *     struct capture capture;
 *     capture_init(&capture, pipeline, &file);
 *     if (capture_open(&capture, &write_output, &write_errors) < 0) ...
 *     while (...)
 *             capture_attend(&capture, moment_ms);
 *     capture_drain(&capture);
 *     capture_release(&capture);
 *
 * The capture is the two pipes that muster reads, block by block, for the listener and for the file. Memory is one block, whatever is
 * printed.
 */
#ifndef MUSTER_PROCESS_PIPELINE_PRIVATE_H
#define MUSTER_PROCESS_PIPELINE_PRIVATE_H

#include <sys/types.h>

#include "wrapper/process/outfile.h"
#include "wrapper/process/pipeline.h"

/* Also of -1, which it is then. */
void pipeline_close(int *fd);

struct spawn_request {
	/* argv[0] is looked up in PATH of the environment (without one: in the usual folders) unless it has a slash */
	char *const *argv;
	char *const *environment; /* NULL: muster's own */
	const char *working_folder; /* NULL: as it is */
	const char *input_path; /* where `input` is -1; NULL: /dev/null */
	int input, output, errors; /* descriptors above 2 */
	pid_t group; /* 0: it leads its own */
	bool no_new_privs;
};

enum spawn_place { SPAWN_SETUP, SPAWN_PRIVILEGES, SPAWN_INPUT, SPAWN_FOLDER, SPAWN_PROGRAM };

struct spawn_trouble {
	enum spawn_place place;
	int error_number;
};

/* The child's number, -1 with errno where it could not be made. `ret_report` is close-on-exec and does not block. */
pid_t spawn_start(const struct spawn_request *request, int *ret_report);

/* 1 with *ret_trouble: not started. 0: started, or ended before it was. -1: not known yet. */
int spawn_report_read(int report, struct spawn_trouble *ret_trouble);

/* The trouble in words. */
void spawn_explain(const struct spawn_request *request, const struct spawn_trouble *trouble, struct error *ret_text);

struct capture_stream {
	int fd; /* -1 at its end */
	enum pipeline_stream is; /* PIPELINE_NEITHER: nobody is told */
};

struct capture {
	struct capture_stream output; /* unused where all comes through `errors` */
	struct capture_stream errors;
	struct outfile *file; /* where `output` goes; NULL: to the listener alone */
	const struct pipeline *pipeline; /* whose output() is the listener */
	char *block;
	bool nap;
	bool lost; /* some of it could not be read */
};

void capture_init(struct capture *capture, const struct pipeline *pipeline, struct outfile *file);
void capture_release(struct capture *capture);

/* The writing ends are the caller's, also on failure: -1 where there is none. */
int capture_open(struct capture *capture, int *ret_output, int *ret_errors);

/* Waits for output, a signal, a child's end or the moment (of clock_monotonic_ms()), and takes in what there is. */
void capture_attend(struct capture *capture, int64_t moment_ms);

/* Takes what lies in the pipes without waiting. */
void capture_drain(struct capture *capture);

/* Whether anybody can still write to them. */
bool capture_is_open(const struct capture *capture);

#endif

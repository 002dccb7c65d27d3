/*
 * What comes out of the stages: the two pipes that muster reads, block by block, for the listener and for the file.
 *
 *     struct capture capture;
 *     capture_init(&capture, &file, output, context);
 *     if (capture_open(&capture, streams_apart, &write_output, &write_errors) < 0) ...
 *     while (...)
 *             capture_attend(&capture, moment_ms);
 *     capture_drain(&capture);
 *     capture_release(&capture);
 *
 * Memory is one block, whatever is printed.
 */
#ifndef MUSTER_PROCESS_CAPTURE_H
#define MUSTER_PROCESS_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "assertions/checks/assertion.h"
#include "wrapper/process/outfile.h"

struct capture_stream {
	int fd;                         /* -1 at its end */
	unsigned channel;               /* 0: nobody is told */
};

struct capture {
	struct capture_stream output;   /* unused where all comes through `errors` */
	struct capture_stream errors;
	struct outfile *file;           /* where `output` goes; NULL: to the listener alone */
	void (*listener)(void *context, enum channel channel, const char *data, size_t length);
	void *context;
	char *block;
	bool nap;
};

void capture_init(struct capture *capture, struct outfile *file,
		  void (*listener)(void *context, enum channel channel, const char *data, size_t length),
		  void *context);
void capture_release(struct capture *capture);

/* The writing ends are the caller's, also on failure: -1 where there is none. */
int capture_open(struct capture *capture, bool streams_apart, int *ret_output, int *ret_errors);

/* Waits for output, a signal, a child's end or the moment (of clock_monotonic_ms()), and takes in what there is. */
void capture_attend(struct capture *capture, int64_t moment_ms);

/* Takes what lies in the pipes without waiting. */
void capture_drain(struct capture *capture);

/* Whether anybody can still write to them. */
bool capture_is_open(const struct capture *capture);

#endif

/*
 * How a process ended. Never one int: a signal has no exit code, and a program that
 * could not be started is not one that exited with 127.
 */
#ifndef MUSTER_BASE_PROCESS_END_H
#define MUSTER_BASE_PROCESS_END_H

#include <stdbool.h>

enum process_outcome {
	PROCESS_NOT_STARTED, /* zero: failure until proven otherwise; `error_number` says why, 0: never tried */
	PROCESS_EXITED, /* `code` */
	PROCESS_SIGNALED, /* `signal` */
	PROCESS_TIMED_OUT, /* ended by muster because its time was up */
};

struct process_end {
	enum process_outcome outcome;
	int code;
	int signal;
	int error_number;
	bool out_of_memory; /* the signal is the kernel's, for want of memory */
};

#define PROCESS_END_TEXT_MAX 160

/* "exited with 3", "killed by SIGKILL", "killed by SIGKILL: out of memory", "timed out", "could not be executed: No such file or directory". */
const char *process_end_text(const struct process_end *end, char text[PROCESS_END_TEXT_MAX]);

/* "SIGTERM"; "signal 63" for those without a name. */
const char *process_signal_name(int signal, char text[PROCESS_END_TEXT_MAX]);

#endif

/*
 * Runs one program and keeps what it prints: for checks of tools, commands and live inventories.
 *
 *     struct buffer output;
 *     buffer_init(&output, 65536);
 *     if (process_capture(argv, NULL, 30000, true, &output, &end, &err) < 0) ...
 *
 * No input. The buffer's maximum bounds what is kept, not what the program may print: what does not fit is dropped and
 * sets `truncated`, as does a process that it left running, and output that could not be read. *err says in words why the
 * program could not be started, that muster was told to end meanwhile, or what it left running; else it is "".
 */
#ifndef MUSTER_PROCESS_EXECUTE_H
#define MUSTER_PROCESS_EXECUTE_H

#include <stdbool.h>
#include <stdint.h>

#include "assertions/base/buffer.h"
#include "assertions/base/error.h"
#include "assertions/base/process_end.h"

/*
 * -1 only for a reason of muster's own; a program that is missing, fails or runs out of time is an end. The buffer gets
 * stdout, and with `merge_stderr` also stderr, as written. `timeout_ms` may be PARAMETER_UNSET.
 */
int process_capture(char *const *argv, char *const *environment, int64_t timeout_ms, bool merge_stderr,
		    struct buffer *output, struct process_end *ret_end, struct error *err);

/* The same with stdout alone in `output`, and in `errors` the last that was written to stderr, up to its maximum. */
int process_capture_apart(char *const *argv, char *const *environment, int64_t timeout_ms, struct buffer *output,
			  struct buffer *errors, struct process_end *ret_end, struct error *err);

#endif

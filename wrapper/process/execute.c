#include "wrapper/process/execute.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>

#include "wrapper/process/memory_kills.h"
#include "wrapper/process/pipeline.h"

#define GRACE_MS 1000 /* a program that is asked something has nothing to tidy up */

struct kept {
	struct buffer *output;
	struct buffer *errors; /* NULL: nobody wants them */
};

static void keep_last(struct buffer *buffer, const char *data, size_t length)
{
	if (length > buffer->maximum) {
		data += length - buffer->maximum;
		length = buffer->maximum;
		buffer_clear(buffer);
		buffer->truncated = true;
	}
	if (length > buffer->maximum - buffer->length) {
		size_t surplus = length - (buffer->maximum - buffer->length);

		memmove(buffer->data, buffer->data + surplus, buffer->length - surplus);
		buffer->length -= surplus;
		buffer->truncated = true;
	}
	buffer_append(buffer, data, length);
}

static void keep_output(void *context, enum pipeline_stream stream, const char *data, size_t length)
{
	struct kept *kept = context;

	if (stream != PIPELINE_STDERR)
		buffer_append(kept->output, data, length);
	else if (kept->errors != NULL)
		keep_last(kept->errors, data, length);
}

static int run_kept(char *const *argv, char *const *environment, int64_t timeout_ms, bool streams_apart,
		    struct kept *kept, struct process_end *ret_end, struct error *err)
{
	char *const *const stages[] = {argv};
	const struct pipeline pipeline = {
		.stages = stages,
		.stage_count = 1,
		.environment = environment,
		.streams_apart = streams_apart,
		.timeout_ms = timeout_ms,
		.grace_ms = GRACE_MS,
		.output = keep_output,
		.context = kept,
	};
	struct pipeline_result result;

	if (pipeline_run(&pipeline, &result, err) < 0)
		return -1;
	*err = result.start_error;
	if (result.interrupted && err->message[0] == '\0')
		error_set(err, "muster was told to end");
	*ret_end = result.ends[0];
	/* Whoever lists or looks with the help of a process that was killed has not seen everything, whatever it exits with. */
	if (result.memory_kills > 0 && ret_end->outcome == PROCESS_EXITED && memory_kills_are_own())
		*ret_end = (struct process_end){.outcome = PROCESS_SIGNALED, .signal = SIGKILL, .out_of_memory = true};
	if (result.left_running[0] != '\0' && err->message[0] == '\0')
		error_set(err, "left something running that had to be ended: %s", result.left_running);
	if (result.output_incomplete || result.left_running[0] != '\0')
		kept->output->truncated = true;
	pipeline_result_release(&result);
	return 0;
}

int process_capture(char *const *argv, char *const *environment, int64_t timeout_ms, bool merge_stderr,
		    struct buffer *output, struct process_end *ret_end, struct error *err)
{
	struct kept kept = {.output = output};

	return run_kept(argv, environment, timeout_ms, !merge_stderr, &kept, ret_end, err);
}

int process_capture_apart(char *const *argv, char *const *environment, int64_t timeout_ms, struct buffer *output,
			  struct buffer *errors, struct process_end *ret_end, struct error *err)
{
	struct kept kept = {.output = output, .errors = errors};

	return run_kept(argv, environment, timeout_ms, true, &kept, ret_end, err);
}

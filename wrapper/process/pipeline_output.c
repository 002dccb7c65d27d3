#include "wrapper/process/pipeline_private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "wrapper/process/children.h"
#include "wrapper/process/supervise.h"
#include "wrapper/process/temporary.h"

#define BLOCK_SIZE 65536 /* a pipe's capacity; larger reads miss the processor's cache */
#define SHORT_READ 2048 /* below this the writer is one that flushes every line: */
#define NAP_NS 50000 /* let it write some of them before the next read */
#define DRAIN_BLOCKS 64 /* of a pipe whose writer is out of reach */

void capture_init(struct capture *capture, const struct pipeline *pipeline, struct outfile *file)
{
	*capture = (struct capture){
		.output = {.fd = -1},
		.errors = {.fd = -1},
		.file = file,
		.pipeline = pipeline,
		.block = memory_alloc(BLOCK_SIZE),
	};
}

void pipeline_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void capture_release(struct capture *capture)
{
	pipeline_close(&capture->output.fd);
	pipeline_close(&capture->errors.fd);
	free(capture->block);
	capture->block = NULL;
}

static int open_stream(struct capture_stream *stream, enum pipeline_stream is, int *ret_write)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	*stream = (struct capture_stream){.fd = ends[0], .is = is};
	*ret_write = ends[1];
	return fcntl(ends[0], F_SETFL, O_NONBLOCK);
}

int capture_open(struct capture *capture, int *ret_output, int *ret_errors)
{
	bool streams_apart = capture->pipeline->streams_apart;

	*ret_output = -1;
	*ret_errors = -1;
	if (open_stream(&capture->errors, streams_apart ? PIPELINE_STDERR : PIPELINE_BOTH, ret_errors) < 0)
		return -1;
	if (streams_apart || capture->file != NULL)
		return open_stream(&capture->output, streams_apart ? PIPELINE_STDOUT : PIPELINE_NEITHER, ret_output);
	*ret_output = fcntl(*ret_errors, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	return *ret_output < 0 ? -1 : 0;
}

/* What it had to say is not known: that is not its end. */
static void lose_stream(struct capture *capture, struct capture_stream *stream)
{
	struct error error;

	if (stream == &capture->output && capture->file != NULL) {
		error_set(&error, "cannot complete '%s': what it gets cannot be read: %s", capture->file->target,
			  strerror(errno));
		outfile_fail(capture->file, &error);
	}
	capture->lost = true;
	pipeline_close(&stream->fd);
}

/* False where nothing came. */
static bool read_stream(struct capture *capture, struct capture_stream *stream)
{
	ssize_t length = read(stream->fd, capture->block, BLOCK_SIZE);

	if (length < 0 && errno != EAGAIN && errno != EINTR)
		lose_stream(capture, stream);
	if (length == 0)
		pipeline_close(&stream->fd);
	if (length <= 0)
		return false;
	capture->nap = length < SHORT_READ;
	if (stream == &capture->output && capture->file != NULL)
		outfile_write(capture->file, capture->block, (size_t)length);
	if (stream->is != PIPELINE_NEITHER && capture->pipeline->output != NULL)
		capture->pipeline->output(capture->pipeline->context, stream->is, capture->block, (size_t)length);
	return true;
}

void capture_attend(struct capture *capture, int64_t moment_ms)
{
	struct pollfd events[] = {
		{.fd = supervise_descriptor(), .events = POLLIN},
		{.fd = capture->output.fd, .events = POLLIN},
		{.fd = capture->errors.fd, .events = POLLIN},
	};
	const struct timespec nap = {.tv_nsec = NAP_NS};

	if (capture->nap)
		nanosleep(&nap, NULL);
	capture->nap = false;
	int64_t left = moment_ms - clock_monotonic_ms();
	if (poll(events, 3, left > INT_MAX ? INT_MAX : left < 0 ? 0 : (int)left) <= 0)
		return;
	if (events[1].revents != 0)
		read_stream(capture, &capture->output);
	if (events[2].revents != 0)
		read_stream(capture, &capture->errors);
	if (events[0].revents != 0) {
		supervise_clear();
		children_reap();
	}
}

void capture_drain(struct capture *capture)
{
	struct capture_stream *streams[] = {&capture->output, &capture->errors};

	for (size_t i = 0; i < 2; i++) {
		for (int block = 0; block < DRAIN_BLOCKS && streams[i]->fd >= 0; block++)
			if (!read_stream(capture, streams[i]))
				break;
	}
}

bool capture_is_open(const struct capture *capture)
{
	return capture->output.fd >= 0 || capture->errors.fd >= 0;
}

static bool all_exited(const struct pipeline_result *result)
{
	for (size_t i = 0; i < result->stage_count; i++)
		if (result->ends[i].outcome != PROCESS_EXITED)
			return false;
	return result->stage_count > 0;
}

static void forget_output(struct pipeline_result *result)
{
	temporary_end(result->temporary_path);
	free(result->output_path);
	result->temporary_path = NULL;
	result->output_path = NULL;
	result->sink = NULL;
}

static int commit_sink(struct pipeline_result *result, struct error *err)
{
	struct sink *sink = result->sink;

	forget_output(result);
	return sink->commit(sink, err);
}

int pipeline_commit_output(struct pipeline_result *result, struct error *err)
{
	int status = 0;

	err->message[0] = '\0';
	if (result->output_error.message[0] != '\0')
		status = error_set(err, "%s", result->output_error.message);
	else if (!all_exited(result))
		status = error_set(err, "the step did not come to its end");
	else if (result->sink != NULL)
		return commit_sink(result, err);
	else if (result->temporary_path != NULL)
		status = outfile_rename(result->temporary_path, result->output_path, err);
	if (status < 0)
		pipeline_discard_output(result);
	forget_output(result);
	return status;
}

void pipeline_discard_output(struct pipeline_result *result)
{
	if (result->sink != NULL && result->sink->discard(result->sink, &result->discard_error) == 0)
		result->discard_error.message[0] = '\0';
	if (result->temporary_path != NULL)
		unlink(result->temporary_path);
	forget_output(result);
}

void pipeline_result_release(struct pipeline_result *result)
{
	pipeline_discard_output(result);
	free(result->ends);
	result->ends = NULL;
	result->stage_count = 0;
}

#include "wrapper/report/report.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/base/secrets.h"
#include "assertions/base/utf8.h"

#define LINE_BYTES_MAX 1000
#define REST_BYTES_MAX 40 /* "... and N more" */
#define DEFAULT_PATH "/dev/termination-log"

/* Only a path that was asked for is created: elsewhere there is nobody who reads it. */
static void write_bytes(const char *data, size_t length)
{
	const char *asked = getenv("MUSTER_TERMINATION_LOG");
	cleanup_fd int fd = -1;
	size_t written = 0;

	if (asked != NULL && asked[0] != '\0')
		fd = open(asked, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK, 0644);
	else
		fd = open(DEFAULT_PATH, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NONBLOCK);
	while (fd >= 0 && written < length) {
		ssize_t done = write(fd, data + written, length - written);
		if (done <= 0)
			return;
		written += (size_t)done;
	}
}

void termination_say(const char *text)
{
	write_bytes(text, strlen(text));
}

static void write_message(const char *text)
{
	cleanup_buffer struct buffer masked;

	buffer_init(&masked, TERMINATION_MAX);
	secrets_mask(text, strlen(text), &masked);
	write_bytes(masked.data, masked.length);
}

/* A readiness probe runs beside the container's own program, whose last words these would replace. */
static bool is_a_question(const struct run *run)
{
	return run->options.mode == RUN_MODE_PROBE;
}

void termination_begin(const struct run *run)
{
	cleanup_free char *text = memory_format(
		"%s: did not finish: muster was ended before it came to a verdict (%zu checks declared)\n",
		run->manifest->name, run->roll.count);

	if (!is_a_question(run))
		write_message(text);
}

/* In whole lines, as many as there is room for; returns how many rows there was none for. */
static size_t add_rows(const struct run *run, enum verdict verdict, struct buffer *text)
{
	size_t left_out = 0;

	for (size_t i = 0; i < run->roll.count; i++) {
		const struct roll_row *row = &run->roll.rows[i];
		if (row->finding.verdict != verdict)
			continue;
		cleanup_free char *message = report_message(row);
		cleanup_free char *line = memory_format("%s %s: %s", verdict_name(verdict), row->id, message);
		cleanup_buffer struct buffer masked;
		buffer_init(&masked, LINE_BYTES_MAX * 2);
		secrets_mask(line, strlen(line), &masked);
		size_t length = masked.length;
		if (length > LINE_BYTES_MAX)
			length = utf8_boundary(masked.data, LINE_BYTES_MAX);
		if (left_out > 0 || text->length + length + 1 > TERMINATION_MAX - REST_BYTES_MAX) {
			left_out++;
			continue;
		}
		buffer_append(text, masked.data, length);
		buffer_string(text, "\n");
	}
	return left_out;
}

void termination_end(const struct run *run)
{
	cleanup_free char *verdict = report_verdict_line(run);
	cleanup_buffer struct buffer text = {0};
	size_t left_out;

	if (is_a_question(run))
		return;
	buffer_init(&text, TERMINATION_MAX);
	buffer_print(&text, "%.*s\n", LINE_BYTES_MAX, verdict);
	left_out = add_rows(run, VERDICT_FAIL, &text);
	left_out += add_rows(run, VERDICT_UNPROVEN, &text);
	if (left_out > 0)
		buffer_print(&text, "... and %zu more\n", left_out);
	write_message(text.data);
}

void termination_refused(const char *path, const char *lines, int code)
{
	cleanup_buffer struct buffer text = {0};

	buffer_init(&text, TERMINATION_MAX);
	buffer_print(&text, "%.*s: fail: the manifest %s, nothing was run (exit code %d)\n", LINE_BYTES_MAX, path,
		     code < EXIT_SIGNAL_BASE ? "is not valid" : "was not read to its end", code);
	size_t room = TERMINATION_MAX - text.length, length = strlen(lines);
	buffer_append(&text, lines, length > room ? utf8_boundary(lines, room) : length);
	write_message(text.data);
}

void termination_several(size_t reached, size_t manifests, int code)
{
	cleanup_free char *text =
		memory_format("%s: %zu of %zu manifests were verified; exit code %d (the log says which)\n",
			      code == EXIT_PASSED ? "pass" : "fail", reached, manifests, code);

	write_message(text);
}

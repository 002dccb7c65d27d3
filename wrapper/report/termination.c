#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../assertions/base/cleanup.h"
#include "../../assertions/base/secrets.h"

#define DEFAULT_PATH "/dev/termination-log"

/* Only a path that was asked for is created: elsewhere there is nobody who reads it. */
static void write_message(const char *text)
{
	const char *asked = getenv("MUSTER_TERMINATION_LOG");
	cleanup_buffer struct buffer masked;
	cleanup_fd int fd = -1;
	size_t written = 0;

	buffer_init(&masked, TERMINATION_MAX);
	secrets_mask(text, strlen(text), &masked);
	if (asked != NULL && asked[0] != '\0')
		fd = open(asked, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK, 0644);
	else
		fd = open(DEFAULT_PATH, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NONBLOCK);
	while (fd >= 0 && written < masked.length) {
		ssize_t done = write(fd, masked.data + written, masked.length - written);
		if (done <= 0)
			return;
		written += (size_t)done;
	}
}

void termination_begin(const struct run *run)
{
	cleanup_buffer struct buffer text;

	buffer_init(&text, TERMINATION_MAX);
	buffer_print(&text, "%s: did not finish: muster was ended before it came to a verdict (%zu checks declared)\n",
		     run->manifest->name, run->roll.count);
	write_message(text.data);
}

static void add_rows(const struct run *run, enum verdict verdict, struct buffer *text)
{
	for (size_t i = 0; i < run->roll.count; i++) {
		const struct roll_row *row = &run->roll.rows[i];
		if (row->finding.verdict != verdict)
			continue;
		cleanup_free char *message = report_message(row);
		buffer_print(text, "%s %s: %s\n", verdict_name(verdict), row->id, message);
	}
}

void termination_end(const struct run *run)
{
	cleanup_free char *verdict = report_verdict_line(run);
	cleanup_buffer struct buffer text;

	buffer_init(&text, TERMINATION_MAX);
	buffer_print(&text, "%s\n", verdict);
	add_rows(run, VERDICT_FAIL, &text);
	add_rows(run, VERDICT_UNPROVEN, &text);
	write_message(text.data);
}

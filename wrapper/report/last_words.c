#include "wrapper/report/last_words.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "wrapper/process/temporary.h"
#include "wrapper/report/report_private.h"

struct last_words {
	char *place, *temporary;
	char *text;
	size_t length;
};

static const struct report_request *asked;
static size_t asked_count;
static struct last_words prepared[COMMAND_REPORTS_MAX];
static size_t prepared_count;
static char *termination;
static mode_t mode;

static void release(void)
{
	for (size_t i = 0; i < prepared_count; i++) {
		free(prepared[i].place);
		free(prepared[i].temporary);
		free(prepared[i].text);
	}
	prepared_count = 0;
	free(termination);
	termination = NULL;
}

/* What cannot be rendered or has no place cannot be written later either: the verb tells of it then. */
static void prepare(const struct report *report, const struct report_request *request)
{
	struct last_words words = {.place = report_place(request->path)};
	struct error ignored;

	if (words.place == NULL || report_render(request->format, report, report_former(request->path), &words.text,
						 &words.length, &ignored) < 0) {
		free(words.place);
		free(words.text);
		return;
	}
	words.temporary = temporary_template(words.place);
	prepared[prepared_count++] = words;
}

void last_words_begin(const struct report_request *requests, size_t count)
{
	asked = requests;
	asked_count = count;
	memory_on_exhaustion(last_words_say);
}

void last_words_prepare(const struct run *run, const struct report_request *requests, size_t count)
{
	mode_t mask = umask(0);
	struct run ended = *run;
	struct error ignored;
	bool is_first = termination == NULL && prepared_count == 0;
	/* Before those of a manifest before it are gone. */
	char *message = run->options.mode != RUN_MODE_PROBE
				? memory_format("%s: fail: an error inside muster (exit code %d)\n",
						run->manifest->name, EXIT_INTERNAL)
				: NULL;

	umask(mask);
	mode = 0666 & ~mask;
	release();
	/* What stands there says of another manifest. */
	termination = is_first ? NULL : message;
	ended.broken = true;
	ended.finished_ms = run->started_ms;
	struct report *report = count > 0 ? report_of_run(&ended, &ignored) : NULL;
	for (size_t i = 0; report != NULL && i < count; i++)
		if (!report_is_stream(requests[i].path))
			prepare(report, &requests[i]);
	report_free(report);
	termination = message;
}

static int write_whole(int fd, const char *text, size_t length)
{
	size_t done = 0;

	while (done < length) {
		ssize_t written = write(fd, text + done, length - done);
		if (written < 0 && errno != EINTR)
			return -1;
		done += written > 0 ? (size_t)written : 0;
	}
	return 0;
}

static int replace(const struct last_words *words)
{
	cleanup_fd int fd = mkostemp(words->temporary, O_CLOEXEC);

	if (fd < 0)
		return -1;
	fchmod(fd, mode);
	if (write_whole(fd, words->text, words->length) == 0 && fsync(fd) == 0 &&
	    rename(words->temporary, words->place) == 0)
		return 0;
	unlink(words->temporary);
	return -1;
}

/* What stands there may say that all is well: in doubt it is gone. */
static void write_in_place(const struct last_words *words)
{
	cleanup_fd int fd = open(words->place, O_WRONLY | O_TRUNC | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0 || write_whole(fd, words->text, words->length) < 0)
		unlink(words->place);
}

void last_words_say(void)
{
	for (size_t i = 0; prepared_count == 0 && i < asked_count; i++)
		if (!asked[i].format->remembers)
			report_remove(asked[i].path);
	for (size_t i = 0; i < prepared_count; i++)
		if (replace(&prepared[i]) < 0)
			write_in_place(&prepared[i]);
	if (termination != NULL)
		termination_say(termination);
}

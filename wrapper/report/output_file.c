#include "wrapper/report/report_private.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "wrapper/process/supervise.h"
#include "wrapper/process/temporary.h"
#include "wrapper/report/console.h"

#define HURRY_MS 1000

struct rendering {
	char *text;
	size_t length;
};

/* Where a link leads to, "" for what is none. */
static void read_link(const char *path, char ret_target[PATH_MAX])
{
	ssize_t length = readlink(path, ret_target, PATH_MAX - 1);

	ret_target[length > 0 ? length : 0] = '\0';
}

bool report_is_stdout(const char *path)
{
	char target[PATH_MAX];

	read_link(path, target);
	return strcmp(path, "-") == 0 || strcmp(path, "/dev/fd/1") == 0 || strcmp(path, "/proc/self/fd/1") == 0 ||
	       strcmp(target, "/proc/self/fd/1") == 0;
}

/* Such a name leads to a file that is open already: neither the name nor the file is muster's to replace. */
static bool is_open_file(const char *path)
{
	char target[PATH_MAX];

	read_link(path, target);
	return strncmp(path, "/dev/fd/", 8) == 0 || strncmp(path, "/proc/", 6) == 0 ||
	       strncmp(target, "/proc/", 6) == 0;
}

bool report_is_stream(const char *path)
{
	struct stat status;

	return report_is_stdout(path) || is_open_file(path) || (stat(path, &status) == 0 && !S_ISREG(status.st_mode));
}

static int close_whole(FILE *file, struct error *err)
{
	int failed = ferror(file) | fflush(file);

	if (failed == 0 && fsync(fileno(file)) < 0 && errno != EINVAL && errno != EROFS && errno != ENOTSUP)
		failed = -1;
	if (failed != 0)
		error_set(err, "%s", strerror(errno != 0 ? errno : EIO));
	if (fclose(file) != 0 && failed == 0)
		failed = error_set(err, "%s", strerror(errno));
	return failed == 0 ? 0 : -1;
}

static int write_to(const struct rendering *rendering, FILE *file, struct error *err)
{
	errno = 0;
	fwrite(rendering->text, 1, rendering->length, file);
	return close_whole(file, err);
}

static int write_new_file(const struct rendering *rendering, const char *path, struct error *err)
{
	char *temporary = NULL;
	int fd = temporary_open(path, &temporary), result;
	FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
	mode_t mask = umask(0);

	umask(mask);
	if (file == NULL) {
		result = error_set(err, "%s", strerror(errno));
		if (fd >= 0)
			close(fd);
	} else {
		fchmod(fd, 0666 & ~mask);
		result = write_to(rendering, file, err);
	}
	if (result == 0 && rename(temporary, path) < 0)
		result = error_set(err, "%s", strerror(errno));
	if (result < 0 && temporary != NULL)
		unlink(temporary);
	temporary_end(temporary);
	return result;
}

static int write_in_place(const struct rendering *rendering, const char *path, bool append, struct error *err)
{
	FILE *file = fopen(path, append ? "ae" : "we");

	return file != NULL ? write_to(rendering, file, err) : error_set(err, "%s", strerror(errno));
}

static void nap(void)
{
	nanosleep(&(struct timespec){0, 50000000}, NULL);
}

/* Once muster was told to end, there is not much time left. */
static bool is_too_late(int64_t began_ms)
{
	int64_t now_ms = clock_monotonic_ms();

	return now_ms - began_ms >= (supervise_signal() != 0 ? HURRY_MS : REPORT_PIPE_MS) ||
	       now_ms >= supervise_end_of(SUPERVISE_REPORTS);
}

static int open_pipe(const char *path, struct error *err)
{
	int64_t began_ms = clock_monotonic_ms();
	int fd;

	while ((fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC)) < 0 && (errno == ENXIO || errno == EINTR) &&
	       !is_too_late(began_ms))
		nap();
	if (fd < 0 && errno == ENXIO)
		return error_set(err, "nobody reads from this pipe");
	return fd >= 0 ? fd : error_set(err, "%s", strerror(errno));
}

static int write_into_pipe(const struct rendering *rendering, int fd, struct error *err)
{
	size_t done = 0;
	int64_t began_ms = clock_monotonic_ms();

	while (done < rendering->length) {
		struct pollfd ready = {.fd = fd, .events = POLLOUT};
		ssize_t written = write(fd, rendering->text + done, rendering->length - done);
		if (written > 0) {
			done += (size_t)written;
			began_ms = clock_monotonic_ms();
		} else if (written < 0 && errno != EAGAIN && errno != EINTR) {
			return error_set(err, "%s", strerror(errno));
		} else if (is_too_late(began_ms)) {
			return error_set(err, "nobody reads from this pipe");
		} else {
			poll(&ready, 1, 200);
		}
	}
	return 0;
}

/* Somebody who has gone away must not keep the run from ending. */
static int write_pipe(const struct rendering *rendering, const char *path, struct error *err)
{
	int fd = open_pipe(path, err), result;

	if (fd < 0)
		return -1;
	result = write_into_pipe(rendering, fd, err);
	close(fd);
	return result;
}

/* A file that is mounted alone into a folder that cannot be written to can only be written in place. */
static bool is_new_file_possible(const char *path)
{
	const char *slash = strrchr(path, '/');
	cleanup_free char *folder =
		slash != NULL ? memory_substring(path, slash > path ? (size_t)(slash - path) : 1) : memory_string(".");

	return access(folder, W_OK) == 0 || access(path, W_OK) < 0;
}

static int write_stdout(const struct rendering *rendering, struct error *err)
{
	errno = 0;
	if (console_deliver(stdout, rendering->text, rendering->length) == 0)
		return 0;
	if (errno == ETIMEDOUT)
		return error_set(err, "nobody reads from it");
	return error_set(err, "%s", strerror(errno != 0 ? errno : EIO));
}

/* A link stays one: what it names is written anew. NULL where it names nothing yet. */
char *report_place(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0 && S_ISLNK(status.st_mode) ? realpath(path, NULL) : memory_string(path);
}

static int write_rendering(const struct rendering *rendering, const char *path, struct error *err)
{
	cleanup_free char *place = NULL;
	struct stat status;
	bool is_there = stat(path, &status) == 0;

	if (report_is_stdout(path))
		return write_stdout(rendering, err);
	/* It may be the file that people read: what was printed before comes before it. */
	if (report_is_stream(path))
		console_settle();
	if (is_there && S_ISFIFO(status.st_mode))
		return write_pipe(rendering, path, err);
	if (report_is_stream(path))
		return write_in_place(rendering, path, true, err);
	place = report_place(path);
	return place != NULL && is_new_file_possible(place) ? write_new_file(rendering, place, err)
							    : write_in_place(rendering, path, false, err);
}

int report_render(const struct report_format *format, const struct report *report, const char *former, char **ret_text,
		  size_t *ret_length, struct error *err)
{
	char *text;
	size_t length;
	FILE *file = memory_open_stream(&text, &length);
	int result = format->write(report, former, file, err);

	memory_end_stream(file);
	if (result < 0) {
		free(text);
		return -1;
	}
	*ret_text = text;
	*ret_length = length;
	return 0;
}

bool report_remove(const char *path)
{
	struct stat status;

	if (report_is_stream(path) || lstat(path, &status) < 0)
		return true;
	return (!S_ISLNK(status.st_mode) && unlink(path) == 0) || truncate(path, 0) == 0 || errno == ENOENT;
}

const char *report_former(const char *path)
{
	return !report_is_stream(path) && access(path, F_OK) == 0 ? path : NULL;
}

/* In memory first: what cannot be rendered whole leaves no trace, and a former report can be read until it is replaced. */
int report_write(const struct report_format *format, const struct report *report, const char *path, struct error *err)
{
	struct rendering rendering = {NULL, 0};
	int result = report_render(format, report, report_former(path), &rendering.text, &rendering.length, err);

	if (result == 0)
		result = write_rendering(&rendering, path, err);
	free(rendering.text);
	if (result == 0)
		return 0;
	if (report_is_stdout(path))
		return error_wrap(err, "cannot write the %s report to standard output", format->name);
	return error_wrap(err, "cannot write the %s report to '%s'", format->name, path);
}

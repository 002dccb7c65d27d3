#include "wrapper/process/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "wrapper/process/supervise.h"
#include "wrapper/process/temporary.h"

#define WAIT_MS 20
#define LINKS_MAX 40 /* as many as Linux follows */

static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return memory_string(".");
	return slash == path ? memory_string("/") : memory_substring(path, (size_t)(slash - path));
}

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

static bool starts_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

/* These lead to what is open already: replacing the file behind them is not what is meant. */
static bool is_own_descriptor(const char *path)
{
	return starts_with(path, "/dev/std") || starts_with(path, "/dev/fd/") || starts_with(path, "/proc/");
}

/* Where a shell would create the file: what a link leads to need not be there. NULL, and errno, where that cannot be told. */
static char *behind_links(const char *path)
{
	char *at = memory_string(path);
	char target[PATH_MAX];

	for (unsigned links = 0; links < LINKS_MAX; links++) {
		ssize_t length = readlink(at, target, sizeof(target) - 1);
		if (length < 0)
			return at;
		target[length] = '\0';
		cleanup_free char *folder = folder_of(at);
		free(at);
		at = target[0] == '/' ? memory_string(target) : memory_format("%s/%s", folder, target);
	}
	free(at);
	errno = ELOOP;
	return NULL;
}

static mode_t current_umask(void)
{
	mode_t mask = umask(0);

	umask(mask);
	return mask;
}

/* Opening a FIFO that nobody reads would block, out of reach of a signal or the step's timeout. */
static int open_directly(struct outfile *file, mode_t type, struct error *err)
{
	int append = S_ISREG(type) ? O_APPEND : 0;

	for (;;) {
		file->fd = open(file->target, O_WRONLY | append | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
		if (file->fd >= 0)
			return 0;
		if (errno != ENXIO || !S_ISFIFO(type))
			return error_set(err, "cannot write '%s': %s", file->target, strerror(errno));
		if (clock_monotonic_ms() >= file->deadline_ms || !supervise_sleep(WAIT_MS))
			return error_set(err, "cannot write '%s': nobody reads from it", file->target);
	}
}

static int open_temporary(struct outfile *file, const struct stat *replaced, struct error *err)
{
	cleanup_free char *folder = folder_of(file->target);
	mode_t mode = replaced != NULL ? replaced->st_mode & 0777 : 0666 & ~current_umask();

	file->fd = temporary_open(file->target, &file->temporary);
	if (file->fd < 0)
		return error_set(err, "cannot write '%s': cannot create a file in '%s': %s", file->target, folder,
				 strerror(errno));
	/* Under another group the group's permissions would go to the wrong people: it gets those of everybody else. */
	if (replaced != NULL && fchown(file->fd, replaced->st_uid, replaced->st_gid) < 0)
		mode = (mode & 0707) | (mode & 0007) << 3;
	if (fchmod(file->fd, mode) < 0)
		return error_set(err, "cannot set the permissions of '%s': %s", file->temporary, strerror(errno));
	return 0;
}

int outfile_open(struct outfile *file, const char *path, int64_t deadline_ms, int signals_ignored, struct error *err)
{
	struct stat status;
	bool exists = stat(path, &status) == 0;

	*file = (struct outfile){.fd = -1, .deadline_ms = deadline_ms, .signals_ignored = signals_ignored};
	if (name_of(path)[0] == '\0' || (exists && S_ISDIR(status.st_mode)))
		return error_set(err, "cannot write '%s': it is a folder", path);
	if (exists && (!S_ISREG(status.st_mode) || is_own_descriptor(path))) {
		file->target = memory_string(path);
		return open_directly(file, status.st_mode, err);
	}
	file->target = exists ? realpath(path, NULL) : behind_links(path);
	if (file->target == NULL)
		return error_set(err, "cannot write '%s': %s", path, strerror(errno));
	return open_temporary(file, exists ? &status : NULL, err);
}

int outfile_open_sink(struct outfile *file, struct sink *sink, int64_t deadline_ms, struct error *err)
{
	*file = (struct outfile){.fd = -1};
	sink->deadline_ms = deadline_ms;
	if (sink->open(sink, err) < 0)
		return -1;
	file->sink = sink;
	file->target = memory_string(sink->name);
	return 0;
}

void outfile_fail(struct outfile *file, const struct error *error)
{
	if (file->error.message[0] == '\0')
		file->error = *error;
}

static void note_failure(struct outfile *file, const char *verb, const char *reason)
{
	struct error error;

	error_set(&error, "cannot %s '%s': %s", verb, file->target, reason);
	outfile_fail(file, &error);
}

/* For the reader of a FIFO. False where muster has something better to do. */
static bool wait_for_reader(const struct outfile *file)
{
	struct pollfd event = {.fd = file->fd, .events = POLLOUT};

	while (poll(&event, 1, WAIT_MS) <= 0)
		if (clock_monotonic_ms() >= file->deadline_ms || supervise_signal_count() > file->signals_ignored)
			return false;
	return true;
}

static void write_sink(struct outfile *file, const char *data, size_t length)
{
	struct error error;

	if (file->error.message[0] != '\0')
		return;
	if (file->sink->write(file->sink, data, length, &error) < 0)
		note_failure(file, "write", error.message);
	else
		file->written_bytes += (int64_t)length;
}

void outfile_write(struct outfile *file, const char *data, size_t length)
{
	if (file->sink != NULL) {
		write_sink(file, data, length);
		return;
	}
	while (length > 0 && file->error.message[0] == '\0') {
		ssize_t written = write(file->fd, data, length);

		if (written >= 0) {
			data += written;
			length -= (size_t)written;
			file->written_bytes += written;
		} else if (errno == EAGAIN) {
			if (!wait_for_reader(file))
				note_failure(file, "write", "its reader takes nothing");
		} else if (errno != EINTR) {
			note_failure(file, "write", strerror(errno));
		}
	}
}

static void remove_temporary(struct outfile *file)
{
	if (file->temporary != NULL)
		unlink(file->temporary);
	temporary_end(file->temporary);
	file->temporary = NULL;
}

int outfile_finish(struct outfile *file, struct error *err)
{
	if (file->sink != NULL) {
		*err = file->error;
		return file->error.message[0] == '\0' ? 0 : -1;
	}
	/* What is written to directly may be something that cannot be flushed; it says EINVAL then. */
	if (file->error.message[0] == '\0' && fsync(file->fd) < 0 && (file->temporary != NULL || errno != EINVAL))
		note_failure(file, "flush", strerror(errno));
	if (close(file->fd) < 0 && errno != EINTR)
		note_failure(file, "close", strerror(errno));
	file->fd = -1;
	if (file->error.message[0] == '\0')
		return 0;
	remove_temporary(file);
	*err = file->error;
	return -1;
}

char *outfile_take(struct outfile *file, char **ret_target)
{
	char *temporary = file->temporary;

	*ret_target = temporary != NULL ? file->target : NULL;
	if (temporary == NULL)
		free(file->target);
	file->target = NULL;
	file->temporary = NULL;
	return temporary;
}

void outfile_release(struct outfile *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
	remove_temporary(file);
	free(file->target);
	file->target = NULL;
}

static int flush_folder(const char *target, struct error *err)
{
	cleanup_free char *path = folder_of(target);
	cleanup_fd int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	/* A folder that may be written but not read cannot be opened; some file systems have nothing to flush here. */
	if (folder < 0)
		return errno == EACCES ? 0 : error_set(err, "cannot open '%s': %s", path, strerror(errno));
	if (fsync(folder) < 0 && errno != EINVAL && errno != ENOTSUP && errno != EBADF && errno != ENOSYS)
		return error_set(err, "cannot flush '%s': %s", path, strerror(errno));
	return 0;
}

int outfile_rename(const char *temporary, const char *target, struct error *err)
{
	if (rename(temporary, target) < 0) {
		error_set(err, "cannot rename '%s' to '%s': %s", temporary, target, strerror(errno));
		unlink(temporary);
		return -1;
	}
	/* What was there before is gone: what took its place is better than nothing. */
	return flush_folder(target, err);
}

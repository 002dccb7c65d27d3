#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../assertions/base/cleanup.h"
#include "../../assertions/base/memory.h"

struct rendering {
	char *text;
	size_t length;
};

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
	cleanup_free char *temporary = memory_format("%s.XXXXXX", path);
	int fd = mkostemp(temporary, O_CLOEXEC);
	FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;

	if (file == NULL) {
		error_set(err, "%s", strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	mode_t mask = umask(0);
	umask(mask);
	fchmod(fd, 0666 & ~mask);
	if (write_to(rendering, file, err) < 0) {
		unlink(temporary);
		return -1;
	}
	if (rename(temporary, path) == 0)
		return 0;
	error_set(err, "%s", strerror(errno));
	unlink(temporary);
	return -1;
}

/* What is not a regular file (a pipe, a device) is written into as it is. */
static int write_in_place(const struct rendering *rendering, const char *path, struct error *err)
{
	FILE *file = fopen(path, "we");

	return file != NULL ? write_to(rendering, file, err) : error_set(err, "%s", strerror(errno));
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
	if (fwrite(rendering->text, 1, rendering->length, stdout) == rendering->length && fflush(stdout) == 0)
		return 0;
	return error_set(err, "%s", strerror(errno != 0 ? errno : EIO));
}

static int write_rendering(const struct rendering *rendering, const char *path, struct error *err)
{
	struct stat status;

	if (strcmp(path, "-") == 0)
		return write_stdout(rendering, err);
	if ((stat(path, &status) == 0 && !S_ISREG(status.st_mode)) || !is_new_file_possible(path))
		return write_in_place(rendering, path, err);
	return write_new_file(rendering, path, err);
}

/* In memory first: what cannot be rendered whole leaves no trace, and a former report can be read until it is replaced. */
static int render(const struct report_format *format, const struct report *report, const char *path,
		  struct rendering *ret_rendering, struct error *err)
{
	struct stat status;
	bool can_have_former = strcmp(path, "-") != 0 && stat(path, &status) == 0 && S_ISREG(status.st_mode);
	FILE *file = open_memstream(&ret_rendering->text, &ret_rendering->length);

	if (file == NULL)
		return error_set(err, "%s", strerror(errno));
	int result = format->write(report, can_have_former ? path : NULL, file, err);
	bool whole = ferror(file) == 0;
	if (fclose(file) != 0 || (result == 0 && !whole))
		return error_set(err, "it could not be rendered whole");
	return result;
}

int report_write(const struct report_format *format, const struct report *report, const char *path, struct error *err)
{
	struct rendering rendering = {NULL, 0};
	int result = render(format, report, path, &rendering, err);

	if (result == 0)
		result = write_rendering(&rendering, path, err);
	free(rendering.text);
	if (result == 0)
		return 0;
	if (strcmp(path, "-") == 0)
		return error_wrap(err, "cannot write the %s report to standard output", format->name);
	return error_wrap(err, "cannot write the %s report to '%s'", format->name, path);
}

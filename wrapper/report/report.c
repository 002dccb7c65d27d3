#include "report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../assertions/base/cleanup.h"
#include "../../assertions/base/memory.h"

extern const struct report_format report_json;

const struct report_format *const report_formats[] = {&report_json, NULL};

const struct report_format *report_format_find(const char *name)
{
	for (const struct report_format *const *format = report_formats; *format != NULL; format++)
		if (strcmp((*format)->name, name) == 0)
			return *format;
	return NULL;
}

const char *verdict_name(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_PASS:
		return "pass";
	case VERDICT_FAIL:
		return "fail";
	case VERDICT_WAIVED:
		return "waived";
	case VERDICT_UNEVALUATED:
	case VERDICT_UNPROVEN:
		break;
	}
	return "unproven";
}

char *report_message(const struct roll_row *row)
{
	if (row->finding.verdict == VERDICT_PASS)
		return memory_string(row->finding.observed);
	return memory_format("expected %s; %s %s", row->expected,
			     row->finding.verdict == VERDICT_FAIL ? "observed" : "not proven:", row->finding.observed);
}

char *report_verdict_line(const struct run *run)
{
	struct roll_counts counts = roll_count(&run->roll);
	int code = run_exit_code(run);
	cleanup_free char *how = NULL;

	if (code == EXIT_PASSED)
		return memory_format("%s: pass: all %zu checks were evaluated and passed", run->manifest->name,
				     counts.declared);
	if (run->signal != 0) {
		char name[PROCESS_END_TEXT_MAX];
		how = memory_format(", ended by %s", process_signal_name(run->signal, name));
	} else if (code == EXIT_INTERNAL) {
		how = memory_string(", an error inside muster");
	}
	return memory_format("%s: fail%s: of %zu checks %zu passed, %zu failed, %zu not proven%s%s",
			     run->manifest->name, how != NULL ? how : "", counts.declared, counts.passed, counts.failed,
			     counts.unproven, run->nothing_run != NULL ? "; " : "",
			     run->nothing_run != NULL ? run->nothing_run : "");
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

static int write_to(const struct report_format *format, const struct run *run, FILE *file, struct error *err)
{
	if (format->write(run, file, err) < 0) {
		fclose(file);
		return -1;
	}
	return close_whole(file, err);
}

static int write_new_file(const struct report_format *format, const struct run *run, const char *path,
			  struct error *err)
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
	if (write_to(format, run, file, err) < 0) {
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
static int write_in_place(const struct report_format *format, const struct run *run, const char *path,
			  struct error *err)
{
	FILE *file = fopen(path, "we");

	return file != NULL ? write_to(format, run, file, err) : error_set(err, "%s", strerror(errno));
}

/* A file that is mounted alone into a folder that cannot be written to can only be written in place. */
static bool is_new_file_possible(const char *path)
{
	const char *slash = strrchr(path, '/');
	cleanup_free char *folder =
		slash != NULL ? memory_substring(path, slash > path ? (size_t)(slash - path) : 1) : memory_string(".");

	return access(folder, W_OK) == 0 || access(path, W_OK) < 0;
}

int report_write(const struct report_format *format, const struct run *run, const char *path, struct error *err)
{
	struct stat status;
	int result;

	if (strcmp(path, "-") == 0) {
		if (format->write(run, stdout, err) < 0 || fflush(stdout) != 0)
			return error_set(err, "cannot write the %s report to standard output", format->name);
		return 0;
	}
	if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
		result = write_in_place(format, run, path, err);
	else if (is_new_file_possible(path))
		result = write_new_file(format, run, path, err);
	else
		result = write_in_place(format, run, path, err);
	return result < 0 ? error_wrap(err, "cannot write the %s report to '%s'", format->name, path) : 0;
}

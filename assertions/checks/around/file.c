#include "assertions/checks/assertion.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assertions/base/clock.h"
#include "assertions/base/units.h"

enum file_type { TYPE_ANY, TYPE_FILE, TYPE_FOLDER };
static const char *const types[] = {"any", "file", "folder", NULL};

struct file_parameters {
	const char *path;
	int type;
	bool writable;
	bool absent;
	int64_t min_bytes;
	int64_t max_age_ms;
};

static const struct parameter parameters[] = {
	{"path", &value_string, PARAMETER_REQUIRED | PARAMETER_SHORTHAND, offsetof(struct file_parameters, path),
	 .help = "what must be there, and readable", .example = "/etc/gitlab/.s3cfg"},
	{"type", &value_choice, 0, offsetof(struct file_parameters, type), .choices = types, .fallback = "any",
	 .help = "what it must be", .example = "folder"},
	{"writable", &value_bool, 0, offsetof(struct file_parameters, writable), .fallback = "false",
	 .more = MORE_IS_STRONGER, .help = "it must be writable too", .example = "true"},
	{"absent", &value_bool, 0, offsetof(struct file_parameters, absent), .fallback = "false",
	 .more = MORE_IS_STRONGER, .help = "it must not be there: a lock, what an earlier run left behind",
	 .example = "true"},
	{"min", &value_size, 0, offsetof(struct file_parameters, min_bytes), .more = MORE_IS_STRONGER,
	 .help = "at least so many bytes", .example = "1KiB"},
	{"max_age", &value_duration, 0, offsetof(struct file_parameters, max_age_ms), .more = MORE_IS_WEAKER,
	 .help = "modified at most so long ago", .example = "1h"},
	{0},
};

static int validate(const void *self, struct error *err)
{
	const struct file_parameters *file = self;

	if (file->absent && (file->writable || file->type != TYPE_ANY || file->min_bytes != PARAMETER_UNSET ||
			     file->max_age_ms != PARAMETER_UNSET))
		return error_set(err, "what must be absent can have no other property");
	return 0;
}

static const struct record record = {.name = "a file",
				     .help = "a file or folder",
				     .size = sizeof(struct file_parameters),
				     .parameters = parameters,
				     .validate = validate};

static void expect(const void *self, size_t row, struct buffer *out)
{
	const struct file_parameters *file = self;
	char text[UNITS_TEXT_MAX];

	(void)row;
	if (file->absent) {
		buffer_print(out, "'%s' is not there", file->path);
		return;
	}
	buffer_print(out, "'%s' is a readable%s %s", file->path, file->writable ? " and writable" : "",
		     file->type == TYPE_ANY ? "file or folder" : types[file->type]);
	if (file->min_bytes != PARAMETER_UNSET)
		buffer_print(out, ", at least %s", units_declared_size(file->min_bytes, text));
	if (file->max_age_ms != PARAMETER_UNSET)
		buffer_print(out, ", at most %s old", units_declared_duration(file->max_age_ms, text));
}

static void check_properties(const struct file_parameters *file, const struct stat *status, struct finding *finding)
{
	int64_t age_ms = clock_now_ms() - (int64_t)status->st_mtim.tv_sec * 1000;
	char text[UNITS_TEXT_MAX];

	if (file->type == TYPE_FILE && !S_ISREG(status->st_mode))
		finding_fail(finding, "'%s' is not a file", file->path);
	else if (file->type == TYPE_FOLDER && !S_ISDIR(status->st_mode))
		finding_fail(finding, "'%s' is not a folder", file->path);
	else if (access(file->path, R_OK) < 0 || (file->writable && access(file->path, W_OK) < 0))
		finding_fail(finding, "'%s': %s", file->path, strerror(errno));
	else if (file->min_bytes != PARAMETER_UNSET && status->st_size < file->min_bytes)
		finding_fail(finding, "'%s' has %s", file->path, units_format_size(status->st_size, text));
	else if (file->max_age_ms != PARAMETER_UNSET && age_ms < -CLOCK_TOLERANCE_MS)
		finding_fail(finding, "'%s' has a time in the future", file->path);
	else if (file->max_age_ms != PARAMETER_UNSET && age_ms > file->max_age_ms)
		finding_fail(finding, "'%s' is %s old", file->path, units_format_duration(age_ms, text));
	else
		finding_pass(finding, "there");
}

static void conclude(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct file_parameters *file = self;
	struct stat status;
	int result = file->absent ? lstat(file->path, &status) : stat(file->path, &status);

	(void)state;
	(void)evidence;
	if (result < 0 && (errno == ENOENT || errno == ENOTDIR) && file->absent)
		finding_pass(findings, "not there");
	else if (result < 0)
		finding_fail(findings, "'%s': %s", file->path, strerror(errno));
	else if (file->absent)
		finding_fail(findings, "'%s' is there", file->path);
	else
		check_properties(file, &status, findings);
}

const struct assertion_kind kind_file = {
	.name = "file",
	.subject = SUBJECT_SURROUNDINGS,
	.summary = "a file or folder is there, and as it should be, before anything is run",
	.example = "file: {path: /etc/passwd, min: 10B}",
	.parameters = &record,
	.expect = expect,
	.conclude = conclude,
};

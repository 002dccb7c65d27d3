#include "assertions/checks/assertion.h"

#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>

#include "assertions/base/units.h"

struct disk_parameters {
	const char *path;
	int64_t free_bytes;
	int64_t inodes;
};

static const struct parameter parameters[] = {
	{"path", &value_string, PARAMETER_REQUIRED, offsetof(struct disk_parameters, path),
	 .help = "a file or folder on the file system", .example = "/srv/backup"},
	{"free", &value_size, 0, offsetof(struct disk_parameters, free_bytes), .more = MORE_IS_STRONGER,
	 .help = "at least so many bytes are free", .example = "20GiB"},
	{"inodes", &value_integer, 0, offsetof(struct disk_parameters, inodes), .more = MORE_IS_STRONGER,
	 .help = "at least so many inodes are free", .example = "1000"},
	{0},
};

static int validate(const void *self, struct error *err)
{
	const struct disk_parameters *disk = self;

	if (disk->free_bytes == PARAMETER_UNSET && disk->inodes == PARAMETER_UNSET)
		return error_set(err, "one of 'free' and 'inodes' must be given");
	return 0;
}

static const struct record record = {.name = "a disk",
				     .help = "room on a file system",
				     .size = sizeof(struct disk_parameters),
				     .parameters = parameters,
				     .validate = validate};

static void expect(const void *self, size_t row, struct buffer *out)
{
	const struct disk_parameters *disk = self;
	char text[UNITS_TEXT_MAX];

	(void)row;
	buffer_string(out, "at least ");
	if (disk->free_bytes != PARAMETER_UNSET)
		buffer_print(out, "%s%s", units_declared_size(disk->free_bytes, text),
			     disk->inodes != PARAMETER_UNSET ? " and " : "");
	if (disk->inodes != PARAMETER_UNSET)
		buffer_print(out, "%lld inodes", (long long)disk->inodes);
	buffer_print(out, " free at %s", disk->path);
}

static void conclude(const void *self, void *state, const struct evidence *evidence, struct finding *findings)
{
	const struct disk_parameters *disk = self;
	struct statvfs status;
	char text[UNITS_TEXT_MAX];
	int64_t free_bytes, inodes;

	(void)state;
	(void)evidence;
	if (statvfs(disk->path, &status) < 0) {
		finding_fail(findings, "'%s': %s", disk->path, strerror(errno));
		return;
	}
	free_bytes = (int64_t)(status.f_bavail * status.f_frsize);
	inodes = (int64_t)status.f_favail;
	units_format_size(free_bytes, text);
	/* File systems without a table of inodes say that they have none. */
	if (disk->inodes != PARAMETER_UNSET && status.f_files > 0 && inodes < disk->inodes)
		finding_fail(findings, "%lld inodes free", (long long)inodes);
	else if (disk->free_bytes != PARAMETER_UNSET && free_bytes < disk->free_bytes)
		finding_fail(findings, "%s free", text);
	else
		finding_pass(findings, "%s free", text);
}

const struct assertion_kind kind_disk = {
	.name = "disk",
	.subject = SUBJECT_SURROUNDINGS,
	.summary = "there is room on a file system before anything is written",
	.details = "What a process without privileges may use is counted.",
	.example = "disk: {path: /tmp, free: 1MiB}",
	.parameters = &record,
	.expect = expect,
	.conclude = conclude,
};

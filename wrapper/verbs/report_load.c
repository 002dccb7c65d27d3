#include "wrapper/verbs/report_load.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/patient.h"
#include "wrapper/process/supervise.h"
#include "wrapper/roll.h"

#define BLOCK_BYTES 65536

static int read_whole(const char *path, struct buffer *text, struct error *err)
{
	bool is_stdin = strcmp(path, "-") == 0;
	cleanup_fd int opened = is_stdin ? -1 : patient_open(path);
	int fd = is_stdin ? STDIN_FILENO : opened;
	char block[BLOCK_BYTES];
	ssize_t got = fd >= 0 ? 1 : -1;

	while (!text->truncated && got > 0) {
		got = patient_read(fd, block, sizeof(block), PATIENT_FOR_EVER, supervise_is_told);
		buffer_append(text, block, got > 0 ? (size_t)got : 0);
	}
	if (text->truncated)
		return error_set(err, "'%s' is no report: it has more than %zu bytes", path, REPORT_BYTES_MAX);
	return got < 0 ? error_set(err, "cannot read '%s': %s", path, strerror(errno)) : 0;
}

int report_load(const char *path, struct report **ret_report, struct error *err)
{
	cleanup_buffer struct buffer text;
	struct error why;
	struct report *report;

	buffer_init(&text, REPORT_BYTES_MAX);
	if (read_whole(path, &text, err) < 0)
		return EXIT_USAGE;
	report = report_parse(text.data, text.length, &why);
	if (report == NULL) {
		error_set(err, "'%s' is not a sound report: %s", path, why.message);
		return EXIT_MANIFEST;
	}
	*ret_report = report;
	return EXIT_PASSED;
}

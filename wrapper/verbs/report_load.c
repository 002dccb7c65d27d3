#include "wrapper/verbs/report_load.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "wrapper/roll.h"

#define BLOCK_BYTES 65536

static int read_whole(const char *path, struct buffer *text, struct error *err)
{
	bool is_stdin = strcmp(path, "-") == 0;
	cleanup_file FILE *opened = is_stdin ? NULL : fopen(path, "re");
	FILE *file = is_stdin ? stdin : opened;
	char block[BLOCK_BYTES];
	size_t length;

	if (file == NULL)
		return error_set(err, "cannot read '%s': %s", path, strerror(errno));
	while (!text->truncated && (length = fread(block, 1, sizeof(block), file)) > 0)
		buffer_append(text, block, length);
	if (text->truncated)
		return error_set(err, "'%s' is no report: it has more than %zu bytes", path, REPORT_BYTES_MAX);
	return ferror(file) ? error_set(err, "cannot read '%s': %s", path, strerror(errno)) : 0;
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

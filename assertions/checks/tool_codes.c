#include "assertions/checks/tool_codes.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *program;
	int code;
	const char *meaning;
} table[] = {
	{"s3cmd", 2, "to s3cmd 2 means that only part of it was done, or an option that it does not know"},
	{"s3cmd", 11, "to s3cmd 11 means that the server refused the request (400, 405, 411, 416, 501, 504)"},
	{"s3cmd", 12, "to s3cmd 12 means 404: the bucket or the key is not there. Is the bucket's name right?"},
	{"s3cmd", 13, "to s3cmd 13 means a conflict (409)"},
	{"s3cmd", 15, "to s3cmd 15 means that the store is overloaded (429, 503)"},
	{"s3cmd", 64, "to s3cmd 64 means wrong usage, or a key that is not there"},
	{"s3cmd", 74, "to s3cmd 74 means an I/O error: a host that cannot be resolved is one"},
	{"s3cmd", 77, "to s3cmd 77 means access denied (403), or a TLS certificate that does not verify"},
	{"s3cmd", 78, "to s3cmd 78 means a wrong configuration"},
	{"s3cmd", 111, "to s3cmd 111 means that the connection was refused"},
	{"aws", 1, "to aws 1 means that at least one transfer failed"},
	{"aws", 2, "to aws 2 means a command line that it does not understand, or files that it skipped"},
	{"aws", 252, "to aws 252 means a command line that it does not understand"},
	{"aws", 253, "to aws 253 means a configuration or credentials that cannot be used"},
	{"aws", 254, "to aws 254 means that the store answered with an error"},
	{"aws", 255, "to aws 255 means an error of any other kind"},
	{"restic", 3, "to restic 3 means that some of the source could not be read: the snapshot is not complete"},
	{"restic", 10, "to restic 10 means that the repository is not there"},
	{"restic", 11, "to restic 11 means that the repository is locked"},
	{"restic", 12, "to restic 12 means a wrong password"},
	{"tar", 1, "to tar 1 means that files changed while they were read: the archive is not an exact copy"},
	{"tar", 2, "to tar 2 means a fatal error; an archive may have been written all the same"},
	{"gzip", 2, "to gzip 2 means a warning, such as rubbish after the end"},
	{"borg", 1, "to borg 1 means warnings: files may be missing from the archive"},
	{"rclone", 3, "to rclone 3 means that a folder is not there"},
	{"rclone", 9, "to rclone 9 means that nothing was transferred"},
	{"bash", 126, "to a shell 126 means that a command was found and could not be executed"},
	{"bash", 127, "to a shell 127 means that a command was not found"},
	{"sh", 126, "to a shell 126 means that a command was found and could not be executed"},
	{"sh", 127, "to a shell 127 means that a command was not found"},
};

const char *tool_code_meaning(const char *program, int code)
{
	const char *slash = strrchr(program, '/');
	const char *name = slash != NULL ? slash + 1 : program;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].code == code && strcmp(table[i].program, name) == 0)
			return table[i].meaning;
	return NULL;
}

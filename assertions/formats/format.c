#include <stddef.h>

#include "assertions/formats/format.h"

const char *const format_names[] = {
	"gzip",   "zstd",      "xz",  "bzip2", "lz4", "tar", "zip",          "cpio",
	"sqlite", "pg_custom", "rdb", "etcd",  "age", "gpg", "pg_directory", NULL,
};

_Static_assert(sizeof(format_names) / sizeof(format_names[0]) == FORMAT_COUNT, "every format has its name");

const char *format_name(enum format format)
{
	return format > FORMAT_UNKNOWN && format < FORMAT_COUNT ? format_names[format - 1] : "unknown";
}

bool format_is_compression(enum format format)
{
	return format >= FORMAT_GZIP && format <= FORMAT_LZ4;
}

bool format_is_archive(enum format format)
{
	return format >= FORMAT_TAR && format <= FORMAT_CPIO;
}

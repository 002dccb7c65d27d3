/* test: runs 15000 */
/* What /proc says of control groups: the first byte is a version, then the groups up to a NUL, then the mounts. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "wrapper/process/memory_kills.h"

static FILE *open_text(const uint8_t *data, size_t size)
{
	FILE *file = tmpfile();

	if (file == NULL || fwrite(data, 1, size, file) != size)
		abort();
	rewind(file);
	return file;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct memory_group group;
	const uint8_t *end = size > 1 ? memchr(data + 1, 0, size - 1) : NULL;

	if (end == NULL)
		return 0;
	FILE *groups = open_text(data + 1, (size_t)(end - data) - 1);
	FILE *mounts = open_text(end + 1, size - (size_t)(end + 1 - data));
	bool unified = data[0] % 2 == 0;

	memset(&group, 0, sizeof(group));
	if (memory_kills_locate(groups, mounts, unified, &group) &&
	    (group.folder[0] == '\0' || memchr(group.folder, 0, sizeof(group.folder)) == NULL ||
	     group.unified != unified))
		abort();
	fclose(groups);
	fclose(mounts);
	return 0;
}

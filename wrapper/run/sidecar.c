#include "wrapper/run/evidence.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"

#define SIDECAR_MAX ((size_t)64 << 10)

static void read_all(struct source *source, struct sidecar *sidecar)
{
	const unsigned char *data;
	struct trouble trouble;
	size_t length = 0;
	cleanup_buffer struct buffer text;
	int result;

	buffer_init(&text, SIDECAR_MAX);
	while ((result = source_next(source, &data, &length, &trouble)) == 0 && length > 0)
		buffer_append(&text, data, length);
	if (result < 0)
		sidecar->trouble = trouble.error;
	else if (text.truncated)
		error_set(&sidecar->trouble, "it has more than %zu KiB", SIDECAR_MAX >> 10);
	else
		sidecar->text = buffer_take(&text);
}

void sidecar_read(struct store *store, const char *name, const char *suffix, struct sidecar *ret_sidecar)
{
	cleanup_free char *path = memory_format("%s%s", name, suffix);
	struct source_file_facts facts;
	struct source *source = NULL;

	memset(ret_sidecar, 0, sizeof(*ret_sidecar));
	if (store != NULL) {
		enum store_status status = store->get(store, path, NULL, &source, &ret_sidecar->trouble);
		ret_sidecar->is_missing = status == STORE_ABSENT || status == STORE_NO_BUCKET;
		if (status != STORE_OK)
			source = NULL;
	} else if (source_open_file(path, &source, &facts, &ret_sidecar->trouble) < 0) {
		source = NULL;
		ret_sidecar->is_missing = access(path, F_OK) < 0 && errno == ENOENT;
	}
	if (source == NULL)
		return;
	read_all(source, ret_sidecar);
	source_close(source);
}

/* test: runs 20000 */
/* What a server may answer while something is uploaded in parts: beginning, completing, the lists of uploads and of parts. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/memory.h"
#include "assertions/stores/s3/s3_private.h"

static void read_uploads(const uint8_t *data, size_t size)
{
	struct s3_unfinished *unfinished = memory_alloc(sizeof(*unfinished));
	struct error err = {""};

	unfinished->key = "k";
	if (xml_read(&s3_unfinished_events, unfinished, data, size, &err) == 0 && unfinished->count > 0 &&
	    !unfinished->is_listing)
		abort();
	if (unfinished->count > S3_UNFINISHED_MAX || (unfinished->too_many && unfinished->count < S3_UNFINISHED_MAX))
		abort();
	for (unsigned i = 0; i < unfinished->count; i++)
		if (unfinished->uploads[i].id[0] == '\0' ||
		    memchr(unfinished->uploads[i].id, 0, S3_MULTIPART_ID_MAX) == NULL)
			abort();
	free(unfinished);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct s3_multipart_begun begun = {""};
	struct s3_multipart_completed completed = {false};
	struct s3_unfinished_parts parts = {false, false};
	struct error err;

	if (size < 1)
		return 0;
	switch (data[0] % 4) {
	case 0:
		xml_read(&s3_multipart_begun_events, &begun, data + 1, size - 1, &err);
		if (memchr(begun.id, 0, sizeof(begun.id)) == NULL)
			abort();
		break;
	case 1:
		xml_read(&s3_multipart_completed_events, &completed, data + 1, size - 1, &err);
		break;
	case 2:
		read_uploads(data + 1, size - 1);
		break;
	default:
		if (xml_read(&s3_unfinished_parts_events, &parts, data + 1, size - 1, &err) == 0 && parts.has_part &&
		    !parts.is_listing)
			abort();
	}
	return 0;
}

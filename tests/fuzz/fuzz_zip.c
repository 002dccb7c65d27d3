/* test: runs 4000 */
/* The reader of zips by itself. The first byte says how the rest is cut into blocks: however it is, the outcome is the same. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/buffer.h"
#include "assertions/formats/container.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MEMBER_MAX (1 << 20)

static int read_member(struct container *container, struct buffer *log)
{
	struct trouble trouble = {.soundness = SOUND};
	uint64_t length_seen = 0, hash = 0;
	const unsigned char *data;
	size_t length = 1;
	int result = 0;

	while (length > 0 && length_seen < MEMBER_MAX) {
		result = container->data(container, &data, &length, &trouble);
		if (result < 0)
			break;
		for (size_t i = 0; i < length; i++)
			hash = (hash ^ data[i]) * 0x100000001b3u;
		length_seen += length;
	}
	if (result < 0 && (trouble.soundness == SOUND || trouble.error.message[0] == '\0'))
		abort();
	if (result < 0)
		buffer_print(log, " %d", (int)trouble.soundness);
	else
		buffer_print(log, " %llu %llx", (unsigned long long)length_seen, (unsigned long long)hash);
	return length_seen < MEMBER_MAX ? 0 : -1;
}

/* How it ended; 1 where it was too long to be read. */
static int walk(const uint8_t *data, size_t size, size_t block, struct buffer *log)
{
	struct source *source = source_open_memory(data, size, block);
	struct container *container = archive_find(FORMAT_ZIP)->open(source);
	struct inspect_member member;
	struct trouble trouble = {.soundness = SOUND};
	int more;

	buffer_init(log, 1 << 20);
	while ((more = container->next(container, &member, &trouble)) > 0) {
		buffer_print(log, "%s %d %d %lld %lld", member.path, (int)member.type, (int)member.corrected,
			     (long long)member.size_bytes, (long long)member.modified_ms);
		if (read_member(container, log) < 0)
			break;
	}
	if (more == 0 && source->offset != size)
		abort();
	container->close(container);
	source_close(source);
	return more < 0 ? -(int)trouble.soundness : more;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buffer whole, pieces;
	int one, other;

	if (size == 0)
		return 0;
	one = walk(data + 1, size - 1, 0, &whole);
	other = walk(data + 1, size - 1, 1 + data[0], &pieces);
	/* How much of a member came out before damage was met may differ. */
	if (one != other || (one == 0 && strcmp(whole.data, pieces.data) != 0))
		abort();
	buffer_release(&whole);
	buffer_release(&pieces);
	return 0;
}

#include <lz4frame.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/memory.h"
#include "assertions/formats/decode.h"

static const unsigned char magic[] = {0x04, 0x22, 0x4d, 0x18};
static const unsigned char legacy[] = {0x02, 0x21, 0x4c, 0x18};

#define FRAME_HEAD_BYTES 6 /* up to the size of its blocks */

/* Skippable frames are zstd's as well: the first frame that is none tells. */
static bool lz4_recognises(const unsigned char *head, size_t length)
{
	if (!decode_skip_frames(&head, &length))
		return true;
	return length >= sizeof(magic) &&
	       (memcmp(head, magic, sizeof(magic)) == 0 || memcmp(head, legacy, sizeof(legacy)) == 0);
}

struct unlz4 {
	LZ4F_dctx *context;
	unsigned long frames; /* that have ended */
	unsigned char head[FRAME_HEAD_BYTES]; /* of the frame */
	size_t head_length;
};

static void *lz4_open(void)
{
	struct unlz4 *unlz4 = memory_alloc(sizeof(*unlz4));

	if (!LZ4F_isError(LZ4F_createDecompressionContext(&unlz4->context, LZ4F_VERSION)))
		return unlz4;
	free(unlz4);
	return NULL;
}

/* Bits that are reserved and sizes of blocks that there are not yet. A block that is too long gives the same error as such a size. */
static bool is_newer(const struct unlz4 *unlz4, const char *name)
{
	return strcmp(name, "ERROR_headerVersion_wrong") == 0 || strcmp(name, "ERROR_reservedFlag_set") == 0 ||
	       (strcmp(name, "ERROR_maxBlockSize_invalid") == 0 && (unlz4->head[5] & 0x40) == 0);
}

static int explain(const struct unlz4 *unlz4, size_t result, struct trouble *trouble)
{
	const char *name = LZ4F_getErrorName(result);

	if (strcmp(name, "ERROR_frameType_unknown") == 0) {
		if (memcmp(unlz4->head, legacy, sizeof(legacy)) == 0)
			return trouble_set(trouble, OPAQUE, "is of the legacy kind, which cannot be read here");
		return trouble_set(trouble, DAMAGED, "%s",
				   unlz4->frames == 0 ? "it does not begin as one" : DECODE_RUBBISH);
	}
	if (is_newer(unlz4, name))
		return trouble_set(trouble, OPAQUE,
				   "has a frame that is newer than version 1 of the format, which muster reads,");
	if (strstr(name, "hecksum") != NULL)
		return trouble_set(trouble, DAMAGED, "a checksum is wrong");
	if (strcmp(name, "ERROR_allocation_failed") == 0)
		return trouble_set(trouble, UNREADABLE, "there is no memory for its decoder");
	return trouble_set(trouble, DAMAGED, "data are damaged (%s)", name);
}

static void keep_head(struct unlz4 *unlz4, const struct decode_io *io)
{
	size_t room = sizeof(unlz4->head) - unlz4->head_length;
	size_t length = io->in_length < room ? io->in_length : room;

	memcpy(unlz4->head + unlz4->head_length, io->in, length);
	unlz4->head_length += length;
}

static int lz4_step(void *state, struct decode_io *io, struct trouble *ret_trouble)
{
	struct unlz4 *unlz4 = state;
	size_t in = io->in_length, out = io->out_room, result;

	if (in == 0 && io->may_end)
		return 0;
	keep_head(unlz4, io);
	result = LZ4F_decompress(unlz4->context, io->out, &out, io->in, &in, NULL);
	if (LZ4F_isError(result))
		return explain(unlz4, result, ret_trouble);
	decode_io_advance(io, in, out);
	io->may_end = result == 0;
	if (io->may_end) {
		unlz4->frames++;
		unlz4->head_length = 0;
	}
	return 0;
}

static void lz4_close(void *state)
{
	struct unlz4 *unlz4 = state;

	LZ4F_freeDecompressionContext(unlz4->context);
	free(unlz4);
}

const struct codec decode_lz4 = {
	.format = FORMAT_LZ4,
	.signs = {.recognises = lz4_recognises},
	.open = lz4_open,
	.step = lz4_step,
	.close = lz4_close,
};

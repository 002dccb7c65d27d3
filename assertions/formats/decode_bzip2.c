#include <bzlib.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/formats/decode.h"
#include "assertions/base/memory.h"

struct bunzip {
	bz_stream bz;
	bool open; /* `bz` is in use */
	unsigned long streams; /* that have ended */
};

/* "BZ", what it is packed by, the level, then a block, or the end of a stream without blocks: text may well begin with "BZh1". */
static bool begins_as_bzip(const unsigned char *head, size_t length)
{
	static const unsigned char block[] = {0x31, 0x41, 0x59, 0x26, 0x53, 0x59};
	static const unsigned char end[] = {0x17, 0x72, 0x45, 0x38, 0x50, 0x90};

	if (length < 10 || memcmp(head, "BZ", 2) != 0)
		return false;
	return memcmp(head + 4, block, sizeof(block)) == 0 || memcmp(head + 4, end, sizeof(end)) == 0;
}

static bool bzip2_recognises(const unsigned char *head, size_t length)
{
	return begins_as_bzip(head, length) && head[2] == 'h' && head[3] >= '1' && head[3] <= '9';
}

static bool bzip2_is_other_version(const unsigned char *head, size_t length, struct trouble *ret_trouble)
{
	if (!begins_as_bzip(head, length) || bzip2_recognises(head, length))
		return false;
	trouble_set(ret_trouble, OPAQUE,
		    "bzip2: is of a version that is not known: it begins with other bytes than 'BZh1' to 'BZh9', "
		    "which muster reads");
	return true;
}

static void *bzip2_open(void)
{
	return memory_alloc(sizeof(struct bunzip));
}

static int explain(const struct bunzip *bunzip, int code, struct trouble *trouble)
{
	if (code == BZ_MEM_ERROR)
		return trouble_set(trouble, UNREADABLE, "there is no memory for its decoder");
	if (code == BZ_DATA_ERROR_MAGIC)
		return trouble_set(trouble, DAMAGED, "%s",
				   bunzip->streams > 0 ? DECODE_RUBBISH : "it does not begin as one");
	return trouble_set(trouble, DAMAGED, "data or a checksum are damaged");
}

static int begin_stream(struct bunzip *bunzip, struct trouble *ret_trouble)
{
	int code;

	memset(&bunzip->bz, 0, sizeof(bunzip->bz));
	code = BZ2_bzDecompressInit(&bunzip->bz, 0, 0);
	if (code != BZ_OK)
		return explain(bunzip, code, ret_trouble);
	bunzip->open = true;
	return 0;
}

static int bzip2_step(void *state, struct decode_io *io, struct trouble *ret_trouble)
{
	struct bunzip *bunzip = state;
	unsigned in = io->in_length < UINT_MAX ? (unsigned)io->in_length : UINT_MAX;
	unsigned out = io->out_room < UINT_MAX ? (unsigned)io->out_room : UINT_MAX;
	int code;

	if (!bunzip->open) {
		if (io->in_length == 0)
			return 0;
		if (begin_stream(bunzip, ret_trouble) < 0)
			return -1;
		io->may_end = false;
	}
	bunzip->bz.next_in = (char *)(uintptr_t)io->in;
	bunzip->bz.avail_in = in;
	bunzip->bz.next_out = (char *)io->out;
	bunzip->bz.avail_out = out;
	code = BZ2_bzDecompress(&bunzip->bz);
	decode_io_advance(io, in - bunzip->bz.avail_in, out - bunzip->bz.avail_out);
	if (code == BZ_STREAM_END) {
		BZ2_bzDecompressEnd(&bunzip->bz);
		bunzip->open = false;
		bunzip->streams++;
		io->may_end = true;
		return 0;
	}
	return code == BZ_OK ? 0 : explain(bunzip, code, ret_trouble);
}

static void bzip2_close(void *state)
{
	struct bunzip *bunzip = state;

	if (bunzip->open)
		BZ2_bzDecompressEnd(&bunzip->bz);
	free(bunzip);
}

const struct codec decode_bzip2 = {
	.format = FORMAT_BZIP2,
	.signs = {.recognises = bzip2_recognises, .is_other_version = bzip2_is_other_version},
	.open = bzip2_open,
	.step = bzip2_step,
	.close = bzip2_close,
};

#include <lzma.h>
#include <stdlib.h>
#include <string.h>

#include "decode.h"
#include "../base/memory.h"

#define XZ_SMALLEST_BYTES 32

static bool xz_recognises(const unsigned char *head, size_t length)
{
	return length >= 6 && memcmp(head, "\3757zXZ", 6) == 0;
}

static void *xz_open(void)
{
	lzma_stream *stream = memory_alloc(sizeof(*stream));

	if (lzma_stream_decoder(stream, DECODE_MEMORY_MAX, LZMA_CONCATENATED | LZMA_TELL_UNSUPPORTED_CHECK) == LZMA_OK)
		return stream;
	free(stream);
	return NULL;
}

static int explain(lzma_ret code, bool began, struct trouble *trouble)
{
	switch (code) {
	case LZMA_UNSUPPORTED_CHECK:
		return trouble_set(trouble, OPAQUE, "has a kind of checksum that cannot be verified here");
	case LZMA_MEMLIMIT_ERROR:
		return trouble_set(trouble, BOUNDED, "asks for more than %lu MiB of memory", DECODE_MEMORY_MAX >> 20);
	case LZMA_MEM_ERROR:
		return trouble_set(trouble, UNREADABLE, "there is no memory for its decoder");
	case LZMA_FORMAT_ERROR:
		return trouble_set(trouble, DAMAGED, "%s", began ? DECODE_RUBBISH : "it does not begin as one");
	case LZMA_OPTIONS_ERROR:
		return trouble_set(trouble, DAMAGED, "has options that are not known, or its header is damaged");
	default:
		return trouble_set(trouble, DAMAGED, "data or a checksum are damaged");
	}
}

static int xz_step(void *state, struct decode_io *io, struct trouble *ret_trouble)
{
	lzma_stream *stream = state;
	size_t in = io->in_length, out = io->out_room;
	lzma_ret code;

	if (io->may_end)
		return 0;
	stream->next_in = io->in;
	stream->avail_in = in;
	stream->next_out = io->out;
	stream->avail_out = out;
	code = lzma_code(stream, io->in_ended ? LZMA_FINISH : LZMA_RUN);
	io->in += in - stream->avail_in;
	io->in_length = stream->avail_in;
	io->out += out - stream->avail_out;
	io->out_room = stream->avail_out;
	/* It says so only with LZMA_FINISH, when nothing is left. */
	io->may_end = code == LZMA_STREAM_END;
	if (code == LZMA_OK || code == LZMA_STREAM_END || code == LZMA_BUF_ERROR)
		return 0;
	return explain(code, stream->total_in >= XZ_SMALLEST_BYTES, ret_trouble);
}

static void xz_close(void *state)
{
	lzma_end(state);
	free(state);
}

const struct codec decode_xz = {
	.format = FORMAT_XZ,
	.recognises = xz_recognises,
	.open = xz_open,
	.step = xz_step,
	.close = xz_close,
};

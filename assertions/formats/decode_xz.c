#include <lzma.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/memory.h"
#include "assertions/bytes/cursor.h"
#include "assertions/formats/decode.h"
#include "assertions/formats/sample.h"

#define PADDING_UNIT 4
#define FOOTER_BYTES 12

struct unxz {
	lzma_stream lzma;
	bool between; /* a stream has ended */
	uint64_t padding; /* zeros since then */
	unsigned long streams; /* that have ended */
	uint64_t memory_bytes; /* that a stream may ask for */
};

static bool xz_recognises(const unsigned char *head, size_t length)
{
	return length >= 6 && memcmp(head, "\3757zXZ", 6) == 0;
}

static int xz_end_in_sample(const struct sample *sample, struct trouble *ret_trouble)
{
	size_t length = sample->tail_length;

	while (length >= PADDING_UNIT && bytes_are_zero(sample->tail + length - PADDING_UNIT, PADDING_UNIT))
		length -= PADDING_UNIT;
	/* A stream may be padded with more zeros than the sample has. */
	if (length < FOOTER_BYTES && !sample_is_one_piece(sample))
		return 1;
	if (length < FOOTER_BYTES || memcmp(sample->tail + length - 2, "YZ", 2) != 0)
		return trouble_set(ret_trouble, DAMAGED, "xz: is cut: it does not end in a stream's footer");
	return 0;
}

static lzma_ret begin_stream(struct unxz *unxz)
{
	return lzma_stream_decoder(&unxz->lzma, unxz->memory_bytes, LZMA_TELL_UNSUPPORTED_CHECK);
}

static void *xz_open(void)
{
	struct unxz *unxz = memory_alloc(sizeof(*unxz));

	unxz->memory_bytes = DECODE_MEMORY_MAX;
	if (begin_stream(unxz) == LZMA_OK)
		return unxz;
	free(unxz);
	return NULL;
}

/* Besides its dictionary the decoder needs little, and the more filters there are the more. */
static void xz_allow(void *state, uint64_t window_bytes)
{
	struct unxz *unxz = state;
	uint64_t around = DECODE_MEMORY_MAX / 4;

	if (window_bytes + around <= unxz->memory_bytes)
		return;
	unxz->memory_bytes = window_bytes + around;
	lzma_memlimit_set(&unxz->lzma, unxz->memory_bytes);
}

static int explain(const struct unxz *unxz, lzma_ret code, struct trouble *trouble)
{
	switch (code) {
	case LZMA_UNSUPPORTED_CHECK:
		return trouble_set(trouble, OPAQUE, "has a kind of checksum that cannot be verified here");
	case LZMA_MEMLIMIT_ERROR:
		return trouble_set(trouble, OPAQUE,
				   "asks for more than the %llu MiB of memory that muster grants" DECODE_GRANT,
				   (unsigned long long)(unxz->memory_bytes >> 20));
	case LZMA_MEM_ERROR:
		return trouble_set(trouble, UNREADABLE, "there is no memory for its decoder");
	case LZMA_FORMAT_ERROR:
		return trouble_set(trouble, DAMAGED, "%s",
				   unxz->streams > 0 ? DECODE_RUBBISH : "it does not begin as one");
	case LZMA_OPTIONS_ERROR:
		/* It is told only of headers whose own checksums are right. */
		return trouble_set(trouble, OPAQUE,
				   "has options or filters that are newer than liblzma %s, with which muster reads,",
				   lzma_version_string());
	default:
		return trouble_set(trouble, DAMAGED, "data or a checksum are damaged");
	}
}

/* Streams may be padded with zeros, four at a time. */
static int step_between(struct unxz *unxz, struct decode_io *io, struct trouble *ret_trouble)
{
	lzma_ret code;

	unxz->padding += decode_io_skip_zeros(io);
	io->may_end = unxz->padding % PADDING_UNIT == 0;
	if (io->in_length == 0)
		return 0;
	if (!io->may_end)
		return trouble_set(ret_trouble, DAMAGED, DECODE_RUBBISH);
	code = begin_stream(unxz);
	unxz->between = io->may_end = false;
	return code == LZMA_OK ? 0 : explain(unxz, code, ret_trouble);
}

static int xz_step(void *state, struct decode_io *io, struct trouble *ret_trouble)
{
	struct unxz *unxz = state;
	lzma_stream *lzma = &unxz->lzma;
	lzma_ret code;

	if (unxz->between && step_between(unxz, io, ret_trouble) < 0)
		return -1;
	if (unxz->between)
		return 0;
	lzma->next_in = io->in;
	lzma->avail_in = io->in_length;
	lzma->next_out = io->out;
	lzma->avail_out = io->out_room;
	code = lzma_code(lzma, LZMA_RUN);
	decode_io_advance(io, io->in_length - lzma->avail_in, io->out_room - lzma->avail_out);
	if (code == LZMA_STREAM_END) {
		unxz->between = io->may_end = true;
		unxz->padding = 0;
		unxz->streams++;
		return 0;
	}
	return code == LZMA_OK || code == LZMA_BUF_ERROR ? 0 : explain(unxz, code, ret_trouble);
}

static void xz_close(void *state)
{
	struct unxz *unxz = state;

	lzma_end(&unxz->lzma);
	free(unxz);
}

const struct codec decode_xz = {
	.format = FORMAT_XZ,
	.signs = {.recognises = xz_recognises, .end_in_sample = xz_end_in_sample},
	.open = xz_open,
	.step = xz_step,
	.close = xz_close,
	.allow = xz_allow,
};

/* Inflate by ISA-L, about twice as fast as zlib's; see decode_gzip.c for machines without it. */
#ifdef MUSTER_ISAL

#include <isa-l/igzip_lib.h>
#include <limits.h>
#include <stdlib.h>

#include "assertions/formats/decode.h"
#include "assertions/formats/gzip_header.h"
#include "assertions/base/memory.h"

struct gunzipper {
	struct inflate_state inflate;
	struct gzip_header header;
	bool between; /* a member has ended */
	bool padding; /* zeros were met after the last one */
	unsigned long members;
};

static void begin_member(struct gunzipper *gunzipper)
{
	isal_inflate_reset(&gunzipper->inflate);
	gunzipper->inflate.crc_flag = ISAL_GZIP_NO_HDR_VER;
	gunzipper->header = (struct gzip_header){0};
	gunzipper->between = false;
}

static void *open_gunzipper(void)
{
	struct gunzipper *gunzipper = memory_alloc(sizeof(*gunzipper));

	isal_inflate_init(&gunzipper->inflate);
	begin_member(gunzipper);
	return gunzipper;
}

static int explain(int code, struct trouble *trouble)
{
	if (code == ISAL_INCORRECT_CHECKSUM)
		return trouble_set(trouble, DAMAGED, "checksum or length of the data is wrong");
	return trouble_set(trouble, DAMAGED, "data are damaged (%s)",
			   code == ISAL_INVALID_LOOKBACK ? "a distance too far back"
			   : code == ISAL_INVALID_SYMBOL ? "a code that there is not"
							 : "a block of no kind");
}

/* -1 where it is damaged or newer; what is no header behind a member is rubbish. */
static int take_header(struct gunzipper *gunzipper, struct decode_io *io, struct trouble *trouble)
{
	struct trouble found = {.soundness = SOUND};
	size_t taken = gzip_header_take(&gunzipper->header, io->in, io->in_length, &found);

	io->in += taken;
	io->in_length -= taken;
	if (found.soundness == SOUND)
		return 0;
	if (gunzipper->members > 0 && found.soundness != OPAQUE)
		return trouble_set(trouble, DAMAGED, DECODE_RUBBISH);
	*trouble = found;
	return -1;
}

/* True where another member seems to begin. */
static bool skip_padding(struct gunzipper *gunzipper, struct decode_io *io)
{
	while (io->in_length > 0 && io->in[0] == 0) {
		gunzipper->padding = true;
		io->in++;
		io->in_length--;
	}
	return io->in_length > 0;
}

static int inflate_some(struct gunzipper *gunzipper, struct decode_io *io, struct trouble *trouble)
{
	struct inflate_state *inflate = &gunzipper->inflate;
	uint32_t in = io->in_length < INT_MAX ? (uint32_t)io->in_length : INT_MAX;
	uint32_t out = io->out_room < INT_MAX ? (uint32_t)io->out_room : INT_MAX;
	int code;

	inflate->next_in = (uint8_t *)(uintptr_t)io->in;
	inflate->avail_in = in;
	inflate->next_out = io->out;
	inflate->avail_out = out;
	code = isal_inflate(inflate);
	io->in += in - inflate->avail_in;
	io->in_length -= in - inflate->avail_in;
	io->out += out - inflate->avail_out;
	io->out_room -= out - inflate->avail_out;
	if (code < 0 || code == ISAL_NEED_DICT)
		return explain(code, trouble);
	if (inflate->block_state == ISAL_BLOCK_FINISH) {
		gunzipper->between = io->may_end = true;
		gunzipper->members++;
	}
	return 0;
}

static int step(void *state, struct decode_io *io, struct trouble *ret_trouble)
{
	struct gunzipper *gunzipper = state;

	if (gunzipper->between) {
		if (!skip_padding(gunzipper, io))
			return 0;
		if (gunzipper->padding)
			return trouble_set(ret_trouble, DAMAGED, DECODE_RUBBISH);
		begin_member(gunzipper);
		io->may_end = false;
	}
	if (!gunzipper->header.done) {
		if (take_header(gunzipper, io, ret_trouble) < 0)
			return -1;
		if (!gunzipper->header.done)
			return 0;
	}
	return inflate_some(gunzipper, io, ret_trouble);
}

static void reset_inflater(void *state)
{
	struct gunzipper *gunzipper = state;

	begin_member(gunzipper);
	gunzipper->inflate.crc_flag = ISAL_DEFLATE;
}

static void *open_inflater(void)
{
	struct gunzipper *gunzipper = open_gunzipper();

	reset_inflater(gunzipper);
	return gunzipper;
}

/* It looks ahead by some bytes, which are of the stream as long as it has not ended. */
static int inflate_all(void *state, struct decode_io *io, struct trouble *ret_trouble)
{
	struct gunzipper *gunzipper = state;

	if (gunzipper->between)
		return 0;
	if (inflate_some(gunzipper, io, ret_trouble) < 0)
		return -1;
	if (gunzipper->between && gunzipper->inflate.read_in_length >= 8)
		return trouble_set(ret_trouble, DAMAGED, "the data end before their length is reached");
	return 0;
}

const struct codec decode_deflate_all = {
	.format = FORMAT_ZIP,
	.open = open_inflater,
	.step = inflate_all,
	.close = free,
	.reset = reset_inflater,
};

const struct codec decode_gzip = {
	.format = FORMAT_GZIP,
	.recognises = gzip_recognises,
	.is_other_version = gzip_is_other_version,
	.open = open_gunzipper,
	.step = step,
	.close = free,
};

#else
typedef int not_empty_without_isal;
#endif

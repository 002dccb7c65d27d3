#include "assertions/formats/decode.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/memory.h"

#define OUT_BYTES (128 * 1024)
#define SKIPPABLE_HEAD_BYTES 8

struct decoder {
	struct source source;
	struct source *packed;
	const struct codec *codec;
	void *state;
	struct decode_io io;
	struct trouble trouble; /* told as soon as what was unpacked before it is given out */
	unsigned char out[OUT_BYTES];
};

void decode_io_advance(struct decode_io *io, size_t taken, size_t given)
{
	io->in += taken;
	io->in_length -= taken;
	io->out += given;
	io->out_room -= given;
}

size_t decode_io_skip_zeros(struct decode_io *io)
{
	size_t before = io->in_length;

	while (io->in_length > 0 && io->in[0] == 0)
		decode_io_advance(io, 1, 0);
	return before - io->in_length;
}

static bool is_skippable(const unsigned char *head)
{
	return (head[0] & 0xf0) == 0x50 && head[1] == 0x2a && head[2] == 0x4d && head[3] == 0x18;
}

bool decode_skip_frames(const unsigned char **head, size_t *length)
{
	while (*length >= SKIPPABLE_HEAD_BYTES && is_skippable(*head)) {
		const unsigned char *size = *head + 4;
		size_t frame = (size_t)size[0] | (size_t)size[1] << 8 | (size_t)size[2] << 16 | (size_t)size[3] << 24;

		if (frame > *length - SKIPPABLE_HEAD_BYTES || frame + SKIPPABLE_HEAD_BYTES == *length)
			return false;
		*head += SKIPPABLE_HEAD_BYTES + frame;
		*length -= SKIPPABLE_HEAD_BYTES + frame;
	}
	return true;
}

static int fail(struct decoder *decoder, const struct trouble *trouble)
{
	unsigned long long at = decoder->packed->offset - decoder->io.in_length;

	return trouble_set(&decoder->trouble, trouble->soundness, "%s: %s at byte %llu",
			   format_name(decoder->codec->format), trouble->error.message, at);
}

static int fail_cut(struct decoder *decoder)
{
	unsigned long long at = decoder->packed->offset;

	if (at == 0)
		return trouble_set(&decoder->trouble, DAMAGED, "%s: is empty (0 bytes)",
				   format_name(decoder->codec->format));
	return trouble_set(&decoder->trouble, DAMAGED, "%s: is cut: it ends after byte %llu, in the middle of its data",
			   format_name(decoder->codec->format), at);
}

static int pull(struct decoder *decoder)
{
	struct decode_io *io = &decoder->io;

	if (source_next(decoder->packed, &io->in, &io->in_length, &decoder->trouble) < 0) {
		io->in_length = 0;
		return -1;
	}
	io->in_ended = io->in_length == 0;
	/* No codec need know that there may be nothing at NULL. */
	if (io->in_ended)
		io->in = (const unsigned char *)"";
	return 0;
}

/* 1: went on; 0: came to the end; -1: failed. */
static int advance(struct decoder *decoder)
{
	struct decode_io *io = &decoder->io;
	size_t in_before, out_before = io->out_room;
	struct trouble trouble = {.soundness = DAMAGED};

	if (io->in_length == 0 && !io->in_ended && pull(decoder) < 0)
		return -1;
	in_before = io->in_length;
	if (decoder->codec->step(decoder->state, io, &trouble) < 0)
		return fail(decoder, &trouble);
	if (io->in_length < in_before || io->out_room < out_before)
		return 1;
	if (io->in_length > 0) {
		trouble_set(&trouble, DAMAGED, "its data cannot be decoded");
		return fail(decoder, &trouble);
	}
	if (!io->in_ended)
		return 1;
	return io->may_end ? 0 : fail_cut(decoder);
}

static int decoder_next(struct source *source, const unsigned char **ret_data, size_t *ret_length,
			struct trouble *ret_trouble)
{
	struct decoder *decoder = (struct decoder *)source;
	int going = 1;

	decoder->io.out = decoder->out;
	decoder->io.out_room = OUT_BYTES;
	if (decoder->state == NULL)
		return trouble_set(ret_trouble, UNREADABLE, "%s: there is no memory for its decoder",
				   format_name(decoder->codec->format));
	while (going > 0 && decoder->trouble.soundness == SOUND && decoder->io.out_room > 0)
		going = advance(decoder);
	*ret_data = decoder->out;
	*ret_length = OUT_BYTES - decoder->io.out_room;
	if (*ret_length > 0 || decoder->trouble.soundness == SOUND)
		return 0;
	*ret_trouble = decoder->trouble;
	return -1;
}

static void decoder_close(struct source *source)
{
	struct decoder *decoder = (struct decoder *)source;

	if (decoder->state != NULL)
		decoder->codec->close(decoder->state);
	free(decoder);
}

struct source *decode_open(const struct codec *codec, struct source *packed)
{
	struct decoder *decoder = memory_grow(NULL, sizeof(*decoder), 1);

	memset(decoder, 0, offsetof(struct decoder, out));
	decoder->source = (struct source){.next = decoder_next, .close = decoder_close};
	decoder->packed = packed;
	decoder->codec = codec;
	decoder->state = codec->open();
	return &decoder->source;
}

void decode_allow(struct source *plain, uint64_t window_bytes)
{
	struct decoder *decoder = (struct decoder *)plain;

	if (decoder->state != NULL && decoder->codec->allow != NULL)
		decoder->codec->allow(decoder->state, window_bytes);
}

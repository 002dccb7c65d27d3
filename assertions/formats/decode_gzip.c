#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "assertions/formats/decode.h"
#include "assertions/formats/gzip_header.h"
#include "assertions/base/memory.h"

#define GZIP_WINDOW_BITS (15 + 16)
#define ZLIB_WINDOW_BITS 15
#define DEFLATE_WINDOW_BITS (-15)

struct inflater {
	z_stream z;
	bool concatenates; /* gzip: members follow one another, then zeros may */
	bool between; /* a member has ended */
	bool padding; /* zeros were met after the last one */
	unsigned long members;
};

static bool zlib_recognises(const unsigned char *head, size_t length)
{
	return length >= 2 && (head[0] & 15) == 8 && (head[0] * 256 + head[1]) % 31 == 0;
}

static void *inflater_open(int window_bits)
{
	struct inflater *inflater = memory_alloc(sizeof(*inflater));

	inflater->concatenates = window_bits == GZIP_WINDOW_BITS;
	if (inflateInit2(&inflater->z, window_bits) == Z_OK)
		return inflater;
	free(inflater);
	return NULL;
}

static void *zlib_open(void)
{
	return inflater_open(ZLIB_WINDOW_BITS);
}

static void *deflate_open(void)
{
	return inflater_open(DEFLATE_WINDOW_BITS);
}

/* True where another member seems to begin. */
static bool skip_padding(struct inflater *inflater, struct decode_io *io)
{
	while (io->in_length > 0 && io->in[0] == 0 && inflater->concatenates) {
		inflater->padding = true;
		io->in++;
		io->in_length--;
	}
	return io->in_length > 0;
}

static int explain(const struct inflater *inflater, int code, struct trouble *trouble)
{
	const char *said = inflater->z.msg != NULL ? inflater->z.msg : "";

	if (code == Z_MEM_ERROR)
		return trouble_set(trouble, UNREADABLE, "there is no memory for its decoder");
	if (strcmp(said, "incorrect data check") == 0)
		return trouble_set(trouble, DAMAGED, "checksum of the data is wrong");
	if (strcmp(said, "incorrect length check") == 0)
		return trouble_set(trouble, DAMAGED, "length of the data is wrong");
	if (inflater->concatenates && strcmp(said, "unknown compression method") == 0)
		return trouble_set(trouble, OPAQUE, GZIP_OTHER_METHOD);
	if (inflater->concatenates && strcmp(said, "unknown header flags set") == 0)
		return trouble_set(trouble, OPAQUE, GZIP_OTHER_FLAGS);
	/* Every other complaint about a header begins before anything is unpacked. */
	if (inflater->members > 0 && inflater->z.total_out == 0 &&
	    (strstr(said, "header") != NULL || strstr(said, "method") != NULL))
		return trouble_set(trouble, DAMAGED, DECODE_RUBBISH);
	return trouble_set(trouble, DAMAGED, "data are damaged (%s)", said[0] != '\0' ? said : "no sense in them");
}

static int inflater_step(void *state, struct decode_io *io, struct trouble *ret_trouble)
{
	struct inflater *inflater = state;
	z_stream *z = &inflater->z;
	uInt in, out;
	int code;

	if (inflater->between) {
		if (!skip_padding(inflater, io))
			return 0;
		if (inflater->padding || !inflater->concatenates)
			return trouble_set(ret_trouble, DAMAGED, DECODE_RUBBISH);
		inflateReset(z);
		inflater->between = io->may_end = false;
	}
	in = io->in_length < UINT_MAX ? (uInt)io->in_length : UINT_MAX;
	out = io->out_room < UINT_MAX ? (uInt)io->out_room : UINT_MAX;
	z->next_in = (z_const Bytef *)(uintptr_t)io->in;
	z->avail_in = in;
	z->next_out = io->out;
	z->avail_out = out;
	code = inflate(z, Z_NO_FLUSH);
	io->in += in - z->avail_in;
	io->in_length -= in - z->avail_in;
	io->out += out - z->avail_out;
	io->out_room -= out - z->avail_out;
	if (code == Z_STREAM_END) {
		inflater->between = io->may_end = true;
		inflater->members++;
		return 0;
	}
	return code == Z_OK || code == Z_BUF_ERROR ? 0 : explain(inflater, code, ret_trouble);
}

static void inflater_reset(void *state)
{
	struct inflater *inflater = state;

	inflateReset(&inflater->z);
	inflater->between = inflater->padding = false;
	inflater->members = 0;
}

static void inflater_close(void *state)
{
	struct inflater *inflater = state;

	inflateEnd(&inflater->z);
	free(inflater);
}

#ifndef MUSTER_ISAL
static void *gzip_open(void)
{
	return inflater_open(GZIP_WINDOW_BITS);
}

const struct codec decode_gzip = {
	.format = FORMAT_GZIP,
	.recognises = gzip_recognises,
	.is_other_version = gzip_is_other_version,
	.open = gzip_open,
	.step = inflater_step,
	.close = inflater_close,
};

const struct codec decode_deflate_all = {
	.format = FORMAT_ZIP,
	.open = deflate_open,
	.step = inflater_step,
	.close = inflater_close,
	.reset = inflater_reset,
};
#endif

const struct codec decode_zlib = {
	.format = FORMAT_GZIP,
	.recognises = zlib_recognises,
	.open = zlib_open,
	.step = inflater_step,
	.close = inflater_close,
};

const struct codec decode_deflate = {
	.format = FORMAT_ZIP,
	.open = deflate_open,
	.step = inflater_step,
	.close = inflater_close,
	.reset = inflater_reset,
};

/*
 * gzip (RFC 1952), and deflate within zlib's header or without any. What has no other end than its own is inflated by zlib; gzip, and
 * deflate whose length is known, by ISA-L, which is about twice as fast, where muster was built with it.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#ifdef MUSTER_ISAL
#include <isa-l/igzip_lib.h>
#endif

#include "assertions/formats/decode.h"
#include "assertions/base/memory.h"

#define OTHER_METHOD "is compressed by a method that is newer than RFC 1952: muster reads method 8, deflate,"
#define OTHER_FLAGS "has flags in its header that are newer than RFC 1952, up to which muster reads,"

static bool begins_as_gzip(const unsigned char *head, size_t length)
{
	return length >= 3 && head[0] == 0x1f && head[1] == 0x8b;
}

static bool gzip_recognises(const unsigned char *head, size_t length)
{
	return begins_as_gzip(head, length) && head[2] == Z_DEFLATED;
}

static bool gzip_is_other_version(const unsigned char *head, size_t length, struct trouble *ret_trouble)
{
	if (!begins_as_gzip(head, length) || head[2] == Z_DEFLATED)
		return false;
	trouble_set(ret_trouble, OPAQUE, "gzip: " OTHER_METHOD " at byte 2");
	return true;
}

static bool zlib_recognises(const unsigned char *head, size_t length)
{
	return length >= 2 && (head[0] & 15) == 8 && (head[0] * 256 + head[1]) % 31 == 0;
}

/* Those of a gzip file follow one another, then zeros may; of other streams there is one. */
struct members {
	bool may_follow;
	bool between; /* one has ended */
	bool padded; /* zeros were met after the last one */
	unsigned long ended;
};

static void end_member(struct members *members, struct decode_io *io)
{
	members->between = io->may_end = true;
	members->ended++;
}

/* Behind a member: 1 where another one seems to begin, 0 where nothing stands, -1. */
static int find_member(struct members *members, struct decode_io *io, struct trouble *trouble)
{
	if (members->may_follow && decode_io_skip_zeros(io) > 0)
		members->padded = true;
	if (io->in_length == 0)
		return 0;
	if (members->padded || !members->may_follow)
		return trouble_set(trouble, DAMAGED, DECODE_RUBBISH);
	members->between = io->may_end = false;
	return 1;
}

#define GZIP_WINDOW_BITS (15 + 16)
#define ZLIB_WINDOW_BITS 15
#define DEFLATE_WINDOW_BITS (-15)

struct inflater {
	z_stream z;
	struct members members;
};

static void *inflater_open(int window_bits)
{
	struct inflater *inflater = memory_alloc(sizeof(*inflater));

	inflater->members.may_follow = window_bits == GZIP_WINDOW_BITS;
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

static int inflater_explain(const struct inflater *inflater, int code, struct trouble *trouble)
{
	const char *said = inflater->z.msg != NULL ? inflater->z.msg : "";

	if (code == Z_MEM_ERROR)
		return trouble_set(trouble, UNREADABLE, "there is no memory for its decoder");
	if (strcmp(said, "incorrect data check") == 0)
		return trouble_set(trouble, DAMAGED, "checksum of the data is wrong");
	if (strcmp(said, "incorrect length check") == 0)
		return trouble_set(trouble, DAMAGED, "length of the data is wrong");
	if (inflater->members.may_follow && strcmp(said, "unknown compression method") == 0)
		return trouble_set(trouble, OPAQUE, OTHER_METHOD);
	if (inflater->members.may_follow && strcmp(said, "unknown header flags set") == 0)
		return trouble_set(trouble, OPAQUE, OTHER_FLAGS);
	/* Every other complaint about a header begins before anything is unpacked. */
	if (inflater->members.ended > 0 && inflater->z.total_out == 0 &&
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

	if (inflater->members.between) {
		int found = find_member(&inflater->members, io, ret_trouble);

		if (found <= 0)
			return found;
		inflateReset(z);
	}
	in = io->in_length < UINT_MAX ? (uInt)io->in_length : UINT_MAX;
	out = io->out_room < UINT_MAX ? (uInt)io->out_room : UINT_MAX;
	z->next_in = (z_const Bytef *)(uintptr_t)io->in;
	z->avail_in = in;
	z->next_out = io->out;
	z->avail_out = out;
	code = inflate(z, Z_NO_FLUSH);
	decode_io_advance(io, in - z->avail_in, out - z->avail_out);
	if (code == Z_STREAM_END) {
		end_member(&inflater->members, io);
		return 0;
	}
	return code == Z_OK || code == Z_BUF_ERROR ? 0 : inflater_explain(inflater, code, ret_trouble);
}

static void inflater_reset(void *state)
{
	struct inflater *inflater = state;

	inflateReset(&inflater->z);
	inflater->members = (struct members){.may_follow = inflater->members.may_follow};
}

static void inflater_close(void *state)
{
	struct inflater *inflater = state;

	inflateEnd(&inflater->z);
	free(inflater);
}

const struct codec decode_zlib = {
	.format = FORMAT_GZIP,
	.signs = {.recognises = zlib_recognises},
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

#ifdef MUSTER_ISAL

enum gzip_part { PART_FIXED, PART_EXTRA_LENGTH, PART_EXTRA, PART_NAME, PART_COMMENT, PART_CRC, PART_COUNT };

enum gzip_flag { FLAG_CRC = 2, FLAG_EXTRA = 4, FLAG_NAME = 8, FLAG_COMMENT = 16, FLAGS_RESERVED = 0xe0 };

#define FIXED_BYTES 10

struct gzip_header { /* taken as it comes: section 2.3; all zero is the begin */
	bool done;
	enum gzip_part part;
	unsigned flags;
	uint32_t count; /* bytes of this part so far */
	uint32_t extra_length;
	uint32_t crc; /* of the header so far */
	uint32_t crc_read;
};

static int take_fixed(struct gzip_header *header, unsigned char byte, struct trouble *trouble)
{
	static const unsigned char begin[] = {0x1f, 0x8b};

	if (header->count < 2 && byte != begin[header->count])
		return trouble_set(trouble, DAMAGED, "no gzip header");
	if (header->count == 2 && byte != Z_DEFLATED)
		return trouble_set(trouble, OPAQUE, OTHER_METHOD);
	if (header->count == 3) {
		header->flags = byte;
		if (byte & FLAGS_RESERVED)
			return trouble_set(trouble, OPAQUE, OTHER_FLAGS);
	}
	return 0;
}

static int take_crc(struct gzip_header *header, unsigned char byte, struct trouble *trouble)
{
	header->crc_read |= (uint32_t)byte << (8 * header->count);
	if (header->count == 1 && header->crc_read != (header->crc & 0xffff))
		return trouble_set(trouble, DAMAGED, "checksum of the header is wrong");
	return 0;
}

static bool is_there(const struct gzip_header *header, enum gzip_part part)
{
	switch (part) {
	case PART_EXTRA_LENGTH:
		return (header->flags & FLAG_EXTRA) != 0;
	case PART_EXTRA:
		return (header->flags & FLAG_EXTRA) != 0 && header->extra_length > 0;
	case PART_NAME:
		return (header->flags & FLAG_NAME) != 0;
	case PART_COMMENT:
		return (header->flags & FLAG_COMMENT) != 0;
	case PART_CRC:
		return (header->flags & FLAG_CRC) != 0;
	default:
		return true;
	}
}

/* Whether this byte was the part's last; `count` includes it. */
static bool is_complete(const struct gzip_header *header, unsigned char byte)
{
	switch (header->part) {
	case PART_FIXED:
		return header->count == FIXED_BYTES;
	case PART_EXTRA:
		return header->count == header->extra_length;
	case PART_NAME:
	case PART_COMMENT:
		return byte == 0;
	default:
		return header->count == 2;
	}
}

static int take_byte(struct gzip_header *header, unsigned char byte, struct trouble *trouble)
{
	int result = 0;

	if (header->part == PART_FIXED)
		result = take_fixed(header, byte, trouble);
	else if (header->part == PART_EXTRA_LENGTH)
		header->extra_length |= (uint32_t)byte << (8 * header->count);
	else if (header->part == PART_CRC)
		result = take_crc(header, byte, trouble);
	if (header->part != PART_CRC)
		header->crc = (uint32_t)crc32(header->crc, &byte, 1);
	header->count += header->count < UINT32_MAX;
	if (!is_complete(header, byte))
		return result;
	header->count = 0;
	do
		header->part++;
	while (header->part < PART_COUNT && !is_there(header, header->part));
	header->done = header->part == PART_COUNT;
	return result;
}

/* Takes bytes up to the end of the header; gives how many. *ret_trouble is DAMAGED where it is none, OPAQUE where it is newer. */
static size_t take_header_bytes(struct gzip_header *header, const unsigned char *data, size_t length,
				struct trouble *ret_trouble)
{
	size_t taken = 0;

	while (taken < length && !header->done)
		if (take_byte(header, data[taken++], ret_trouble) < 0)
			break;
	return taken;
}

struct gunzipper {
	struct inflate_state inflate;
	struct gzip_header header;
	struct members members;
};

static void begin_member(struct gunzipper *gunzipper)
{
	isal_inflate_reset(&gunzipper->inflate);
	gunzipper->inflate.crc_flag = ISAL_GZIP_NO_HDR_VER;
	gunzipper->header = (struct gzip_header){0};
}

static void *open_gunzipper(void)
{
	struct gunzipper *gunzipper = memory_alloc(sizeof(*gunzipper));

	isal_inflate_init(&gunzipper->inflate);
	gunzipper->members.may_follow = true;
	begin_member(gunzipper);
	return gunzipper;
}

static int gunzipper_explain(int code, struct trouble *trouble)
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
	size_t taken = take_header_bytes(&gunzipper->header, io->in, io->in_length, &found);

	decode_io_advance(io, taken, 0);
	if (found.soundness == SOUND)
		return 0;
	if (gunzipper->members.ended > 0 && found.soundness != OPAQUE)
		return trouble_set(trouble, DAMAGED, DECODE_RUBBISH);
	*trouble = found;
	return -1;
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
	decode_io_advance(io, in - inflate->avail_in, out - inflate->avail_out);
	if (code < 0 || code == ISAL_NEED_DICT)
		return gunzipper_explain(code, trouble);
	if (inflate->block_state == ISAL_BLOCK_FINISH)
		end_member(&gunzipper->members, io);
	return 0;
}

static int gunzipper_step(void *state, struct decode_io *io, struct trouble *ret_trouble)
{
	struct gunzipper *gunzipper = state;

	if (gunzipper->members.between) {
		int found = find_member(&gunzipper->members, io, ret_trouble);

		if (found <= 0)
			return found;
		begin_member(gunzipper);
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
	gunzipper->members = (struct members){.may_follow = false};
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

	if (gunzipper->members.between)
		return 0;
	if (inflate_some(gunzipper, io, ret_trouble) < 0)
		return -1;
	if (gunzipper->members.between && gunzipper->inflate.read_in_length >= 8)
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
	.signs = {.recognises = gzip_recognises, .is_other_version = gzip_is_other_version},
	.open = open_gunzipper,
	.step = gunzipper_step,
	.close = free,
};

#else

static void *gzip_open(void)
{
	return inflater_open(GZIP_WINDOW_BITS);
}

const struct codec decode_gzip = {
	.format = FORMAT_GZIP,
	.signs = {.recognises = gzip_recognises, .is_other_version = gzip_is_other_version},
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

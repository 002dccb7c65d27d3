#include "assertions/formats/zip_private.h"

#include <string.h>
#ifdef MUSTER_ISAL
#include <isa-l/crc.h>
#else
#include <zlib.h>
#endif

#define DESCRIPTOR_MAX 24
#define SEARCH_BYTES 64

static uint32_t crc_of(uint32_t crc, const unsigned char *bytes, size_t length)
{
#ifdef MUSTER_ISAL
	return crc32_gzip_refl(crc, bytes, length);
#else
	return (uint32_t)crc32_z(crc, bytes, length);
#endif
}

static const struct codec *codec_of(unsigned method, bool has_length)
{
	switch (method) {
	case ZIP_METHOD_DEFLATE:
		return has_length ? &decode_deflate_all : &decode_deflate;
	case ZIP_METHOD_BZIP2:
		return &decode_bzip2;
	case ZIP_METHOD_ZSTD:
		return &decode_zstd;
	case ZIP_METHOD_XZ:
		return &decode_xz;
	default:
		return NULL;
	}
}

static bool is_known(unsigned method)
{
	return method == ZIP_METHOD_STORED || codec_of(method, false) != NULL;
}

static void open_codec(struct zip_data *data)
{
	if (data->codec != data->kept) {
		data->state = data->codec->open();
		return;
	}
	data->state = data->kept_state;
	data->kept = NULL;
	data->codec->reset(data->state);
}

void zip_data_begin(struct zip_data *data, struct cursor *cursor, const struct zip_header *header)
{
	const struct codec *kept = data->kept;
	void *kept_state = data->kept_state;

	memset(data, 0, offsetof(struct zip_data, out));
	data->kept = kept;
	data->kept_state = kept_state;
	data->cursor = cursor;
	data->opaque = zip_header_is_encrypted(header) || !is_known(header->method);
	data->has_descriptor = (header->flags & ZIP_FLAG_DESCRIPTOR) != 0;
	data->has_length = !data->has_descriptor || (header->packed != 0 && header->packed != ZIP_IN_ZIP64_32);
	data->told_packed = header->packed;
	data->told_size = header->size;
	data->told_crc = header->crc;
	/* Some tools say "deflated" of files that are empty, and write not even the end of a stream. */
	if (!data->opaque && (!data->has_length || header->packed > 0 || header->size > 0))
		data->codec = codec_of(header->method, data->has_length);
	if (data->codec != NULL)
		open_codec(data);
}

static bool is_header(const unsigned char *bytes)
{
	uint32_t signature = (uint32_t)zip_number(bytes, ZIP_SIGNATURE_BYTES);

	return signature == ZIP_LOCAL || signature == ZIP_ENTRY || signature == ZIP_EXTRA_DATA;
}

/* Numbers as a descriptor has them, behind its signature. */
static bool descriptor_fits(const struct zip_data *data, const unsigned char *numbers, bool wide, uint64_t packed,
			    uint64_t size, uint32_t crc)
{
	size_t width = wide ? 8 : 4;

	if (zip_number(numbers + 4, width) != packed)
		return false;
	return data->opaque || (zip_number(numbers, 4) == crc && zip_number(numbers + 4 + width, width) == size);
}

static void believe(struct zip_data *data, const unsigned char *numbers, bool wide)
{
	if (!data->opaque)
		return;
	data->crc = (uint32_t)zip_number(numbers, 4);
	data->size = zip_number(numbers + (wide ? 12 : 8), wide ? 8 : 4);
}

/* Its length where one that fits stands there, of `got` bytes, with a header behind it; else 0. */
static size_t fitting_descriptor(struct zip_data *data, const unsigned char *bytes, size_t got)
{
	for (unsigned form = 0; form < 4; form++) {
		bool is_signed = form % 2 == 0, wide = form >= 2;
		const unsigned char *numbers = bytes + (is_signed ? 4 : 0);
		size_t length = (is_signed ? 4u : 0u) + (wide ? 20u : 12u);

		if (got < length + ZIP_SIGNATURE_BYTES || !is_header(bytes + length) ||
		    (is_signed && zip_number(bytes, 4) != ZIP_DESCRIPTOR) ||
		    !descriptor_fits(data, numbers, wide, data->packed, data->size, data->crc))
			continue;
		believe(data, numbers, wide);
		return length;
	}
	return 0;
}

static bool fits_header(const struct zip_data *data)
{
	return data->packed == data->told_packed && data->size == data->told_size && data->crc == data->told_crc;
}

static int fail(struct zip_data *data, struct trouble *trouble, const char *what)
{
	if (cursor_failed(data->cursor, trouble))
		return -1;
	return trouble_set(trouble, DAMAGED, "%s", what);
}

static int fail_cut(struct zip_data *data, struct trouble *trouble)
{
	if (cursor_failed(data->cursor, trouble))
		return -1;
	return trouble_set(trouble, DAMAGED, "is cut: it ends after byte %llu,",
			   (unsigned long long)data->cursor->offset);
}

static int finish(struct zip_data *data, struct trouble *trouble)
{
	const unsigned char *bytes;
	size_t got, length;

	data->ended = true;
	if (!data->has_descriptor) {
		if (data->size != data->told_size)
			return fail(data, trouble, "length of the data is wrong");
		return data->crc == data->told_crc ? 0 : fail(data, trouble, "checksum of the data is wrong");
	}
	got = cursor_view(data->cursor, DESCRIPTOR_MAX + ZIP_SIGNATURE_BYTES, &bytes);
	length = fitting_descriptor(data, bytes, got);
	if (length > 0) {
		cursor_advance(data->cursor, length);
		return 0;
	}
	/* Not every tool that says there is one writes it where the header tells all. */
	if (got >= ZIP_SIGNATURE_BYTES && is_header(bytes) && data->has_length && fits_header(data))
		return 0;
	if (got < DESCRIPTOR_MAX + ZIP_SIGNATURE_BYTES)
		return fail_cut(data, trouble);
	return fail(data, trouble,
		    "length or checksum of the data is wrong, for what is told behind them does not fit,");
}

static int give(struct zip_data *data, const unsigned char *bytes, size_t length, const unsigned char **ret_bytes,
		size_t *ret_length)
{
	data->crc = crc_of(data->crc, bytes, length);
	data->size += length;
	*ret_bytes = bytes;
	*ret_length = length;
	return 0;
}

static int stored_next(struct zip_data *data, const unsigned char **ret_bytes, size_t *ret_length,
		       struct trouble *ret_trouble)
{
	const unsigned char *bytes;
	size_t length;

	if (data->packed == data->told_packed)
		return finish(data, ret_trouble);
	length = cursor_piece(data->cursor, data->told_packed - data->packed, &bytes);
	if (length == 0)
		return fail_cut(data, ret_trouble);
	data->packed += length;
	return give(data, bytes, length, ret_bytes, ret_length);
}

/* Where a header begins in the bytes at hand, behind a descriptor that fits what went by: where that descriptor begins. */
static bool ends_before(struct zip_data *data, const unsigned char *bytes, size_t header, size_t *ret_end)
{
	static const size_t lengths[] = {16, 24, 12, 20};

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		bool is_signed = i < 2, wide = i % 2 == 1;
		const unsigned char *at = bytes + header - lengths[i], *numbers = at + (is_signed ? 4 : 0);
		uint64_t packed = data->packed + header - lengths[i];

		if (header < lengths[i] || (is_signed && zip_number(at, 4) != ZIP_DESCRIPTOR) ||
		    zip_number(numbers + 4, wide ? 8 : 4) != packed)
			continue;
		if (descriptor_fits(data, numbers, wide, packed, packed,
				    data->opaque ? 0 : crc_of(data->crc, bytes, header - lengths[i]))) {
			*ret_end = header - lengths[i];
			return true;
		}
	}
	return false;
}

static bool find_end(struct zip_data *data, const unsigned char *bytes, size_t length, size_t *ret_end)
{
	const unsigned char *last = bytes + length - ZIP_SIGNATURE_BYTES, *at = bytes;

	while (at <= last && (at = memchr(at, 'P', (size_t)(last - at) + 1)) != NULL) {
		if (is_header(at) && ends_before(data, bytes, (size_t)(at - bytes), ret_end))
			return true;
		at++;
	}
	return false;
}

/* A descriptor that stands across the end of what is at hand is found the next time. */
static int search_next(struct zip_data *data, const unsigned char **ret_bytes, size_t *ret_length,
		       struct trouble *ret_trouble)
{
	const unsigned char *bytes;
	size_t got = cursor_view(data->cursor, SEARCH_BYTES, &bytes), length = data->cursor->length, end = 0;
	bool found;

	if (got < ZIP_SIGNATURE_BYTES)
		return fail_cut(data, ret_trouble);
	found = find_end(data, bytes, length, &end);
	if (found && end == 0)
		return finish(data, ret_trouble);
	if (!found && length < DESCRIPTOR_MAX + ZIP_SIGNATURE_BYTES)
		return fail_cut(data, ret_trouble);
	if (!found)
		end = length - (DESCRIPTOR_MAX + ZIP_SIGNATURE_BYTES - 1);
	cursor_advance(data->cursor, end);
	data->packed += end;
	if (data->opaque) {
		*ret_length = end;
		return 0;
	}
	return give(data, bytes, end, ret_bytes, ret_length);
}

/* 1: went on; 0: the data are all there; -1. */
static int unpack(struct zip_data *data, struct decode_io *io, struct trouble *ret_trouble)
{
	uint64_t left = data->has_length ? data->told_packed - data->packed : UINT64_MAX;
	size_t at_hand = left > 0 ? cursor_view(data->cursor, 1, &io->in) : 0, room = io->out_room;

	if (at_hand > 0)
		at_hand = data->cursor->length < left ? data->cursor->length : (size_t)left;
	else
		io->in = (const unsigned char *)"";
	io->in_length = at_hand;
	io->in_ended = at_hand == 0;
	if (data->codec->step(data->state, io, ret_trouble) < 0)
		return -1;
	cursor_advance(data->cursor, at_hand - io->in_length);
	data->packed += at_hand - io->in_length;
	if (io->may_end && !data->has_length)
		return 0;
	if (io->may_end && data->packed == data->told_packed)
		return 0;
	if (io->may_end && data->codec != &decode_zstd)
		return fail(data, ret_trouble, "the data end before their length is reached");
	if (io->in_length < at_hand || io->out_room < room)
		return 1;
	if (at_hand > 0)
		return fail(data, ret_trouble, "its data cannot be decoded");
	return left > 0 ? fail_cut(data, ret_trouble)
			: fail(data, ret_trouble, "the data do not end within their length");
}

static int packed_next(struct zip_data *data, const unsigned char **ret_bytes, size_t *ret_length,
		       struct trouble *ret_trouble)
{
	struct decode_io io = {.out = data->out, .out_room = ZIP_OUT_BYTES};
	int going = 1;

	if (data->state == NULL)
		return trouble_set(ret_trouble, UNREADABLE, "there is no memory for its decoder");
	while (going > 0 && io.out_room > 0)
		going = unpack(data, &io, ret_trouble);
	if (going < 0)
		return -1;
	give(data, data->out, ZIP_OUT_BYTES - io.out_room, ret_bytes, ret_length);
	if (going > 0)
		return 0;
	/* What was unpacked is given out before it is held to anything. */
	zip_data_end(data);
	data->went_by = true;
	return *ret_length == 0 ? finish(data, ret_trouble) : 0;
}

static int opaque_all(struct zip_data *data, struct trouble *ret_trouble)
{
	const unsigned char *bytes;
	size_t length = 1;

	if (data->has_length) {
		data->packed = cursor_skip(data->cursor, data->told_packed);
		if (data->packed < data->told_packed)
			return fail_cut(data, ret_trouble);
		data->size = data->told_size;
		data->crc = data->told_crc;
		return finish(data, ret_trouble);
	}
	while (!data->ended && length > 0) {
		length = 0;
		if (search_next(data, &bytes, &length, ret_trouble) < 0)
			return -1;
	}
	return 0;
}

int zip_data_next(struct zip_data *data, const unsigned char **ret_bytes, size_t *ret_length,
		  struct trouble *ret_trouble)
{
	*ret_bytes = data->out;
	*ret_length = 0;
	if (data->ended)
		return 0;
	if (data->went_by)
		return finish(data, ret_trouble);
	if (data->opaque)
		return opaque_all(data, ret_trouble);
	if (data->codec != NULL)
		return packed_next(data, ret_bytes, ret_length, ret_trouble);
	if (data->has_length)
		return stored_next(data, ret_bytes, ret_length, ret_trouble);
	return search_next(data, ret_bytes, ret_length, ret_trouble);
}

void zip_data_end(struct zip_data *data)
{
	if (data->state != NULL && data->codec->reset != NULL) {
		zip_data_release(data);
		data->kept = data->codec;
		data->kept_state = data->state;
	} else if (data->state != NULL) {
		data->codec->close(data->state);
	}
	data->state = NULL;
}

void zip_data_release(struct zip_data *data)
{
	if (data->kept != NULL)
		data->kept->close(data->kept_state);
	data->kept = NULL;
}

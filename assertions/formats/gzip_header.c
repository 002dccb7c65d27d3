#include "assertions/formats/gzip_header.h"

#include <zlib.h>

enum gzip_part { PART_FIXED, PART_EXTRA_LENGTH, PART_EXTRA, PART_NAME, PART_COMMENT, PART_CRC, PART_COUNT };

enum gzip_flag { FLAG_CRC = 2, FLAG_EXTRA = 4, FLAG_NAME = 8, FLAG_COMMENT = 16, FLAGS_RESERVED = 0xe0 };

#define FIXED_BYTES 10

static bool begins_as_gzip(const unsigned char *head, size_t length)
{
	return length >= 3 && head[0] == 0x1f && head[1] == 0x8b;
}

bool gzip_recognises(const unsigned char *head, size_t length)
{
	return begins_as_gzip(head, length) && head[2] == Z_DEFLATED;
}

bool gzip_is_other_version(const unsigned char *head, size_t length, struct trouble *ret_trouble)
{
	if (!begins_as_gzip(head, length) || head[2] == Z_DEFLATED)
		return false;
	trouble_set(ret_trouble, OPAQUE, "gzip: " GZIP_OTHER_METHOD " at byte 2");
	return true;
}

static int take_fixed(struct gzip_header *header, unsigned char byte, struct trouble *trouble)
{
	static const unsigned char begin[] = {0x1f, 0x8b};

	if (header->count < 2 && byte != begin[header->count])
		return trouble_set(trouble, DAMAGED, "no gzip header");
	if (header->count == 2 && byte != Z_DEFLATED)
		return trouble_set(trouble, OPAQUE, GZIP_OTHER_METHOD);
	if (header->count == 3) {
		header->flags = byte;
		if (byte & FLAGS_RESERVED)
			return trouble_set(trouble, OPAQUE, GZIP_OTHER_FLAGS);
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

static bool is_there(const struct gzip_header *header, int part)
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

static int take(struct gzip_header *header, unsigned char byte, struct trouble *trouble)
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

size_t gzip_header_take(struct gzip_header *header, const unsigned char *data, size_t length,
			struct trouble *ret_trouble)
{
	size_t taken = 0;

	while (taken < length && !header->done)
		if (take(header, data[taken++], ret_trouble) < 0)
			break;
	return taken;
}

#include "assertions/formats/zip_private.h"

#include <string.h>
#include <time.h>
#include <zlib.h>

#include "assertions/base/utf8.h"

#define LOCAL_BYTES 30
#define ENTRY_BYTES 46
#define EXTRA_ZIP64 0x0001
#define EXTRA_NTFS 0x000a
#define EXTRA_TIMES 0x5455
#define EXTRA_UNICODE 0x7075
#define EXTRA_OWNER 0x7875
#define EXTRA_AES 0x9901
#define UNICODE_HEAD_BYTES 5
#define UNICODE_VERSION 1
#define NTFS_BYTES 16 /* up to the time of modification */
#define NTFS_EPOCH_SECONDS 11644473600LL
#define DOS_FOLDER 0x10
#define WINDOWS_LINK 0x400

uint64_t zip_number(const unsigned char *bytes, size_t length)
{
	uint64_t value = 0;

	while (length-- > 0)
		value = value << 8 | bytes[length];
	return value;
}

static struct zip_field *field_of(struct zip_header *header, unsigned id)
{
	switch (id) {
	case EXTRA_ZIP64:
		return &header->zip64;
	case EXTRA_UNICODE:
		return &header->unicode;
	case EXTRA_AES:
		return &header->aes;
	case EXTRA_TIMES:
		return &header->times;
	case EXTRA_NTFS:
		return &header->ntfs;
	case EXTRA_OWNER:
		return &header->owner;
	default:
		return NULL;
	}
}

/* Tools that move data to a boundary fill up with zeros, fewer than make a field as well. */
static bool read_extra(struct zip_header *header, const unsigned char *extra, size_t length)
{
	while (length >= 4) {
		size_t size = (size_t)zip_number(extra + 2, 2);
		struct zip_field *field = field_of(header, (unsigned)zip_number(extra, 2));

		if (size > length - 4)
			return false;
		if (field != NULL && field->data == NULL)
			*field = (struct zip_field){extra + 4, size};
		extra += 4 + size;
		length -= 4 + size;
	}
	return bytes_are_zero(extra, length);
}

/* A name in Unicode is that of the name beside it only as long as that is what it was made of. */
static void check_unicode(struct zip_header *header)
{
	struct zip_field *field = &header->unicode;
	uint32_t crc = (uint32_t)crc32_z(0, (const unsigned char *)header->name, header->name_length);

	if (field->length < UNICODE_HEAD_BYTES || field->data[0] != UNICODE_VERSION ||
	    zip_number(field->data + 1, 4) != crc) {
		*field = (struct zip_field){NULL, 0};
		return;
	}
	field->data += UNICODE_HEAD_BYTES;
	field->length -= UNICODE_HEAD_BYTES;
}

static bool take_wide(struct zip_field *left, size_t length, uint64_t *ret_number)
{
	if (left->length < length)
		return false;
	*ret_number = zip_number(left->data, length);
	left->data += length;
	left->length -= length;
	return true;
}

/* What does not fit stands in this field, in this order, that only. */
static bool read_zip64(struct zip_header *header)
{
	struct zip_field left = header->zip64;
	uint64_t disk = header->disk;
	bool fits = true;

	if (left.data == NULL)
		return true;
	if (header->size == ZIP_IN_ZIP64_32)
		fits = take_wide(&left, 8, &header->size);
	if (fits && header->packed == ZIP_IN_ZIP64_32)
		fits = take_wide(&left, 8, &header->packed);
	if (fits && header->offset == ZIP_IN_ZIP64_32)
		fits = take_wide(&left, 8, &header->offset);
	if (fits && header->disk == ZIP_IN_ZIP64_16)
		fits = take_wide(&left, 4, &disk);
	header->disk = (uint32_t)disk;
	return fits;
}

static enum zip_taken take_text(struct cursor *cursor, struct zip_header *header, size_t extra_length,
				const char **ret_what)
{
	size_t length = header->name_length + extra_length;

	if (cursor_take(cursor, header->text, length) < length)
		return ZIP_CUT;
	header->name = (const char *)header->text;
	header->zip64 = header->unicode = header->aes = header->times = header->ntfs = header->owner =
		(struct zip_field){NULL, 0};
	if (memchr(header->name, '\0', header->name_length) != NULL) {
		*ret_what = "a name makes no sense";
		return ZIP_SENSELESS;
	}
	if (!read_extra(header, header->text + header->name_length, extra_length) || !read_zip64(header) ||
	    header->size > INT64_MAX || header->packed > INT64_MAX) {
		*ret_what = "an extra field makes no sense";
		return ZIP_SENSELESS;
	}
	if (header->unicode.data != NULL)
		check_unicode(header);
	if (memchr(header->unicode.data != NULL ? header->unicode.data : header->text, '\0', header->unicode.length) !=
	    NULL) {
		*ret_what = "a name makes no sense";
		return ZIP_SENSELESS;
	}
	return ZIP_TAKEN;
}

/* What both kinds have, in the same order. */
static void read_common(struct zip_header *header, const unsigned char *fixed)
{
	header->version = (unsigned)zip_number(fixed, 1);
	header->flags = (unsigned)zip_number(fixed + 2, 2);
	header->method = (unsigned)zip_number(fixed + 4, 2);
	header->stamp = (uint32_t)zip_number(fixed + 6, 4);
	header->crc = (uint32_t)zip_number(fixed + 10, 4);
	header->packed = zip_number(fixed + 14, 4);
	header->size = zip_number(fixed + 18, 4);
	header->name_length = (size_t)zip_number(fixed + 22, 2);
}

enum zip_taken zip_header_take_local(struct cursor *cursor, struct zip_header *header, const char **ret_what)
{
	unsigned char fixed[LOCAL_BYTES];

	header->offset = cursor->offset;
	if (cursor_take(cursor, fixed, LOCAL_BYTES) < LOCAL_BYTES)
		return ZIP_CUT;
	read_common(header, fixed + 4);
	header->disk = header->attributes = 0;
	/* The offset is no part of a local header, nor of its field. */
	uint64_t offset = header->offset;
	header->offset = 0;
	enum zip_taken taken = take_text(cursor, header, (size_t)zip_number(fixed + 28, 2), ret_what);
	header->offset = offset;
	return taken;
}

enum zip_taken zip_header_take_entry(struct cursor *cursor, struct zip_header *header, const char **ret_what)
{
	unsigned char fixed[ENTRY_BYTES];
	size_t comment;
	enum zip_taken taken;

	if (cursor_take(cursor, fixed, ENTRY_BYTES) < ENTRY_BYTES)
		return ZIP_CUT;
	read_common(header, fixed + 6);
	comment = (size_t)zip_number(fixed + 32, 2);
	header->disk = (uint32_t)zip_number(fixed + 34, 2);
	header->attributes = (uint32_t)zip_number(fixed + 38, 4);
	header->offset = zip_number(fixed + 42, 4);
	taken = take_text(cursor, header, (size_t)zip_number(fixed + 30, 2), ret_what);
	if (taken == ZIP_TAKEN && cursor_skip(cursor, comment) < comment)
		return ZIP_CUT;
	return taken;
}

bool zip_header_is_encrypted(const struct zip_header *header)
{
	return (header->flags & (ZIP_FLAG_ENCRYPTED | ZIP_FLAG_STRONG)) != 0 || header->method == ZIP_METHOD_AES;
}

/* From 0x80 on; before that it is ASCII. */
static const uint16_t code_page_437[128] = {
	0x00c7, 0x00fc, 0x00e9, 0x00e2, 0x00e4, 0x00e0, 0x00e5, 0x00e7, 0x00ea, 0x00eb, 0x00e8, 0x00ef, 0x00ee,
	0x00ec, 0x00c4, 0x00c5, 0x00c9, 0x00e6, 0x00c6, 0x00f4, 0x00f6, 0x00f2, 0x00fb, 0x00f9, 0x00ff, 0x00d6,
	0x00dc, 0x00a2, 0x00a3, 0x00a5, 0x20a7, 0x0192, 0x00e1, 0x00ed, 0x00f3, 0x00fa, 0x00f1, 0x00d1, 0x00aa,
	0x00ba, 0x00bf, 0x2310, 0x00ac, 0x00bd, 0x00bc, 0x00a1, 0x00ab, 0x00bb, 0x2591, 0x2592, 0x2593, 0x2502,
	0x2524, 0x2561, 0x2562, 0x2556, 0x2555, 0x2563, 0x2551, 0x2557, 0x255d, 0x255c, 0x255b, 0x2510, 0x2514,
	0x2534, 0x252c, 0x251c, 0x2500, 0x253c, 0x255e, 0x255f, 0x255a, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550,
	0x256c, 0x2567, 0x2568, 0x2564, 0x2565, 0x2559, 0x2558, 0x2552, 0x2553, 0x256b, 0x256a, 0x2518, 0x250c,
	0x2588, 0x2584, 0x258c, 0x2590, 0x2580, 0x03b1, 0x00df, 0x0393, 0x03c0, 0x03a3, 0x03c3, 0x00b5, 0x03c4,
	0x03a6, 0x0398, 0x03a9, 0x03b4, 0x221e, 0x03c6, 0x03b5, 0x2229, 0x2261, 0x00b1, 0x2265, 0x2264, 0x2320,
	0x2321, 0x00f7, 0x2248, 0x00b0, 0x2219, 0x00b7, 0x221a, 0x207f, 0x00b2, 0x25a0, 0x00a0,
};

static bool can_be_utf8(const char *name, size_t length)
{
	size_t size = 1;

	for (size_t i = 0; i < length && size > 0; i += size)
		size = utf8_character(name + i, length - i, NULL);
	return size > 0;
}

static void append_utf8(uint16_t code, struct buffer *out)
{
	char bytes[3];
	size_t length = 0;

	if (code < 0x800) {
		bytes[length++] = (char)(0xc0 | code >> 6);
	} else {
		bytes[length++] = (char)(0xe0 | code >> 12);
		bytes[length++] = (char)(0x80 | (code >> 6 & 0x3f));
	}
	bytes[length++] = (char)(0x80 | (code & 0x3f));
	buffer_append(out, bytes, length);
}

/*
 * In UTF-8: those that say so are, and of the others code page 437 is what they are taken for. Tools on Unix write UTF-8 and do not say
 * so; what can be UTF-8 is hardly ever anything else.
 */
static void decode_name(const char *name, size_t length, bool is_utf8, struct buffer *out)
{
	if (is_utf8 || can_be_utf8(name, length)) {
		buffer_append(out, name, length);
		return;
	}
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)name[i];

		if (byte < 0x80)
			buffer_append(out, name + i, 1);
		else
			append_utf8(code_page_437[byte - 0x80], out);
	}
}

void zip_header_path(const struct zip_header *header, struct buffer *out)
{
	buffer_clear(out);
	if (header->unicode.data != NULL)
		buffer_append(out, header->unicode.data, header->unicode.length);
	else
		decode_name(header->name, header->name_length, (header->flags & ZIP_FLAG_UTF8) != 0, out);
}

enum member_type zip_header_type(const struct zip_header *header)
{
	unsigned kind = header->attributes >> 28;

	if (kind == 10 || (kind == 0 && (header->attributes & WINDOWS_LINK) != 0))
		return MEMBER_LINK;
	if (header->name_length > 0 && header->name[header->name_length - 1] == '/')
		return MEMBER_FOLDER;
	return kind == 4 || (kind == 0 && (header->attributes & DOS_FOLDER) != 0) ? MEMBER_FOLDER : MEMBER_FILE;
}

int64_t zip_header_modified_ms(const struct zip_header *header)
{
	const unsigned char *times = header->times.data, *ntfs = header->ntfs.data;
	unsigned date = header->stamp >> 16, clock = header->stamp & 0xffff;
	struct tm local = {.tm_year = (int)(date >> 9) + 80,
			   .tm_mon = (int)(date >> 5 & 15) - 1,
			   .tm_mday = (int)(date & 31),
			   .tm_hour = (int)(clock >> 11),
			   .tm_min = (int)(clock >> 5 & 63),
			   .tm_sec = (int)(clock & 31) * 2,
			   .tm_isdst = -1};

	if (times != NULL && header->times.length >= 5 && (times[0] & 1) != 0)
		return (int64_t)(int32_t)zip_number(times + 1, 4) * 1000;
	if (ntfs != NULL && header->ntfs.length >= NTFS_BYTES && zip_number(ntfs + 4, 2) == 1)
		return (int64_t)(zip_number(ntfs + 8, 8) / 10000) - NTFS_EPOCH_SECONDS * 1000;
	return header->stamp != 0 ? (int64_t)mktime(&local) * 1000 : INT64_MIN;
}

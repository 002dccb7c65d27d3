/*
 * Reads a cpio: the new ASCII format with and without sums (newc, crc), the old ASCII one (odc) and the binary one in
 * either byte order. pubs.opengroup.org/onlinepubs/007908799/xcu/pax.html has odc; the others are in cpio(5).
 *
 * It is complete when every member is whole, the trailer follows, and nothing but zeros after it.
 */
#include "assertions/formats/container.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/memory.h"
#include "assertions/bytes/cursor.h"

#define HEADER_MAX 110
#define NAME_MAX_BYTES (64 * 1024)
#define TRAILER "TRAILER!!!"

enum number { OCTAL, HEXADECIMAL, BINARY };

/* Where the fields stand that are of use: the offset and the bytes of each. */
struct layout {
	const char *magic;
	size_t magic_length, header_bytes;
	enum number number;
	bool big_endian; /* of binary ones */
	size_t mode, modified, name_size, size, sum, links; /* sum, links: 0 where there is none that is of use */
	size_t short_length, modified_length, size_length, sum_length;
	size_t alignment;
};

static const struct layout layouts[] = {
	{"070701", 6, 110, HEXADECIMAL, false, 14, 46, 94, 54, 102, 38, 8, 8, 8, 0, 4},
	{"070702", 6, 110, HEXADECIMAL, false, 14, 46, 94, 54, 102, 38, 8, 8, 8, 8, 4},
	{"070707", 6, 76, OCTAL, false, 18, 48, 59, 65, 0, 0, 6, 11, 11, 0, 1},
	{"\xc7\x71", 2, 26, BINARY, false, 6, 16, 20, 22, 0, 0, 2, 4, 4, 0, 2},
	{"\x71\xc7", 2, 26, BINARY, true, 6, 16, 20, 22, 0, 0, 2, 4, 4, 0, 2},
};

#define INODE_AT 6 /* of the newer formats, in which the bytes of a file stand once */
#define INODE_BYTES 8
#define DEVICE_AT 62
#define DEVICE_BYTES 16
#define FILE_BYTES (INODE_BYTES + DEVICE_BYTES)

struct cpio {
	struct container container;
	struct cursor cursor;
	char name[NAME_MAX_BYTES + 1];
	bool in_member, is_link, elsewhere, has_sum;
	char file[FILE_BYTES + 1]; /* inode and device, where they tell files with several names apart */
	uint64_t left, padding; /* of the member's data */
	uint32_t sum, told_sum;
	struct trouble trouble;
};

struct header {
	const struct layout *layout;
	uint64_t mode, modified, name_size, size, sum, links;
};

static const struct layout *layout_of(const unsigned char *head, size_t length)
{
	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++)
		if (length >= layouts[i].magic_length && memcmp(head, layouts[i].magic, layouts[i].magic_length) == 0)
			return &layouts[i];
	return NULL;
}

static bool cpio_recognises(const unsigned char *head, size_t length)
{
	const struct layout *layout = layout_of(head, length);

	return layout != NULL && length >= layout->header_bytes;
}

static bool read_digits(const unsigned char *field, size_t length, unsigned base, uint64_t *ret_number)
{
	static const char digits[] = "0123456789abcdef";

	*ret_number = 0;
	for (size_t i = 0; i < length; i++) {
		unsigned char lower = field[i] >= 'A' && field[i] <= 'F' ? (unsigned char)(field[i] | 0x20) : field[i];
		const char *digit = lower != '\0' ? strchr(digits, lower) : NULL;

		if (digit == NULL || (unsigned)(digit - digits) >= base)
			return false;
		*ret_number = *ret_number * base + (unsigned)(digit - digits);
	}
	return true;
}

/* Numbers in hexadecimal or octal follow: text may well begin with such digits, but hardly with so many. */
static bool cpio_is_other_version(const unsigned char *head, size_t length, struct trouble *ret_trouble)
{
	char magic[RECOGNISE_TEXT_MAX];
	uint64_t number;

	if (length < HEADER_MAX || memcmp(head, "0707", 4) != 0 || layout_of(head, length) != NULL ||
	    !read_digits(head + 6, 16, 16, &number))
		return false;
	trouble_set(
		ret_trouble, OPAQUE,
		"cpio: is of a kind that is not known: it begins with '%s', and muster reads 070701, 070702, 070707 "
		"and the binary one",
		recognise_printable((const char *)head, 6, magic));
	return true;
}

static int fail(struct cpio *cpio, const char *what)
{
	return cursor_damaged(&cpio->cursor, "cpio", what, &cpio->trouble);
}

static int fail_in_member(struct cpio *cpio, const char *what)
{
	char name[RECOGNISE_TEXT_MAX];

	if (!cursor_failed(&cpio->cursor, &cpio->trouble))
		trouble_set(&cpio->trouble, DAMAGED, "cpio: %s in member '%s'", what,
			    recognise_printable(cpio->name, strlen(cpio->name), name));
	return -1;
}

/* Pairs of bytes in the writer's order; of longer numbers the higher pair comes first, whichever the order. */
static uint64_t read_binary(const unsigned char *field, size_t length, bool big_endian)
{
	uint64_t number = 0;

	for (size_t i = 0; i < length; i += 2)
		number = number << 16 |
			 (big_endian ? (uint64_t)field[i] << 8 | field[i + 1] : (uint64_t)field[i + 1] << 8 | field[i]);
	return number;
}

static bool read_number(const struct layout *layout, const unsigned char *header, size_t at, size_t length,
			uint64_t *ret_number)
{
	if (layout->number != BINARY)
		return read_digits(header + at, length, layout->number == OCTAL ? 8 : 16, ret_number);
	*ret_number = read_binary(header + at, length, layout->big_endian);
	return true;
}

static uint64_t padding_of(const struct layout *layout, uint64_t size)
{
	return (layout->alignment - size % layout->alignment) % layout->alignment;
}

static int read_header(struct cpio *cpio, struct header *ret_header)
{
	const unsigned char *head;
	size_t length = cursor_view(&cpio->cursor, HEADER_MAX, &head);
	const struct layout *layout = layout_of(head, length);

	if (layout == NULL && length > 0)
		return fail(cpio, "there should be a header");
	if (layout == NULL || length < layout->header_bytes)
		return fail(cpio, "is cut: it ends without its trailer");
	*ret_header = (struct header){.layout = layout};
	if (!read_number(layout, head, layout->mode, layout->short_length, &ret_header->mode) ||
	    !read_number(layout, head, layout->modified, layout->modified_length, &ret_header->modified) ||
	    !read_number(layout, head, layout->name_size, layout->short_length, &ret_header->name_size) ||
	    !read_number(layout, head, layout->size, layout->size_length, &ret_header->size) ||
	    !read_number(layout, head, layout->sum, layout->sum_length, &ret_header->sum) ||
	    !read_number(layout, head, layout->links, layout->links > 0 ? layout->short_length : 0, &ret_header->links))
		return fail(cpio, "a header makes no sense");
	if (layout->links > 0) {
		memcpy(cpio->file, head + INODE_AT, INODE_BYTES);
		memcpy(cpio->file + INODE_BYTES, head + DEVICE_AT, DEVICE_BYTES);
	}
	cursor_advance(&cpio->cursor, layout->header_bytes);
	return 0;
}

static int read_name(struct cpio *cpio, const struct header *header)
{
	uint64_t padding = padding_of(header->layout, header->layout->header_bytes + header->name_size);

	if (header->name_size < 1 || header->name_size > NAME_MAX_BYTES)
		return fail(cpio, "the length of a name makes no sense");
	if (cursor_take(&cpio->cursor, cpio->name, (size_t)header->name_size) < header->name_size ||
	    cursor_skip(&cpio->cursor, padding) < padding)
		return fail(cpio, "is cut: it ends in the middle of a header");
	if (strnlen(cpio->name, (size_t)header->name_size) != header->name_size - 1)
		return fail(cpio, "a name makes no sense");
	return 0;
}

static int read_end(struct cpio *cpio, const struct header *header)
{
	const unsigned char *more;

	if (header->size > 0)
		return fail(cpio, "its trailer makes no sense");
	cursor_skip_zeros(&cpio->cursor, UINT64_MAX);
	if (cursor_view(&cpio->cursor, 1, &more) > 0)
		return fail(cpio, "other bytes follow after its end");
	return cursor_failed(&cpio->cursor, &cpio->trouble) ? -1 : 0;
}

static enum member_type type_of(uint64_t mode)
{
	switch (mode & 0170000) {
	case 0100000:
		return MEMBER_FILE;
	case 0040000:
		return MEMBER_FOLDER;
	case 0120000:
		return MEMBER_LINK;
	default:
		return MEMBER_OTHER;
	}
}

static int stored_data(struct cpio *cpio, const unsigned char **ret_data, size_t *ret_length)
{
	*ret_length = cpio->left > 0 ? cursor_piece(&cpio->cursor, cpio->left, ret_data) : 0;
	if (*ret_length == 0 && cpio->left > 0)
		return fail_in_member(cpio, "is cut: it ends");
	cpio->left -= *ret_length;
	if (*ret_length > 0)
		container_note_bytes(&cpio->container, *ret_data, *ret_length);
	for (size_t i = 0; cpio->has_sum && i < *ret_length; i++)
		cpio->sum += (*ret_data)[i];
	if (cpio->left == 0 && cpio->has_sum && cpio->sum != cpio->told_sum)
		return fail_in_member(cpio, "checksum of the data is wrong");
	return 0;
}

static int finish_member(struct cpio *cpio)
{
	const unsigned char *data;
	size_t length;

	while (cpio->in_member && cpio->left > 0)
		if (stored_data(cpio, &data, &length) < 0)
			return -1;
	if (cpio->in_member && cursor_skip(&cpio->cursor, cpio->padding) < cpio->padding)
		return fail_in_member(cpio, "is cut: it ends");
	if (cpio->in_member)
		container_note_end(&cpio->container, container_strip_path(cpio->name));
	cpio->in_member = false;
	return 0;
}

static int next_member(struct cpio *cpio, struct inspect_member *ret_member)
{
	struct header header;

	if (finish_member(cpio) < 0 || read_header(cpio, &header) < 0 || read_name(cpio, &header) < 0)
		return -1;
	if (strcmp(cpio->name, TRAILER) == 0)
		return read_end(cpio, &header);
	cpio->in_member = true;
	cpio->left = header.size;
	cpio->padding = padding_of(header.layout, header.size);
	cpio->sum = 0;
	cpio->told_sum = (uint32_t)header.sum;
	*ret_member = (struct inspect_member){
		.path = container_strip_path(cpio->name),
		.type = type_of(header.mode),
		.modified_ms = (int64_t)header.modified * 1000,
	};
	/* What a link points to is stored as its data. */
	cpio->is_link = ret_member->symbolic = ret_member->type == MEMBER_LINK;
	/* The newer formats store the bytes of all names of a file with the last of them. */
	cpio->elsewhere = ret_member->elsewhere =
		ret_member->type == MEMBER_FILE && header.size == 0 && header.links > 1;
	if (ret_member->type == MEMBER_FILE && header.links > 1)
		ret_member->file = cpio->file;
	cpio->has_sum = header.layout->sum_length > 0 && ret_member->type == MEMBER_FILE && header.size > 0;
	ret_member->size_bytes = cpio->is_link ? 0 : (int64_t)header.size;
	return 1;
}

static int cpio_next(struct container *container, struct inspect_member *ret_member, struct trouble *ret_trouble)
{
	struct cpio *cpio = (struct cpio *)container;
	int result = cpio->trouble.soundness == SOUND ? next_member(cpio, ret_member) : -1;

	if (result < 0)
		*ret_trouble = cpio->trouble;
	return result;
}

static int cpio_data(struct container *container, const unsigned char **ret_data, size_t *ret_length,
		     struct trouble *ret_trouble)
{
	struct cpio *cpio = (struct cpio *)container;
	int result = -1;

	*ret_length = 0;
	if (cpio->elsewhere)
		return container_refuse_elsewhere("cpio", ret_trouble);
	if (cpio->trouble.soundness == SOUND)
		result = cpio->is_link ? 0 : stored_data(cpio, ret_data, ret_length);
	if (result < 0)
		*ret_trouble = cpio->trouble;
	return result;
}

static void cpio_close(struct container *container)
{
	free(container);
}

static struct container *cpio_open(struct source *source)
{
	struct cpio *cpio = memory_alloc(sizeof(*cpio));

	cpio->container = (struct container){.next = cpio_next, .data = cpio_data, .close = cpio_close};
	cursor_init(&cpio->cursor, source);
	return &cpio->container;
}

const struct archive_format archive_cpio = {
	.signs = {.recognises = cpio_recognises, .is_other_version = cpio_is_other_version},
	.open = cpio_open,
};

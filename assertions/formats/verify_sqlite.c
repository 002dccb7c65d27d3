/* sqlite.org/fileformat2.html, section 1.3. */
#include <string.h>

#include "assertions/formats/sample.h"
#include "assertions/formats/verifier.h"

#define HEADER_BYTES 100
#define PAGE_SIZE_MAX 65536
#define USABLE_MIN 480
#define FORMAT_VERSION_MAX 2
#define SCHEMA_FORMAT_MAX 4
#define TABLE_LEAF 13
#define TABLE_INTERIOR 5

static bool sqlite_recognises(const unsigned char *head, size_t length)
{
	return length >= 16 && memcmp(head, "SQLite format 3", 16) == 0;
}

static bool sqlite_is_other_version(const unsigned char *head, size_t length, struct trouble *ret_trouble)
{
	if (length < 16 || memcmp(head, "SQLite format ", 14) != 0 || head[14] < '0' || head[14] > '9' ||
	    head[15] != '\0' || head[14] == '3')
		return false;
	trouble_set(ret_trouble, OPAQUE, "sqlite: is of SQLite's format %c, which is not known: muster reads format 3",
		    head[14]);
	return true;
}

static uint32_t big_endian(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static uint32_t page_size_of(const unsigned char *header)
{
	uint32_t size = (uint32_t)header[16] << 8 | header[17];

	if (size == 1)
		return PAGE_SIZE_MAX;
	return size >= 512 && size <= PAGE_SIZE_MAX / 2 && (size & (size - 1)) == 0 ? size : 0;
}

static int damaged(struct trouble *trouble, const char *what)
{
	return trouble_set(trouble, DAMAGED, "sqlite: %s", what);
}

/* Readable by its rules or not, what a newer SQLite wrote is judged by that alone. */
static int check_version(const unsigned char *header, struct trouble *trouble)
{
	uint32_t schema_format = big_endian(header + 44);
	static const unsigned char reserved[20];

	if (header[18] > FORMAT_VERSION_MAX || header[19] > FORMAT_VERSION_MAX)
		return trouble_set(
			trouble, OPAQUE,
			"sqlite: is of format version %d for writers and %d for readers: muster reads up to %d",
			header[18], header[19], FORMAT_VERSION_MAX);
	if (schema_format > SCHEMA_FORMAT_MAX)
		return trouble_set(trouble, OPAQUE, "sqlite: is of schema format %lu: muster reads up to %d",
				   (unsigned long)schema_format, SCHEMA_FORMAT_MAX);
	if (memcmp(header + 72, reserved, sizeof(reserved)) != 0)
		return trouble_set(
			trouble, OPAQUE,
			"sqlite: its header has bytes that are reserved for a newer format than muster reads");
	return 0;
}

/* A database without any table may still have zeros where the schema's format and the encoding stand. */
static int check_header(const unsigned char *header, struct trouble *trouble)
{
	uint32_t page_size = page_size_of(header);
	uint32_t encoding = big_endian(header + 56);

	if (page_size == 0)
		return damaged(trouble, "the page size in its header makes no sense");
	if (header[18] < 1 || header[19] < 1)
		return damaged(trouble, "the format version in its header makes no sense");
	if (page_size - header[20] < USABLE_MIN || header[21] != 64 || header[22] != 32 || header[23] != 32)
		return damaged(trouble, "the page layout in its header makes no sense");
	if (encoding > 3)
		return damaged(trouble, "the text encoding in its header makes no sense");
	return 0;
}

static int check_size(const unsigned char *header, uint64_t size, struct trouble *trouble)
{
	uint32_t page_size = page_size_of(header), told = big_endian(header + 28);
	uint64_t pages = size / page_size;
	/* Writers older than 3.7.0 did not keep the count of pages, and left this pair unequal. */
	bool count_is_kept = told > 0 && big_endian(header + 24) == big_endian(header + 92);

	if (count_is_kept && size != (uint64_t)told * page_size)
		return trouble_set(trouble, DAMAGED,
				   "sqlite: %s: its header tells of %lu pages of %lu bytes, but it has %llu bytes",
				   size < (uint64_t)told * page_size ? "is cut" : "is too long", (unsigned long)told,
				   (unsigned long)page_size, (unsigned long long)size);
	if (size % page_size != 0)
		return trouble_set(trouble, DAMAGED,
				   "sqlite: its %llu bytes are not whole pages of %lu bytes: it was cut",
				   (unsigned long long)size, (unsigned long)page_size);
	if (big_endian(header + 36) >= pages || big_endian(header + 32) > pages ||
	    (big_endian(header + 36) > 0) != (big_endian(header + 32) > 0))
		return damaged(trouble, "the list of free pages in its header makes no sense");
	return 0;
}

static int check_head(const unsigned char *head, size_t length, struct trouble *trouble)
{
	if (length <= HEADER_BYTES)
		return damaged(trouble, "is cut in the middle of its header");
	if (!sqlite_recognises(head, HEADER_BYTES))
		return damaged(trouble, "does not begin as one");
	if (check_version(head, trouble) < 0 || check_header(head, trouble) < 0)
		return -1;
	if (head[HEADER_BYTES] != TABLE_LEAF && head[HEADER_BYTES] != TABLE_INTERIOR)
		return damaged(trouble, "its first page is no table's");
	return 0;
}

static int sqlite_end_in_sample(const struct sample *sample, struct trouble *ret_trouble)
{
	if (check_head(sample->head, sample->head_length, ret_trouble) < 0)
		return -1;
	return check_size(sample->head, (uint64_t)sample->size_bytes, ret_trouble);
}

static int sqlite_verify(struct cursor *cursor, struct budget *budget, struct trouble *ret_trouble)
{
	unsigned char header[HEADER_BYTES + 1];
	size_t length = cursor_take(cursor, header, sizeof(header));

	(void)budget;
	if (check_head(header, length, ret_trouble) < 0)
		return -1;
	cursor_skip(cursor, UINT64_MAX);
	return check_size(header, cursor->offset, ret_trouble);
}

const struct verifier verify_sqlite = {
	.signs = {.recognises = sqlite_recognises,
		  .is_other_version = sqlite_is_other_version,
		  .end_in_sample = sqlite_end_in_sample},
	.verify = sqlite_verify,
};

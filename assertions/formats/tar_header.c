#include "assertions/formats/tar_private.h"

#include <string.h>

#define NAME_LENGTH 100
#define SIZE_AT 124
#define MODIFIED_AT 136
#define NUMBER_LENGTH 12
#define CHECKSUM_AT 148
#define CHECKSUM_LENGTH 8
#define TYPE_AT 156
#define MAGIC_AT 257
#define PREFIX_AT 345
#define PREFIX_LENGTH 155
#define STAR_PREFIX_LENGTH 131
#define STAR_MAGIC_AT 508

static int base256_number(const unsigned char *field, size_t length, int64_t *ret_number)
{
	bool negative = (field[0] & 0x40) != 0;
	uint64_t fill = negative ? UINT64_MAX : 0, number = fill;
	unsigned char first = (unsigned char)(field[0] & 0x7f) | (negative ? 0x80 : 0);

	for (size_t i = 0; i < length; i++) {
		if (i + 8 < length && (i == 0 ? first : field[i]) != (unsigned char)fill)
			return -1;
		number = number << 8 | (i == 0 ? first : field[i]);
	}
	if ((number >> 63 != 0) != negative)
		return -1;
	memcpy(ret_number, &number, sizeof(number));
	return 0;
}

int tar_number(const unsigned char *field, size_t length, int64_t *ret_number)
{
	uint64_t number = 0;
	size_t i = 0;

	if (length > 0 && (field[0] & 0x80) != 0)
		return base256_number(field, length, ret_number);
	while (i < length && field[i] == ' ')
		i++;
	for (; i < length && field[i] >= '0' && field[i] <= '7'; i++) {
		if (number > (uint64_t)INT64_MAX >> 3)
			return -1;
		number = number << 3 | (uint64_t)(field[i] - '0');
	}
	for (; i < length; i++)
		if (field[i] != ' ' && field[i] != '\0')
			return -1;
	*ret_number = (int64_t)number;
	return 0;
}

/* Sixteen-bit lanes hold 128 of the bytes' sums. */
static unsigned unsigned_sum(const unsigned char *block)
{
	const uint64_t even = 0x00ff00ff00ff00ffULL;
	uint64_t lanes = 0;

	for (size_t i = 0; i < TAR_BLOCK; i += sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, block + i, sizeof(word));
		lanes += (word & even) + ((word >> 8) & even);
	}
	return (unsigned)((lanes & 0xffff) + (lanes >> 16 & 0xffff) + (lanes >> 32 & 0xffff) + (lanes >> 48));
}

bool tar_header_is_valid(const unsigned char block[TAR_BLOCK])
{
	int64_t told, sum = unsigned_sum(block), high = 0;

	if (tar_number(block + CHECKSUM_AT, CHECKSUM_LENGTH, &told) < 0)
		return false;
	for (size_t i = 0; i < CHECKSUM_LENGTH; i++)
		sum += ' ' - block[CHECKSUM_AT + i];
	if (sum == told)
		return true;
	/* Old writers summed chars, and theirs were signed. */
	for (size_t i = 0; i < TAR_BLOCK; i++)
		high += block[i] >= 0x80 && (i < CHECKSUM_AT || i >= CHECKSUM_AT + CHECKSUM_LENGTH);
	return sum - 256 * high == told;
}

static enum tar_dialect dialect_of(const unsigned char *block)
{
	if (memcmp(block + MAGIC_AT, "ustar ", 6) == 0)
		return TAR_GNU;
	if (memcmp(block + MAGIC_AT, "ustar", 5) != 0)
		return TAR_V7;
	return memcmp(block + STAR_MAGIC_AT, "tar", 4) == 0 ? TAR_STAR : TAR_USTAR;
}

/* Capitals are for whoever wants them, to be read as files; all others that are not used are for later versions. */
bool tar_header_type_is_known(const struct tar_header *header)
{
	char type = header->type;

	return (type >= '0' && type <= '7') || (type >= 'A' && type <= 'Z');
}

/* Of ustar; some writers leave other things there than digits. */
bool tar_header_version_is_known(const struct tar_header *header)
{
	const unsigned char *version = header->block + TAR_VERSION_AT;

	if (header->dialect != TAR_USTAR && header->dialect != TAR_STAR)
		return true;
	return memcmp(version, "00", TAR_VERSION_LENGTH) == 0 || version[0] < '0' || version[0] > '9' ||
	       version[1] < '0' || version[1] > '9';
}

int tar_header_read(const unsigned char block[TAR_BLOCK], struct tar_header *ret_header, struct error *err)
{
	int64_t size, seconds;

	ret_header->block = block;
	ret_header->dialect = dialect_of(block);
	ret_header->type = block[TYPE_AT] == '\0' ? '0' : (char)block[TYPE_AT];
	if (tar_number(block + SIZE_AT, NUMBER_LENGTH, &size) < 0)
		return error_set(err, "its size field cannot be read");
	if (size < 0)
		return error_set(err, "its size is negative");
	ret_header->size = (uint64_t)size;
	ret_header->modified_ms = INT64_MIN;
	if (tar_number(block + MODIFIED_AT, NUMBER_LENGTH, &seconds) == 0 && seconds > INT64_MIN / 1000 &&
	    seconds < INT64_MAX / 1000)
		ret_header->modified_ms = seconds * 1000;
	return 0;
}

static size_t field_length(const unsigned char *field, size_t maximum)
{
	const unsigned char *end = memchr(field, '\0', maximum);

	return end != NULL ? (size_t)(end - field) : maximum;
}

size_t tar_header_path(const struct tar_header *header, char ret_path[TAR_HEADER_PATH_MAX])
{
	const unsigned char *prefix = header->block + PREFIX_AT;
	size_t length = 0, name_length = field_length(header->block, NAME_LENGTH);

	if (header->dialect == TAR_USTAR || header->dialect == TAR_STAR)
		length = field_length(prefix, header->dialect == TAR_STAR ? STAR_PREFIX_LENGTH : PREFIX_LENGTH);
	if (length > 0) {
		memcpy(ret_path, prefix, length);
		ret_path[length++] = '/';
	}
	memcpy(ret_path + length, header->block, name_length);
	length += name_length;
	ret_path[length] = '\0';
	return length;
}

enum member_type tar_header_type(const struct tar_header *header, bool named_as_folder)
{
	switch (header->type) {
	case '1':
	case '2':
		return MEMBER_LINK;
	case '3':
	case '4':
	case '6':
		return MEMBER_OTHER;
	case '5':
	case 'D':
		return MEMBER_FOLDER;
	default:
		return named_as_folder ? MEMBER_FOLDER : MEMBER_FILE;
	}
}

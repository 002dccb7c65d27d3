/* What the headers of a tar say: its own blocks, and pax extended headers. */
#include "assertions/formats/tar_private.h"

#include <string.h>

#include "assertions/formats/sample.h"

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

bool tar_recognises(const unsigned char *head, size_t length)
{
	if (length < TAR_BLOCK)
		return length > 0 && bytes_are_zero(head, length);
	return tar_header_is_valid(head) || bytes_are_zero(head, TAR_BLOCK);
}

int tar_end_in_sample(const struct sample *sample, struct trouble *ret_trouble)
{
	const unsigned char *end = sample->tail + sample->tail_length;

	if (sample->tail_length >= TAR_END_MARKER_BYTES &&
	    bytes_are_zero(end - TAR_END_MARKER_BYTES, TAR_END_MARKER_BYTES))
		return 0;
	return trouble_set(ret_trouble, DAMAGED, "tar: is cut: it does not end in two blocks of zeros");
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

void tar_pax_init(struct tar_pax *pax)
{
	*pax = (struct tar_pax){.has_path = false};
	buffer_init(&pax->path, TAR_META_MAX);
}

void tar_pax_release(struct tar_pax *pax)
{
	buffer_release(&pax->path);
	tar_map_release(&pax->map);
}

void tar_pax_clear(struct tar_pax *pax)
{
	pax->has_path = pax->has_sparse_path = pax->has_size = pax->has_modified = pax->has_real_size = false;
	pax->sparse = pax->map_in_data = pax->foreign_sparse = pax->newer_sparse = pax->has_extent_offset = false;
	pax->sparse_major = pax->sparse_minor = pax->blocks_left = 0;
	pax->map.count = 0;
}

/* A key or a value: not ended by a NUL. */
struct slice {
	const char *text;
	size_t length;
};

static bool is(struct slice slice, const char *text)
{
	return slice.length == strlen(text) && memcmp(slice.text, text, slice.length) == 0;
}

static bool parse_decimal(struct slice slice, uint64_t *ret_number)
{
	uint64_t number = 0;

	if (slice.length == 0 || slice.length > 19)
		return false;
	for (size_t i = 0; i < slice.length; i++) {
		if (slice.text[i] < '0' || slice.text[i] > '9')
			return false;
		number = number * 10 + (uint64_t)(slice.text[i] - '0');
	}
	*ret_number = number;
	return number <= INT64_MAX;
}

/* "-1234.567": a time that makes no sense is no damage, it is only not known. */
static bool parse_time(struct slice slice, int64_t *ret_ms)
{
	bool negative = slice.length > 0 && slice.text[0] == '-';
	const char *begin = slice.text + (negative ? 1 : 0), *end = slice.text + slice.length;
	const char *point = memchr(begin, '.', (size_t)(end - begin));
	struct slice whole = {begin, (size_t)((point != NULL ? point : end) - begin)};
	uint64_t seconds;
	int64_t ms, unit = 100;

	if (!parse_decimal(whole, &seconds) || seconds > INT64_MAX / 1000 - 1)
		return false;
	ms = (int64_t)seconds * 1000;
	for (const char *at = point != NULL ? point + 1 : end; at < end && *at >= '0' && *at <= '9'; at++, unit /= 10)
		ms += (*at - '0') * unit;
	*ret_ms = negative ? -ms : ms;
	return true;
}

static int wrong_value(struct slice key, struct trouble *trouble)
{
	int shown = key.length < 40 ? (int)key.length : 40;

	return trouble_set(trouble, DAMAGED, "an extended header has a '%.*s' that makes no sense", shown, key.text);
}

static int set_path(struct tar_pax *pax, struct slice key, struct slice value, struct trouble *trouble)
{
	if (memchr(value.text, '\0', value.length) != NULL)
		return wrong_value(key, trouble);
	buffer_clear(&pax->path);
	buffer_append(&pax->path, value.text, value.length);
	return 0;
}

/* 0.0, 0.1 and 1.0 are known. */
static void check_sparse_version(struct tar_pax *pax)
{
	if (pax->sparse_major + pax->sparse_minor > 1)
		pax->newer_sparse = true;
}

static int sparse_number(struct tar_pax *pax, struct slice key, struct slice value, struct trouble *trouble)
{
	uint64_t number;

	if (!parse_decimal(value, &number))
		return wrong_value(key, trouble);
	if (is(key, "GNU.sparse.size") || is(key, "GNU.sparse.realsize")) {
		pax->has_real_size = true;
		pax->real_size = number;
	} else if (is(key, "GNU.sparse.major")) {
		pax->map_in_data = number == 1;
		pax->sparse_major = number;
		check_sparse_version(pax);
	} else if (is(key, "GNU.sparse.minor")) {
		pax->sparse_minor = number;
		check_sparse_version(pax);
	} else if (is(key, "GNU.sparse.numblocks")) {
		pax->blocks_left = number;
	} else if (is(key, "GNU.sparse.offset")) {
		if (pax->blocks_left == 0)
			return wrong_value(key, trouble);
		pax->has_extent_offset = true;
		pax->extent_offset = number;
	} else if (is(key, "GNU.sparse.numbytes")) {
		if (!pax->has_extent_offset)
			return wrong_value(key, trouble);
		pax->has_extent_offset = false;
		pax->blocks_left--;
		return tar_map_add(&pax->map, pax->extent_offset, number, trouble);
	}
	return 0;
}

static int set_sparse(struct tar_pax *pax, struct slice key, struct slice value, struct trouble *trouble)
{
	static const char *const numbers[] = {
		"GNU.sparse.size",      "GNU.sparse.realsize", "GNU.sparse.major",    "GNU.sparse.minor",
		"GNU.sparse.numblocks", "GNU.sparse.offset",   "GNU.sparse.numbytes",
	};

	pax->sparse = true;
	if (is(key, "GNU.sparse.name")) {
		pax->has_sparse_path = true;
		return set_path(pax, key, value, trouble);
	}
	if (is(key, "GNU.sparse.map")) {
		if (tar_map_parse(&pax->map, value.text, value.length, trouble) < 0)
			return -1;
		if (pax->map.count != pax->blocks_left)
			return trouble_set(trouble, DAMAGED, "the map of a sparse file makes no sense");
		pax->blocks_left = 0;
		return 0;
	}
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (is(key, numbers[i]))
			return sparse_number(pax, key, value, trouble);
	pax->newer_sparse = true;
	return 0;
}

static int set(struct tar_pax *pax, struct slice key, struct slice value, struct trouble *trouble)
{
	if (is(key, "path")) {
		/* GNU writes a made-up path beside the true name of a sparse file. */
		if (pax->has_sparse_path)
			return 0;
		pax->has_path = value.length > 0;
		return set_path(pax, key, value, trouble);
	}
	if (is(key, "size")) {
		pax->has_size = value.length > 0;
		return !pax->has_size || parse_decimal(value, &pax->size) ? 0 : wrong_value(key, trouble);
	}
	if (is(key, "mtime"))
		pax->has_modified = parse_time(value, &pax->modified_ms);
	else if (key.length > 11 && memcmp(key.text, "GNU.sparse.", 11) == 0)
		return set_sparse(pax, key, value, trouble);
	else if (is(key, "SUN.holesdata"))
		pax->foreign_sparse = true;
	return 0;
}

/* "LENGTH KEY=VALUE\n"; gives the record's bytes, 0 where it is none. */
static size_t split(const char *data, size_t length, struct slice *ret_key, struct slice *ret_value)
{
	const char *space = memchr(data, ' ', length < 12 ? length : 12), *equals;
	struct slice digits = {data, space != NULL ? (size_t)(space - data) : 0};
	uint64_t record;

	if (space == NULL || !parse_decimal(digits, &record) || record > length || record < digits.length + 4)
		return 0;
	if (data[record - 1] != '\n')
		return 0;
	equals = memchr(space + 1, '=', record - digits.length - 2);
	if (equals == NULL || equals == space + 1)
		return 0;
	*ret_key = (struct slice){space + 1, (size_t)(equals - space - 1)};
	*ret_value = (struct slice){equals + 1, (size_t)(data + record - 1 - (equals + 1))};
	return record;
}

int tar_pax_parse(struct tar_pax *pax, const char *data, size_t length, struct trouble *ret_trouble)
{
	while (length > 0) {
		struct slice key, value;
		size_t record = split(data, length, &key, &value);

		if (record == 0)
			return trouble_set(ret_trouble, DAMAGED, "an extended header makes no sense");
		if (set(pax, key, value, ret_trouble) < 0)
			return -1;
		data += record;
		length -= record;
	}
	if (pax->blocks_left > 0)
		return trouble_set(ret_trouble, DAMAGED,
				   "an extended header has fewer parts of a sparse file than it tells of");
	return 0;
}

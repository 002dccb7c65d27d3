#include "assertions/formats/tar_pax.h"

#include <string.h>

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

#include "assertions/formats/tar_private.h"

#include <stdlib.h>

#include "assertions/base/memory.h"

#define OLD_EXTENTS_AT 386
#define OLD_EXTENTS 4
#define OLD_MORE_AT 482
#define OLD_REAL_SIZE_AT 483
#define OLD_BLOCK_EXTENTS 21
#define OLD_BLOCK_MORE_AT 504
#define OLD_NUMBER 12

static int wrong(struct trouble *trouble)
{
	return trouble_set(trouble, DAMAGED, "the map of a sparse file makes no sense");
}

static int cut(const struct cursor *cursor, struct trouble *trouble)
{
	if (cursor_failed(cursor, trouble))
		return -1;
	return trouble_set(trouble, DAMAGED, "is cut in the map of a sparse file");
}

void tar_map_release(struct tar_map *map)
{
	free(map->extents);
	*map = (struct tar_map){.extents = NULL};
}

int tar_map_add(struct tar_map *map, uint64_t offset, uint64_t length, struct trouble *ret_trouble)
{
	const struct tar_extent *last = map->count > 0 ? &map->extents[map->count - 1] : NULL;

	if (offset > INT64_MAX || length > INT64_MAX - offset)
		return wrong(ret_trouble);
	if (last != NULL && offset < last->offset + last->length)
		return wrong(ret_trouble);
	if (map->count == TAR_EXTENTS_MAX)
		return trouble_set(ret_trouble, BOUNDED, "the map of a sparse file has more than %d entries",
				   TAR_EXTENTS_MAX);
	if (map->count == map->capacity) {
		map->capacity = map->capacity > 0 ? 2 * map->capacity : 64;
		map->extents = memory_grow(map->extents, map->capacity, sizeof(*map->extents));
	}
	map->extents[map->count++] = (struct tar_extent){offset, length};
	return 0;
}

/* Decimal digits up to `end_mark` or the end of the text. */
static bool decimal(const char **at, const char *end, char end_mark, uint64_t *ret_number)
{
	const char *begin = *at;
	uint64_t number = 0;

	for (; *at < end && **at >= '0' && **at <= '9'; (*at)++) {
		if (number > (uint64_t)INT64_MAX / 10 - 1)
			return false;
		number = number * 10 + (uint64_t)(**at - '0');
	}
	*ret_number = number;
	if (*at == begin || (*at < end && **at != end_mark))
		return false;
	if (*at < end)
		(*at)++;
	return true;
}

int tar_map_parse(struct tar_map *map, const char *text, size_t length, struct trouble *ret_trouble)
{
	const char *at = text, *end = text + length;

	map->count = 0;
	if (length > 0 && text[length - 1] == ',')
		return wrong(ret_trouble);
	while (at < end) {
		uint64_t offset, bytes;

		if (!decimal(&at, end, ',', &offset) || !decimal(&at, end, ',', &bytes))
			return wrong(ret_trouble);
		if (tar_map_add(map, offset, bytes, ret_trouble) < 0)
			return -1;
	}
	return 0;
}

static int read_line_number(struct cursor *cursor, uint64_t *bytes, uint64_t *ret_number, struct trouble *ret_trouble)
{
	char line[24];
	size_t length = 0;
	const unsigned char *byte;

	while (cursor_piece(cursor, 1, &byte) == 1) {
		const char *at = line;

		++*bytes;
		if (length == sizeof(line))
			return wrong(ret_trouble);
		line[length++] = (char)*byte;
		if (*byte != '\n')
			continue;
		return decimal(&at, line + length, '\n', ret_number) ? 0 : wrong(ret_trouble);
	}
	return cut(cursor, ret_trouble);
}

int tar_map_read_lines(struct tar_map *map, struct cursor *cursor, uint64_t stored, uint64_t *ret_bytes,
		       struct trouble *ret_trouble)
{
	uint64_t count, bytes = 0, padding;

	map->count = 0;
	if (read_line_number(cursor, &bytes, &count, ret_trouble) < 0)
		return -1;
	for (uint64_t i = 0; i < count; i++) {
		uint64_t offset, length;

		if (read_line_number(cursor, &bytes, &offset, ret_trouble) < 0 ||
		    read_line_number(cursor, &bytes, &length, ret_trouble) < 0 ||
		    tar_map_add(map, offset, length, ret_trouble) < 0)
			return -1;
	}
	padding = (TAR_BLOCK - bytes % TAR_BLOCK) % TAR_BLOCK;
	*ret_bytes = bytes + padding;
	if (*ret_bytes > stored)
		return wrong(ret_trouble);
	return cursor_skip(cursor, padding) == padding ? 0 : cut(cursor, ret_trouble);
}

static int add_old(struct tar_map *map, const unsigned char *extents, size_t count, struct trouble *ret_trouble)
{
	for (size_t i = 0; i < count; i++) {
		const unsigned char *extent = extents + i * 2 * OLD_NUMBER;
		int64_t offset, length;

		/* An entry that is not used is empty. */
		if (extent[0] == '\0')
			return 0;
		if (tar_number(extent, OLD_NUMBER, &offset) < 0 || offset < 0 ||
		    tar_number(extent + OLD_NUMBER, OLD_NUMBER, &length) < 0 || length < 0)
			return wrong(ret_trouble);
		if (tar_map_add(map, (uint64_t)offset, (uint64_t)length, ret_trouble) < 0)
			return -1;
	}
	return 0;
}

int tar_map_read_old(struct tar_map *map, const unsigned char *header_block, struct cursor *cursor, uint64_t *ret_bytes,
		     uint64_t *ret_real_size, struct trouble *ret_trouble)
{
	bool more = header_block[OLD_MORE_AT] != 0;
	int64_t real_size;

	map->count = 0;
	*ret_bytes = 0;
	if (tar_number(header_block + OLD_REAL_SIZE_AT, OLD_NUMBER, &real_size) < 0 || real_size < 0)
		return wrong(ret_trouble);
	*ret_real_size = (uint64_t)real_size;
	if (add_old(map, header_block + OLD_EXTENTS_AT, OLD_EXTENTS, ret_trouble) < 0)
		return -1;
	while (more) {
		const unsigned char *block;

		if (cursor_view(cursor, TAR_BLOCK, &block) < TAR_BLOCK)
			return cut(cursor, ret_trouble);
		if (add_old(map, block, OLD_BLOCK_EXTENTS, ret_trouble) < 0)
			return -1;
		more = block[OLD_BLOCK_MORE_AT] != 0;
		cursor_advance(cursor, TAR_BLOCK);
		*ret_bytes += TAR_BLOCK;
	}
	return 0;
}

int tar_map_check(const struct tar_map *map, uint64_t real_size, uint64_t stored, struct trouble *ret_trouble)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < map->count; i++) {
		if (map->extents[i].offset + map->extents[i].length > real_size)
			return wrong(ret_trouble);
		sum += map->extents[i].length;
	}
	return sum == stored ? 0 : wrong(ret_trouble);
}

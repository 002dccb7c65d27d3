/*
 * Reads a tar: v7, ustar, pax, GNU, star; long names, sparse files, numbers in base 256.
 *
 * It is complete when every member is whole, two zero blocks follow, and nothing but whole zero blocks after them.
 * Members that the archive does not hold itself (volume labels, extended headers) are not given out. Hard links have
 * the bytes that they carry in a pax archive, and none in others.
 */
#include "assertions/formats/container.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/memory.h"
#include "assertions/formats/tar_private.h"

#define HOLE_BYTES (64 * 1024)

struct tar {
	struct container container;
	struct cursor cursor;
	struct tar_pax local, global; /* what extended headers say of the next member, and of all */
	bool saw_pax; /* it is a pax archive */
	bool announced; /* something was said of a member that has not come yet */
	bool has_long_path;
	struct buffer long_path, body, path;
	const char *shown_path; /* of the member at hand; NULL: none */

	uint64_t stored_left, padding; /* of the member at hand */
	bool sparse, foreign, elsewhere;
	char link[TAR_LINK_MAX + 1]; /* what a hard link stands for */
	const struct tar_map *map;
	size_t extent;
	uint64_t position, real_size; /* in the sparse file */
	struct trouble trouble, newer; /* newer: the first member or header of a version that is not known */
};

static unsigned char hole[HOLE_BYTES];

/* Where the stream itself failed, that is what there is to say. */
static int fail(struct tar *tar, enum soundness soundness, uint64_t at, const char *what)
{
	if (!cursor_failed(&tar->cursor, &tar->trouble))
		trouble_set(&tar->trouble, soundness, "tar: %s at byte %llu", what, (unsigned long long)at);
	return -1;
}

static int fail_cut(struct tar *tar)
{
	unsigned long long at = tar->cursor.offset + tar->cursor.length;
	char path[RECOGNISE_TEXT_MAX];

	if (cursor_failed(&tar->cursor, &tar->trouble))
		return -1;
	if (tar->shown_path == NULL)
		return trouble_set(&tar->trouble, DAMAGED,
				   "tar: is cut: it ends after byte %llu, in the middle of a header", at);
	return trouble_set(&tar->trouble, DAMAGED, "tar: is cut: it ends after byte %llu, in the middle of member '%s'",
			   at, recognise_printable(tar->shown_path, strlen(tar->shown_path), path));
}

static int fail_without_end(struct tar *tar)
{
	char path[RECOGNISE_TEXT_MAX] = "";
	const char *last = tar->path.data;

	if (cursor_failed(&tar->cursor, &tar->trouble))
		return -1;
	return trouble_set(
		&tar->trouble, DAMAGED,
		"tar: ends after byte %llu, behind member '%s', without its end marker of two zero blocks: it was "
		"cut, or its writer was stopped",
		(unsigned long long)tar->cursor.offset, recognise_printable(last, strlen(last), path));
}

/* The holes of a sparse file are zeros, and meant to be. */
static void skip_stored(struct tar *tar)
{
	const unsigned char *data;
	size_t length = 1;

	if (tar->shown_path == NULL || tar->sparse) {
		tar->stored_left -= cursor_skip(&tar->cursor, tar->stored_left);
		return;
	}
	while (tar->stored_left > 0 && length > 0) {
		length = cursor_piece(&tar->cursor, tar->stored_left, &data);
		container_note_bytes(&tar->container, data, length);
		tar->stored_left -= length;
	}
	if (tar->stored_left == 0)
		container_note_end(&tar->container, tar->shown_path);
}

static int finish_member(struct tar *tar)
{
	skip_stored(tar);
	if (tar->stored_left > 0 || cursor_skip(&tar->cursor, tar->padding) < tar->padding)
		return fail_cut(tar);
	tar->padding = 0;
	tar->shown_path = NULL;
	return 0;
}

/* It is told at the end, where nothing is found that is worse. */
static void note_newer(struct tar *tar, const char *what, const char *value, int length)
{
	char shown[RECOGNISE_TEXT_MAX];

	if (tar->newer.soundness == SOUND)
		trouble_set(&tar->newer, OPAQUE, "tar: %s '%s', which is not known here, at byte %llu", what,
			    recognise_printable(value, (size_t)length, shown),
			    (unsigned long long)tar->cursor.offset - TAR_BLOCK);
}

/* From the first zero block on. */
static int read_end(struct tar *tar)
{
	uint64_t begin = tar->cursor.offset;
	uint64_t zeros = cursor_skip_zeros(&tar->cursor, UINT64_MAX);
	const unsigned char *more;

	if (tar->announced)
		return fail(tar, DAMAGED, begin, "an extended header belongs to no member");
	if (cursor_view(&tar->cursor, 1, &more) > 0 && zeros < TAR_END_MARKER_BYTES)
		return fail(tar, DAMAGED, begin, "a lone zero block is followed by other data");
	if (tar->cursor.length > 0)
		return fail(tar, DAMAGED, tar->cursor.offset, "other data follow after the end marker");
	if (cursor_failed(&tar->cursor, &tar->trouble))
		return -1;
	if (zeros < TAR_END_MARKER_BYTES)
		return fail(tar, DAMAGED, tar->cursor.offset, "is cut: it ends in the middle of its end marker");
	if (zeros % TAR_BLOCK != 0)
		return fail(tar, DAMAGED, tar->cursor.offset, "is cut: it ends in the middle of a block");
	tar->trouble = tar->newer;
	return tar->newer.soundness == SOUND ? 0 : -1;
}

/* 1, 0 at the end of the archive, -1. */
static int read_header(struct tar *tar, struct tar_header *ret_header)
{
	const unsigned char *block;
	size_t got = cursor_view(&tar->cursor, TAR_BLOCK, &block);
	struct error error;

	if (got == 0 && !tar->announced)
		return fail_without_end(tar);
	if (got < TAR_BLOCK)
		return fail_cut(tar);
	if (block[0] == '\0' && bytes_are_zero(block, TAR_BLOCK))
		return read_end(tar);
	if (!tar_header_is_valid(block))
		return fail(tar, DAMAGED, tar->cursor.offset, "there should be a header, but its checksum is wrong");
	if (tar_header_read(block, ret_header, &error) < 0)
		return fail(tar, DAMAGED, tar->cursor.offset, error.message);
	cursor_advance(&tar->cursor, TAR_BLOCK);
	if (!tar_header_version_is_known(ret_header))
		note_newer(tar, "has a header of ustar's version", (const char *)block + TAR_VERSION_AT,
			   TAR_VERSION_LENGTH);
	return 1;
}

static uint64_t padding_of(uint64_t size)
{
	return (TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK;
}

/* The whole body of an extended header or a long name, in one piece. */
static int read_body(struct tar *tar, uint64_t size, const char **ret_text)
{
	struct cursor *cursor = &tar->cursor;

	if (size > TAR_META_MAX)
		return fail(tar, BOUNDED, cursor->offset, "an extended header is longer than 1 MiB");
	buffer_clear(&tar->body);
	for (uint64_t left = size; left > 0;) {
		const unsigned char *data;
		size_t piece = cursor_piece(cursor, left, &data);

		if (piece == 0)
			return fail_cut(tar);
		buffer_append(&tar->body, data, piece);
		left -= piece;
	}
	if (cursor_skip(cursor, padding_of(size)) < padding_of(size))
		return fail_cut(tar);
	*ret_text = tar->body.data;
	return 0;
}

static int skip_body(struct tar *tar, uint64_t size)
{
	tar->stored_left = size;
	tar->padding = padding_of(size);
	return finish_member(tar);
}

static int read_pax(struct tar *tar, struct tar_pax *pax, uint64_t size)
{
	uint64_t at = tar->cursor.offset;
	struct trouble trouble;
	const char *text;

	if (read_body(tar, size, &text) < 0)
		return -1;
	if (tar_pax_parse(pax, text, (size_t)size, &trouble) < 0)
		return fail(tar, trouble.soundness, at, trouble.error.message);
	tar->saw_pax = true;
	return 0;
}

static int read_long_path(struct tar *tar, uint64_t size)
{
	const char *text;

	if (read_body(tar, size, &text) < 0)
		return -1;
	buffer_clear(&tar->long_path);
	buffer_append(&tar->long_path, text, strnlen(text, (size_t)size));
	tar->has_long_path = true;
	return 0;
}

/* 1: it was about a member to come, and is read; 0: it is a member; -1. */
static int read_meta(struct tar *tar, const struct tar_header *header)
{
	switch (header->type) {
	case 'x':
	case 'X':
		tar->announced = true;
		return read_pax(tar, &tar->local, header->size) < 0 ? -1 : 1;
	case 'g':
		return read_pax(tar, &tar->global, header->size) < 0 ? -1 : 1;
	case 'L':
		tar->announced = true;
		return read_long_path(tar, header->size) < 0 ? -1 : 1;
	case 'K':
		tar->announced = true;
		return skip_body(tar, header->size) < 0 ? -1 : 1;
	case 'A':
	case 'N':
	case 'V':
		return skip_body(tar, header->size) < 0 ? -1 : 1;
	case 'M':
		return fail(tar, DAMAGED, tar->cursor.offset,
			    "begins in the middle of a member: it is a further volume of a multi-volume archive,");
	default:
		return 0;
	}
}

static const struct tar_pax *pax_with_path(const struct tar *tar)
{
	if (tar->local.has_path || tar->local.has_sparse_path)
		return &tar->local;
	return tar->global.has_path && !tar->has_long_path ? &tar->global : NULL;
}

/* True where it ends in a slash, and so is a folder's. */
static bool set_path(struct tar *tar, const struct tar_header *header)
{
	const struct tar_pax *pax = pax_with_path(tar);
	char own[TAR_HEADER_PATH_MAX];
	bool is_folder;

	buffer_clear(&tar->path);
	if (pax != NULL)
		buffer_append(&tar->path, pax->path.data, pax->path.length);
	else if (tar->has_long_path)
		buffer_append(&tar->path, tar->long_path.data, tar->long_path.length);
	else
		buffer_append(&tar->path, own, tar_header_path(header, own));
	is_folder = tar->path.length > 0 && tar->path.data[tar->path.length - 1] == '/';
	tar->shown_path = container_strip_path(tar->path.data);
	return is_folder;
}

/*
 * Bytes that follow. A hard link's size tells what it links to, but in a pax archive it may carry them;
 * a ustar header alone does not say which of the two it is: there what follows decides.
 */
static uint64_t stored_size(struct tar *tar, const struct tar_header *header, uint64_t size)
{
	const unsigned char *next;

	if (strchr("23456", header->type) != NULL)
		return 0;
	if (header->type != '1' || size == 0 || tar->saw_pax)
		return size;
	if (header->dialect == TAR_V7 || header->dialect == TAR_GNU)
		return 0;
	if (cursor_view(&tar->cursor, TAR_BLOCK, &next) < TAR_BLOCK || tar_header_is_valid(next) ||
	    bytes_are_zero(next, TAR_BLOCK))
		return 0;
	return size;
}

static int begin_sparse(struct tar *tar, const struct tar_header *header, uint64_t *size)
{
	struct tar_pax *pax = &tar->local;
	uint64_t at = tar->cursor.offset, map_bytes = 0;
	struct trouble trouble;
	int result = 0;

	tar->real_size = pax->has_real_size ? pax->real_size : *size;
	if (header->type == 'S' && !pax->sparse) {
		/* The header's block is still at hand until the cursor is moved. */
		result =
			tar_map_read_old(&pax->map, header->block, &tar->cursor, &map_bytes, &tar->real_size, &trouble);
		map_bytes = 0;
	} else if (pax->map_in_data) {
		result = tar_map_read_lines(&pax->map, &tar->cursor, *size, &map_bytes, &trouble);
	}
	*size -= map_bytes;
	if (result < 0 || tar_map_check(&pax->map, tar->real_size, *size, &trouble) < 0)
		return fail(tar, trouble.soundness, at, trouble.error.message);
	tar->sparse = true;
	tar->map = &pax->map;
	tar->extent = 0;
	tar->position = 0;
	return 0;
}

/* NULL where it may have been cut: then it is told by an extended header, and of no use here. */
static const char *read_link(struct tar *tar, const struct tar_header *header)
{
	const char *link = (const char *)header->block + TAR_LINK_AT;
	size_t length = strnlen(link, TAR_LINK_MAX);

	if (length == 0 || length >= TAR_LINK_MAX - 1)
		return NULL;
	memcpy(tar->link, link, length);
	tar->link[length] = '\0';
	return container_strip_path(tar->link);
}

static int begin_member(struct tar *tar, const struct tar_header *header, struct inspect_member *ret_member)
{
	bool is_folder = set_path(tar, header);
	uint64_t size = header->size;

	/* The header's block is at hand until the cursor is moved. */
	ret_member->file = header->type == '1' ? read_link(tar, header) : NULL;
	if (!tar_header_type_is_known(header))
		note_newer(tar, "has a member of the type", &header->type, 1);
	if (tar->local.newer_sparse)
		note_newer(tar, "has a sparse member of a later kind of", "GNU.sparse", 10);
	ret_member->path = tar->shown_path;
	ret_member->type = tar_header_type(header, is_folder);
	ret_member->encrypted = ret_member->corrected = false;
	ret_member->symbolic = header->type == '2';
	ret_member->modified_ms = tar->local.has_modified    ? tar->local.modified_ms
				  : tar->global.has_modified ? tar->global.modified_ms
							     : header->modified_ms;
	if (tar->local.has_size || tar->global.has_size)
		size = tar->local.has_size ? tar->local.size : tar->global.size;
	tar->sparse = false;
	/* GNU's are known; other writers have sparse files of their own kinds. */
	tar->foreign = tar->local.foreign_sparse || tar->local.newer_sparse || !tar_header_type_is_known(header) ||
		       (header->type == 'S' && header->dialect != TAR_GNU);
	if (!tar->foreign && (header->type == 'S' || tar->local.sparse) && begin_sparse(tar, header, &size) < 0)
		return -1;
	if (!tar->sparse)
		size = stored_size(tar, header, size);
	tar->stored_left = size;
	tar->padding = padding_of(size);
	tar->container.expands = tar->sparse;
	ret_member->size_bytes = (int64_t)(tar->sparse ? tar->real_size : size);
	ret_member->elsewhere = tar->elsewhere = header->type == '1' && size == 0;
	if (ret_member->type == MEMBER_FOLDER)
		ret_member->size_bytes = 0;
	return 1;
}

static void forget(struct tar *tar)
{
	tar->announced = false;
	tar->has_long_path = false;
	tar_pax_clear(&tar->local);
}

static int next_member(struct tar *tar, struct inspect_member *ret_member)
{
	if (finish_member(tar) < 0)
		return -1;
	forget(tar);
	for (;;) {
		struct tar_header header;
		int result = read_header(tar, &header);

		if (result <= 0)
			return result;
		result = read_meta(tar, &header);
		if (result < 0)
			return -1;
		if (result == 0)
			return begin_member(tar, &header, ret_member);
	}
}

static int tar_next(struct container *container, struct inspect_member *ret_member, struct trouble *ret_trouble)
{
	struct tar *tar = (struct tar *)container;
	int result = tar->trouble.soundness == SOUND ? next_member(tar, ret_member) : -1;

	if (result < 0)
		*ret_trouble = tar->trouble;
	return result;
}

static int stored_data(struct tar *tar, uint64_t maximum, const unsigned char **ret_data, size_t *ret_length)
{
	uint64_t wanted = maximum < tar->stored_left ? maximum : tar->stored_left;

	*ret_length = wanted > 0 ? cursor_piece(&tar->cursor, wanted, ret_data) : 0;
	tar->stored_left -= *ret_length;
	if (!tar->sparse && *ret_length > 0)
		container_note_bytes(&tar->container, *ret_data, *ret_length);
	return wanted > 0 && *ret_length == 0 ? fail_cut(tar) : 0;
}

static int sparse_data(struct tar *tar, const unsigned char **ret_data, size_t *ret_length)
{
	const struct tar_extent *extent;
	uint64_t until = tar->real_size;
	int result = 0;

	while (tar->extent < tar->map->count) {
		extent = &tar->map->extents[tar->extent];
		until = extent->offset;
		if (tar->position < extent->offset + extent->length)
			break;
		tar->extent++;
		until = tar->real_size;
	}
	if (tar->position < until) {
		*ret_data = hole;
		*ret_length = until - tar->position < HOLE_BYTES ? (size_t)(until - tar->position) : HOLE_BYTES;
	} else if (tar->extent < tar->map->count) {
		until += tar->map->extents[tar->extent].length;
		result = stored_data(tar, until - tar->position, ret_data, ret_length);
	} else {
		*ret_length = 0;
	}
	tar->position += result == 0 ? *ret_length : 0;
	return result;
}

static int tar_data(struct container *container, const unsigned char **ret_data, size_t *ret_length,
		    struct trouble *ret_trouble)
{
	struct tar *tar = (struct tar *)container;
	int result;

	if (tar->foreign)
		return trouble_set(ret_trouble, OPAQUE, "tar: a member's type or sparseness is of no known kind");
	if (tar->elsewhere)
		return container_refuse_elsewhere("tar", ret_trouble);
	if (tar->trouble.soundness != SOUND)
		result = -1;
	else if (tar->sparse)
		result = sparse_data(tar, ret_data, ret_length);
	else
		result = stored_data(tar, UINT64_MAX, ret_data, ret_length);
	if (result < 0)
		*ret_trouble = tar->trouble;
	return result;
}

static void tar_close(struct container *container)
{
	struct tar *tar = (struct tar *)container;

	tar_pax_release(&tar->local);
	tar_pax_release(&tar->global);
	buffer_release(&tar->long_path);
	buffer_release(&tar->body);
	buffer_release(&tar->path);
	free(tar);
}

static struct container *tar_open(struct source *source)
{
	struct tar *tar = memory_alloc(sizeof(*tar));

	tar->container = (struct container){.next = tar_next, .data = tar_data, .close = tar_close};
	cursor_init(&tar->cursor, source);
	tar_pax_init(&tar->local);
	tar_pax_init(&tar->global);
	buffer_init(&tar->long_path, TAR_META_MAX);
	buffer_init(&tar->body, TAR_META_MAX);
	buffer_init(&tar->path, TAR_META_MAX);
	return &tar->container;
}

const struct archive_format archive_tar = {.signs = {.recognises = tar_recognises, .end_in_sample = tar_end_in_sample},
					   .open = tar_open};

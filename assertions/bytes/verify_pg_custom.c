/*
 * PostgreSQL's custom format (`pg_dump -Fc`), versions 1.3 to 1.16: PostgreSQL 7.1 to 18. The facts are those of
 * src/bin/pg_dump/pg_backup_archiver.c and pg_backup_custom.c there.
 *
 * A header, a table of contents, then the data blocks. Listing the contents, as `pg_restore -l` does, reads none of the blocks; here
 * every one is walked and unpacked, and every entry that has data must be met where its offset says.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "decode.h"
#include "pg_contents.h"
#include "verifier.h"

#define FORMAT_CUSTOM 1
#define ENTRIES_MAX (1024 * 1024)
#define BLOCK_DATA 1
#define BLOCK_BLOBS 3

enum offset_state { OFFSET_NOT_SET = 1, OFFSET_SET = 2, OFFSET_NO_DATA = 3 };

struct data_entry {
	uint64_t offset;
	uint32_t id;
	bool has_offset, seen;
};

struct archive_file {
	struct source chunks; /* the bytes of one piece of data, as its chunks hold them */
	struct pg_contents in;
	struct budget *budget;
	struct data_entry *entries; /* those with data */
	size_t count, capacity;
	uint64_t chunk_left;
	bool chunks_ended;
};

static bool pg_custom_recognises(const unsigned char *head, size_t length)
{
	return pg_contents_recognises(head, length);
}

static enum offset_state read_offset(struct archive_file *file, uint64_t *ret_offset)
{
	if (file->in.version < PG_VERSION(7)) {
		int64_t offset = pg_contents_int(&file->in);

		*ret_offset = offset > 0 ? (uint64_t)offset : 0;
		pg_contents_int(&file->in);
		return offset < 0 ? OFFSET_NOT_SET : offset == 0 ? OFFSET_NO_DATA : OFFSET_SET;
	}
	enum offset_state state = pg_contents_byte(&file->in);

	*ret_offset = pg_contents_bytes(&file->in, file->in.offset_size);
	return state;
}

static int keep_entry(struct archive_file *file, int64_t id, enum offset_state state, uint64_t offset)
{
	if (pg_contents_is_bad(&file->in))
		return pg_contents_damaged(&file->in, "");
	if (id <= 0 || id > INT_MAX || state < OFFSET_NOT_SET || state > OFFSET_NO_DATA)
		return pg_contents_damaged(&file->in, "its table of contents makes no sense");
	if (state == OFFSET_NO_DATA)
		return 0;
	if (file->count == ENTRIES_MAX)
		return trouble_set(file->in.trouble, BOUNDED, "pg_custom: has more than %d entries with data",
				   ENTRIES_MAX);
	if (file->count == file->capacity) {
		file->capacity = file->capacity > 0 ? 2 * file->capacity : 64;
		file->entries = memory_grow(file->entries, file->capacity, sizeof(*file->entries));
	}
	file->entries[file->count++] =
		(struct data_entry){.offset = offset, .id = (uint32_t)id, .has_offset = state == OFFSET_SET};
	return 0;
}

static int read_entry(struct archive_file *file)
{
	struct pg_entry entry;
	enum offset_state state;
	uint64_t offset;

	pg_contents_entry(&file->in, &entry);
	state = read_offset(file, &offset);
	return keep_entry(file, entry.id, state, offset);
}

static int by_id(const void *one, const void *other)
{
	const struct data_entry *a = one, *b = other;

	return (a->id > b->id) - (a->id < b->id);
}

static int read_contents(struct archive_file *file)
{
	int64_t count = pg_contents_int(&file->in);

	if (count < 0)
		return pg_contents_damaged(&file->in, "its table of contents makes no sense");
	for (int64_t i = 0; i < count && !pg_contents_is_bad(&file->in); i++)
		if (read_entry(file) < 0)
			return -1;
	if (pg_contents_is_bad(&file->in))
		return pg_contents_damaged(&file->in, "");
	if (file->count > 0)
		qsort(file->entries, file->count, sizeof(*file->entries), by_id);
	return 0;
}

static int begin_chunk(struct archive_file *file, struct trouble *ret_trouble)
{
	int64_t length = pg_contents_int(&file->in);

	if (pg_contents_is_bad(&file->in) || length < 0)
		return trouble_set(ret_trouble, DAMAGED, "%s", file->in.cut ? "is cut" : "a length makes no sense");
	file->chunk_left = (uint64_t)length;
	file->chunks_ended = length == 0;
	return 0;
}

static int chunks_next(struct source *source, const unsigned char **ret_data, size_t *ret_length,
		       struct trouble *ret_trouble)
{
	struct archive_file *file = (struct archive_file *)source;

	*ret_length = 0;
	if (file->chunk_left == 0 && !file->chunks_ended && begin_chunk(file, ret_trouble) < 0)
		return -1;
	if (file->chunks_ended)
		return 0;
	*ret_length = cursor_piece(file->in.cursor, file->chunk_left, ret_data);
	file->chunk_left -= *ret_length;
	file->in.cut = *ret_length == 0;
	return file->in.cut ? trouble_set(ret_trouble, DAMAGED, "is cut") : 0;
}

static int read_plain(struct archive_file *file, struct source *plain, struct trouble *ret_trouble)
{
	struct spending spending = {.budget = file->budget, .packed = &file->chunks};
	const unsigned char *data;
	size_t length;

	do {
		if (source_next(plain, &data, &length, ret_trouble) < 0 ||
		    budget_spend(&spending, file->in.codec != NULL ? length : 0, ret_trouble) < 0)
			return -1;
	} while (length > 0);
	return 0;
}

/* One table's, or one large object's. Where there is none at all, not even an empty compressed stream stands there. */
static int read_data(struct archive_file *file, uint32_t id)
{
	struct trouble trouble;
	struct source *decoder = NULL;
	int result;

	file->chunks = (struct source){.next = chunks_next};
	file->chunks_ended = false;
	result = begin_chunk(file, &trouble);
	if (result == 0 && !file->chunks_ended) {
		decoder = file->in.codec != NULL ? decode_open(file->in.codec, &file->chunks) : NULL;
		result = read_plain(file, decoder != NULL ? decoder : &file->chunks, &trouble);
		source_close(decoder);
	}
	if (result == 0)
		return 0;
	if (pg_contents_is_bad(&file->in))
		return pg_contents_damaged(&file->in, "");
	return trouble_set(file->in.trouble, trouble.soundness, "pg_custom: data of entry %lu, before byte %llu: %s",
			   (unsigned long)id, (unsigned long long)file->in.cursor->offset, trouble.error.message);
}

static int read_block(struct archive_file *file)
{
	uint64_t at = file->in.cursor->offset;
	unsigned type = pg_contents_byte(&file->in);
	struct data_entry key = {.id = (uint32_t)pg_contents_int(&file->in)}, *entry = NULL;

	if (pg_contents_is_bad(&file->in))
		return pg_contents_damaged(&file->in, "");
	if (file->count > 0)
		entry = bsearch(&key, file->entries, file->count, sizeof(*file->entries), by_id);
	if ((type != BLOCK_DATA && type != BLOCK_BLOBS) || entry == NULL || entry->seen)
		return pg_contents_damaged(&file->in, "there should be a data block, or the end,");
	if (entry->has_offset && entry->offset != at)
		return pg_contents_damaged(&file->in, "a data block is not where the table of contents has it,");
	entry->seen = true;
	if (type == BLOCK_DATA)
		return read_data(file, key.id);
	while (pg_contents_int(&file->in) != 0)
		if (pg_contents_is_bad(&file->in) || read_data(file, key.id) < 0)
			return pg_contents_is_bad(&file->in) ? pg_contents_damaged(&file->in, "") : -1;
	return pg_contents_is_bad(&file->in) ? pg_contents_damaged(&file->in, "") : 0;
}

static int read_all(struct archive_file *file)
{
	const unsigned char *more;
	size_t missing = 0;

	if (pg_contents_head(&file->in, FORMAT_CUSTOM) < 0 || read_contents(file) < 0)
		return -1;
	while (cursor_view(file->in.cursor, 1, &more) > 0)
		if (read_block(file) < 0)
			return -1;
	for (size_t i = 0; i < file->count; i++)
		missing += !file->entries[i].seen;
	if (missing > 0)
		return trouble_set(
			file->in.trouble, DAMAGED,
			"pg_custom: is cut: it ends after byte %llu, and the data of %zu entries of %zu are missing",
			(unsigned long long)file->in.cursor->offset, missing, file->count);
	return 0;
}

static int pg_custom_verify(struct cursor *cursor, struct budget *budget, struct trouble *ret_trouble)
{
	struct archive_file file = {.in = {.format = "pg_custom", .cursor = cursor, .trouble = ret_trouble},
				    .budget = budget};
	int result = read_all(&file);

	free(file.entries);
	return result;
}

const struct verifier verify_pg_custom = {
	.format = FORMAT_PG_CUSTOM,
	.recognises = pg_custom_recognises,
	.verify = pg_custom_verify,
};

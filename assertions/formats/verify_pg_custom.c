/*
 * PostgreSQL's custom format (`pg_dump -Fc`), versions 1.3 to 1.16: PostgreSQL 7.1 to 18. The facts are those of
 * src/bin/pg_dump/pg_backup_archiver.c and pg_backup_custom.c there.
 *
 * A header, a table of contents, then the data blocks. Listing the contents, as `pg_restore -l` does, reads none of the blocks; here
 * every one is walked and unpacked, and every entry that has data must be met where its offset says.
 *
 * The contents are written before the places of the data are known, and at the end written over, where the output can seek. Since
 * PostgreSQL 16 standard output is set to append: of `pg_dump -Fc >FILE` the second writing lies behind the data. pg_restore never reads it; here
 * it must say the same as the first.
 */
#include <limits.h>
#include <stdlib.h>

#include "assertions/base/memory.h"
#include "assertions/formats/decode.h"
#include "assertions/formats/pg_contents.h"
#include "assertions/formats/verifier.h"

#define FORMAT_CUSTOM 1
#define ENTRIES_MAX (1024 * 1024)
#define BLOCK_DATA 1
#define BLOCK_BLOBS 3
#define DIGEST_START 1

enum offset_state { OFFSET_NOT_SET = 1, OFFSET_SET = 2, OFFSET_NO_DATA = 3 };

struct data_entry {
	uint64_t offset;
	uint32_t id;
	bool has_offset, was_met; /* was_met: its data have gone by */
};

struct archive_file {
	struct source chunks; /* the bytes of one piece of data, as its chunks hold them */
	struct pg_contents in;
	struct budget *budget;
	struct data_entry *entries; /* those with data */
	size_t count, capacity;
	uint64_t digest; /* of the contents without the places */
	struct pg_objects told, held; /* large objects */
	bool has_blobs;
	uint64_t chunk_left;
	bool chunks_ended;
};

static enum offset_state read_stored_offset(struct archive_file *file, uint64_t *ret_offset)
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

/* It is no part of the digest: the second time it is another. */
static enum offset_state read_offset(struct archive_file *file, uint64_t *ret_offset)
{
	uint64_t digest = file->in.digest;
	enum offset_state state = read_stored_offset(file, ret_offset);

	file->in.digest = digest;
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
	pg_objects_join(&file->told, &entry.objects);
	file->has_blobs = file->has_blobs || (entry.is_blobs && state != OFFSET_NO_DATA);
	return keep_entry(file, entry.id, state, offset);
}

static int by_id(const void *one, const void *other)
{
	const struct data_entry *a = one, *b = other;

	return (a->id > b->id) - (a->id < b->id);
}

static int read_contents(struct archive_file *file)
{
	int64_t count;

	file->in.digest = DIGEST_START;
	count = pg_contents_int(&file->in);
	if (count < 0)
		return pg_contents_damaged(&file->in, "its table of contents makes no sense");
	for (int64_t i = 0; i < count && !pg_contents_is_bad(&file->in); i++)
		if (read_entry(file) < 0)
			return -1;
	if (pg_contents_is_bad(&file->in))
		return pg_contents_damaged(&file->in, "");
	if (file->count > 0)
		qsort(file->entries, file->count, sizeof(*file->entries), by_id);
	file->digest = file->in.digest;
	return 0;
}

static struct data_entry *find_entry(struct archive_file *file, uint32_t id)
{
	struct data_entry key = {.id = id};

	return file->count > 0 ? bsearch(&key, file->entries, file->count, sizeof(*file->entries), by_id) : NULL;
}

static int read_entry_again(struct archive_file *file)
{
	const struct data_entry *known;
	struct pg_entry entry;
	enum offset_state state;
	uint64_t offset;

	pg_contents_entry(&file->in, &entry);
	state = read_offset(file, &offset);
	if (pg_contents_is_bad(&file->in))
		return pg_contents_damaged(&file->in, "");
	known = find_entry(file, (uint32_t)entry.id);
	if (known != NULL ? state != OFFSET_SET || offset != known->offset : state != OFFSET_NO_DATA || offset != 0)
		return pg_contents_damaged(&file->in, "the table of contents behind the data has them elsewhere,");
	return 0;
}

static int read_contents_again(struct archive_file *file)
{
	const unsigned char *more;
	int64_t count;

	file->in.again = true;
	file->in.digest = DIGEST_START;
	count = pg_contents_int(&file->in);
	for (int64_t i = 0; i < count && !pg_contents_is_bad(&file->in); i++)
		if (read_entry_again(file) < 0)
			return -1;
	if (pg_contents_is_bad(&file->in) || file->in.digest != file->digest)
		return pg_contents_damaged(&file->in,
					   "the table of contents behind the data is another than the first,");
	if (cursor_view(file->in.cursor, 1, &more) > 0)
		return pg_contents_damaged(&file->in, "other bytes follow after its end,");
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

static int read_objects(struct archive_file *file, uint32_t id)
{
	int64_t oid;

	while ((oid = pg_contents_int(&file->in)) != 0) {
		if (pg_contents_is_bad(&file->in))
			break;
		if (read_data(file, id) < 0)
			return -1;
		/* Written as an int, though it has no sign. */
		pg_objects_add(&file->held, (uint32_t)oid);
	}
	return pg_contents_is_bad(&file->in) ? pg_contents_damaged(&file->in, "") : 0;
}

static int read_block(struct archive_file *file)
{
	uint64_t at = file->in.cursor->offset;
	unsigned type = pg_contents_byte(&file->in);
	uint32_t id = (uint32_t)pg_contents_int(&file->in);
	struct data_entry *entry = find_entry(file, id);

	if (pg_contents_is_bad(&file->in))
		return pg_contents_damaged(&file->in, "");
	if ((type != BLOCK_DATA && type != BLOCK_BLOBS) || entry == NULL || entry->was_met)
		return pg_contents_damaged(&file->in, "there should be a data block, or the end,");
	if (entry->has_offset && entry->offset != at)
		return pg_contents_damaged(&file->in, "a data block is not where the table of contents has it,");
	entry->was_met = true;
	entry->offset = at;
	return type == BLOCK_DATA ? read_data(file, id) : read_objects(file, id);
}

static int check_data(struct archive_file *file)
{
	size_t missing = 0;

	for (size_t i = 0; i < file->count; i++)
		missing += !file->entries[i].was_met;
	if (missing > 0)
		return trouble_set(
			file->in.trouble, DAMAGED,
			"pg_custom: is cut: the data end at byte %llu, and those of %zu entries of %zu are missing",
			(unsigned long long)file->in.cursor->offset, missing, file->count);
	if (file->has_blobs && pg_objects_are_missing(&file->told, &file->held))
		return trouble_set(file->in.trouble, DAMAGED,
				   "pg_custom: its data have %llu large objects, and not all of the %llu that its "
				   "table of contents tells of",
				   (unsigned long long)file->held.count, (unsigned long long)file->told.count);
	return 0;
}

static int read_all(struct archive_file *file)
{
	const unsigned char *next;
	bool more;

	if (pg_contents_head(&file->in, FORMAT_CUSTOM) < 0 || read_contents(file) < 0)
		return -1;
	/* No block begins with a zero; a count of entries does, which is not negative. */
	while ((more = cursor_view(file->in.cursor, 1, &next) > 0) && *next != 0)
		if (read_block(file) < 0)
			return -1;
	if (check_data(file) < 0)
		return -1;
	return more ? read_contents_again(file) : 0;
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
	.signs = {.recognises = pg_contents_recognises, .is_other_version = pg_contents_is_other_version},
	.verify = pg_custom_verify,
};

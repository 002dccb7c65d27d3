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
#include "verifier.h"

#define FORMAT_CUSTOM 1
#define VERSION(minor) (0x100u + (minor))
#define OLDEST VERSION(3)
#define NEWEST VERSION(16)
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
	struct cursor *cursor;
	struct budget *budget;
	struct trouble *trouble;
	unsigned version;
	size_t int_size, offset_size;
	const struct codec *codec; /* of the data; NULL: not compressed */
	bool cut; /* less was there than was asked for */
	bool wrong; /* a number was read that nobody writes */
	struct data_entry *entries; /* those with data */
	size_t count, capacity;
	uint64_t chunk_left;
	bool chunks_ended;
};

static bool pg_custom_recognises(const unsigned char *head, size_t length)
{
	return length >= 5 && memcmp(head, "PGDMP", 5) == 0;
}

static int damaged(struct archive_file *file, const char *what)
{
	if (file->cut)
		what = "is cut: it ends";
	else if (file->wrong)
		what = "a number makes no sense";
	return trouble_set(file->trouble, DAMAGED, "pg_custom: %s at byte %llu", what,
			   (unsigned long long)file->cursor->offset);
}

static unsigned read_byte(struct archive_file *file)
{
	unsigned char byte = 0;

	if (cursor_take(file->cursor, &byte, 1) < 1)
		file->cut = true;
	return byte;
}

/* Least significant byte first; what is beyond 64 bits is not looked at. */
static uint64_t read_bytes(struct archive_file *file, size_t count)
{
	uint64_t value = 0;

	for (size_t i = 0; i < count && !file->cut; i++) {
		uint64_t byte = read_byte(file);

		if (i < sizeof(value))
			value |= byte << (8 * i);
	}
	return value;
}

/* Nothing that was read since the file went bad is of use. */
static bool is_bad(const struct archive_file *file)
{
	return file->cut || file->wrong;
}

/* A byte for the sign, then the amount. */
static int64_t read_int(struct archive_file *file)
{
	unsigned negative = read_byte(file);
	uint64_t value = read_bytes(file, file->int_size);

	if (negative > 1 || value > INT64_MAX || (negative == 1 && value == 0))
		file->wrong = true;
	value &= INT64_MAX;
	return negative ? -(int64_t)value : (int64_t)value;
}

/* False where it is no string but the absence of one. */
static bool skip_string(struct archive_file *file)
{
	int64_t length = read_int(file);

	if (length > 0 && cursor_skip(file->cursor, (uint64_t)length) < (uint64_t)length)
		file->cut = true;
	return length >= 0 && !is_bad(file);
}

static int read_compression(struct archive_file *file)
{
	static const struct codec *const codecs[] = {NULL, &decode_zlib, &decode_lz4, &decode_zstd};
	unsigned algorithm;

	if (file->version < VERSION(15)) {
		file->codec = read_int(file) != 0 ? &decode_zlib : NULL;
		return 0;
	}
	algorithm = read_byte(file);
	if (algorithm >= sizeof(codecs) / sizeof(codecs[0]))
		return damaged(file, "is compressed in a way that is not known,");
	file->codec = codecs[algorithm];
	return 0;
}

static int read_head(struct archive_file *file)
{
	unsigned char magic[5];
	unsigned minor;

	if (cursor_take(file->cursor, magic, sizeof(magic)) < sizeof(magic) ||
	    !pg_custom_recognises(magic, sizeof(magic)))
		return damaged(file, "does not begin as one");
	file->version = read_byte(file) << 8;
	minor = read_byte(file);
	file->version |= minor;
	read_byte(file);
	file->int_size = read_byte(file);
	file->offset_size = file->version >= VERSION(7) ? read_byte(file) : file->int_size;
	if (!file->cut && file->version > NEWEST)
		return trouble_set(file->trouble, OPAQUE,
				   "pg_custom: is of version %u.%u, which is newer than is known here",
				   file->version >> 8, minor);
	if (!file->cut && file->version < OLDEST)
		return trouble_set(file->trouble, OPAQUE,
				   "pg_custom: is of version %u.%u, which is too old to be known here",
				   file->version >> 8, minor);
	if (file->int_size < 1 || file->int_size > 8 || file->offset_size < 1 || file->offset_size > 8)
		return damaged(file, "its header makes no sense");
	if (read_byte(file) != FORMAT_CUSTOM)
		return damaged(file, "is a dump of another format than custom,");
	if (read_compression(file) < 0)
		return -1;
	if (file->version >= VERSION(4)) {
		for (int i = 0; i < 7; i++)
			read_int(file);
		skip_string(file);
	}
	for (int i = 0; i < 2 && file->version >= VERSION(10); i++)
		skip_string(file);
	return is_bad(file) ? damaged(file, "") : 0;
}

static enum offset_state read_offset(struct archive_file *file, uint64_t *ret_offset)
{
	if (file->version < VERSION(7)) {
		int64_t offset = read_int(file);

		*ret_offset = offset > 0 ? (uint64_t)offset : 0;
		read_int(file);
		return offset < 0 ? OFFSET_NOT_SET : offset == 0 ? OFFSET_NO_DATA : OFFSET_SET;
	}
	enum offset_state state = read_byte(file);

	*ret_offset = read_bytes(file, file->offset_size);
	return state;
}

static int keep_entry(struct archive_file *file, int64_t id, enum offset_state state, uint64_t offset)
{
	if (is_bad(file))
		return damaged(file, "");
	if (id <= 0 || id > INT_MAX || state < OFFSET_NOT_SET || state > OFFSET_NO_DATA)
		return damaged(file, "its table of contents makes no sense");
	if (state == OFFSET_NO_DATA)
		return 0;
	if (file->count == ENTRIES_MAX)
		return trouble_set(file->trouble, BOUNDED, "pg_custom: has more than %d entries with data",
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
	/* Which fields stand between the id and the dependencies, and since when: 's' a string, 'i' a number. */
	static const struct {
		char kind;
		unsigned since;
	} fields[] = {
		{'i', 0}, {'s', 8}, {'s', 0},  {'s', 0},  {'s', 0},  {'i', 11}, {'s', 0}, {'s', 0},
		{'s', 3}, {'s', 6}, {'s', 10}, {'s', 14}, {'i', 16}, {'s', 0},  {'s', 9},
	};
	int64_t id = read_int(file);
	enum offset_state state;
	uint64_t offset;

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (file->version < VERSION(fields[i].since))
			continue;
		if (fields[i].kind == 's')
			skip_string(file);
		else
			read_int(file);
	}
	while (file->version >= VERSION(5) && skip_string(file))
		;
	state = read_offset(file, &offset);
	return keep_entry(file, id, state, offset);
}

static int by_id(const void *one, const void *other)
{
	const struct data_entry *a = one, *b = other;

	return (a->id > b->id) - (a->id < b->id);
}

static int read_contents(struct archive_file *file)
{
	int64_t count = read_int(file);

	if (count < 0)
		return damaged(file, "its table of contents makes no sense");
	for (int64_t i = 0; i < count && !is_bad(file); i++)
		if (read_entry(file) < 0)
			return -1;
	if (is_bad(file))
		return damaged(file, "");
	if (file->count > 0)
		qsort(file->entries, file->count, sizeof(*file->entries), by_id);
	return 0;
}

static int begin_chunk(struct archive_file *file, struct trouble *ret_trouble)
{
	int64_t length = read_int(file);

	if (is_bad(file) || length < 0)
		return trouble_set(ret_trouble, DAMAGED, "%s", file->cut ? "is cut" : "a length makes no sense");
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
	*ret_length = cursor_piece(file->cursor, file->chunk_left, ret_data);
	file->chunk_left -= *ret_length;
	file->cut = *ret_length == 0;
	return file->cut ? trouble_set(ret_trouble, DAMAGED, "is cut") : 0;
}

static int read_plain(struct archive_file *file, struct source *plain, struct trouble *ret_trouble)
{
	struct spending spending = {.budget = file->budget, .packed = &file->chunks};
	const unsigned char *data;
	size_t length;

	do {
		if (source_next(plain, &data, &length, ret_trouble) < 0 ||
		    budget_spend(&spending, file->codec != NULL ? length : 0, ret_trouble) < 0)
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
		decoder = file->codec != NULL ? decode_open(file->codec, &file->chunks) : NULL;
		result = read_plain(file, decoder != NULL ? decoder : &file->chunks, &trouble);
		source_close(decoder);
	}
	if (result == 0)
		return 0;
	if (is_bad(file))
		return damaged(file, "");
	return trouble_set(file->trouble, trouble.soundness, "pg_custom: data of entry %lu, before byte %llu: %s",
			   (unsigned long)id, (unsigned long long)file->cursor->offset, trouble.error.message);
}

static int read_block(struct archive_file *file)
{
	uint64_t at = file->cursor->offset;
	unsigned type = read_byte(file);
	struct data_entry key = {.id = (uint32_t)read_int(file)}, *entry = NULL;

	if (is_bad(file))
		return damaged(file, "");
	if (file->count > 0)
		entry = bsearch(&key, file->entries, file->count, sizeof(*file->entries), by_id);
	if ((type != BLOCK_DATA && type != BLOCK_BLOBS) || entry == NULL || entry->seen)
		return damaged(file, "there should be a data block, or the end,");
	if (entry->has_offset && entry->offset != at)
		return damaged(file, "a data block is not where the table of contents has it,");
	entry->seen = true;
	if (type == BLOCK_DATA)
		return read_data(file, key.id);
	while (read_int(file) != 0)
		if (is_bad(file) || read_data(file, key.id) < 0)
			return is_bad(file) ? damaged(file, "") : -1;
	return is_bad(file) ? damaged(file, "") : 0;
}

static int read_all(struct archive_file *file)
{
	const unsigned char *more;
	size_t missing = 0;

	if (read_head(file) < 0 || read_contents(file) < 0)
		return -1;
	while (cursor_view(file->cursor, 1, &more) > 0)
		if (read_block(file) < 0)
			return -1;
	for (size_t i = 0; i < file->count; i++)
		missing += !file->entries[i].seen;
	if (missing > 0)
		return trouble_set(
			file->trouble, DAMAGED,
			"pg_custom: is cut: it ends after byte %llu, and the data of %zu entries of %zu are missing",
			(unsigned long long)file->cursor->offset, missing, file->count);
	return 0;
}

static int pg_custom_verify(struct cursor *cursor, struct budget *budget, struct trouble *ret_trouble)
{
	struct archive_file file = {.cursor = cursor, .budget = budget, .trouble = ret_trouble};
	int result = read_all(&file);

	free(file.entries);
	return result;
}

const struct verifier verify_pg_custom = {
	.format = FORMAT_PG_CUSTOM,
	.recognises = pg_custom_recognises,
	.verify = pg_custom_verify,
};

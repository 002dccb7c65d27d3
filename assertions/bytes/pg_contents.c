/* The facts are those of src/bin/pg_dump/pg_backup_archiver.c of PostgreSQL. */
#include "pg_contents.h"

#include <string.h>

#define OLDEST PG_VERSION(3)
#define NEWEST PG_VERSION(16)

bool pg_contents_recognises(const unsigned char *head, size_t length)
{
	return length >= 5 && memcmp(head, "PGDMP", 5) == 0;
}

int pg_contents_damaged(struct pg_contents *in, const char *what)
{
	if (in->cut)
		what = "is cut: it ends";
	else if (in->wrong)
		what = "a number makes no sense";
	return trouble_set(in->trouble, DAMAGED, "%s: %s at byte %llu", in->format, what,
			   (unsigned long long)in->cursor->offset);
}

unsigned pg_contents_byte(struct pg_contents *in)
{
	unsigned char byte = 0;

	if (cursor_take(in->cursor, &byte, 1) < 1)
		in->cut = true;
	return byte;
}

/* Least significant byte first; what is beyond 64 bits is not looked at. */
uint64_t pg_contents_bytes(struct pg_contents *in, size_t count)
{
	uint64_t value = 0;

	for (size_t i = 0; i < count && !in->cut; i++) {
		uint64_t byte = pg_contents_byte(in);

		if (i < sizeof(value))
			value |= byte << (8 * i);
	}
	return value;
}

bool pg_contents_is_bad(const struct pg_contents *in)
{
	return in->cut || in->wrong;
}

/* A byte for the sign, then the amount. */
int64_t pg_contents_int(struct pg_contents *in)
{
	unsigned negative = pg_contents_byte(in);
	uint64_t value = pg_contents_bytes(in, in->int_size);

	if (negative > 1 || value > INT64_MAX || (negative == 1 && value == 0))
		in->wrong = true;
	value &= INT64_MAX;
	return negative ? -(int64_t)value : (int64_t)value;
}

bool pg_contents_string(struct pg_contents *in, char *ret_text, size_t room)
{
	int64_t length = pg_contents_int(in);
	uint64_t kept = 0, rest;

	if (room > 0)
		ret_text[0] = '\0';
	if (length <= 0 || pg_contents_is_bad(in))
		return length == 0 && !pg_contents_is_bad(in);
	if ((uint64_t)length < room) {
		kept = cursor_take(in->cursor, ret_text, (size_t)length);
		ret_text[kept] = '\0';
	}
	rest = (uint64_t)length - kept;
	if (rest > 0 && cursor_skip(in->cursor, rest) < rest)
		in->cut = true;
	return !in->cut;
}

static int read_compression(struct pg_contents *in)
{
	static const struct codec *const codecs[] = {NULL, &decode_zlib, &decode_lz4, &decode_zstd};
	unsigned algorithm;

	if (in->version < PG_VERSION(15)) {
		in->codec = pg_contents_int(in) != 0 ? &decode_zlib : NULL;
		return 0;
	}
	algorithm = pg_contents_byte(in);
	if (algorithm >= sizeof(codecs) / sizeof(codecs[0]))
		return pg_contents_damaged(in, "is compressed in a way that is not known,");
	in->codec = codecs[algorithm];
	return 0;
}

int pg_contents_head(struct pg_contents *in, unsigned format)
{
	unsigned char magic[5];
	unsigned minor;

	if (cursor_take(in->cursor, magic, sizeof(magic)) < sizeof(magic) ||
	    !pg_contents_recognises(magic, sizeof(magic)))
		return pg_contents_damaged(in, "does not begin as one");
	in->version = pg_contents_byte(in) << 8;
	minor = pg_contents_byte(in);
	in->version |= minor;
	pg_contents_byte(in);
	in->int_size = pg_contents_byte(in);
	in->offset_size = in->version >= PG_VERSION(7) ? pg_contents_byte(in) : in->int_size;
	if (!in->cut && in->version > NEWEST)
		return trouble_set(in->trouble, OPAQUE, "%s: is of version %u.%u, which is newer than is known here",
				   in->format, in->version >> 8, minor);
	if (!in->cut && in->version < OLDEST)
		return trouble_set(in->trouble, OPAQUE, "%s: is of version %u.%u, which is too old to be known here",
				   in->format, in->version >> 8, minor);
	if (in->int_size < 1 || in->int_size > 8 || in->offset_size < 1 || in->offset_size > 8)
		return pg_contents_damaged(in, "its header makes no sense");
	if (pg_contents_byte(in) != format)
		return pg_contents_damaged(in, format == 1 ? "is a dump of another format than custom,"
							   : "is a dump of another format than tar and directory,");
	if (read_compression(in) < 0)
		return -1;
	if (in->version >= PG_VERSION(4)) {
		for (int i = 0; i < 7; i++)
			pg_contents_int(in);
		pg_contents_string(in, NULL, 0);
	}
	for (int i = 0; i < 2 && in->version >= PG_VERSION(10); i++)
		pg_contents_string(in, NULL, 0);
	return pg_contents_is_bad(in) ? pg_contents_damaged(in, "") : 0;
}

void pg_contents_entry(struct pg_contents *in, struct pg_entry *ret_entry)
{
	/* Which fields stand between the id and the dependencies, and since when: 's' a string, 'i' a number. */
	static const struct {
		char kind;
		unsigned since;
	} fields[] = {
		{'i', 0}, {'s', 8}, {'s', 0},  {'s', 0},  {'s', 0},  {'i', 11}, {'s', 0}, {'s', 0},
		{'s', 3}, {'s', 6}, {'s', 10}, {'s', 14}, {'i', 16}, {'s', 0},  {'s', 9},
	};
	enum { KIND_FIELD = 4, COPY_FIELD = 8 };
	char kind[sizeof("BLOBS")] = "", copy[1024] = "";

	ret_entry->id = pg_contents_int(in);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (in->version < PG_VERSION(fields[i].since))
			continue;
		if (fields[i].kind == 'i')
			pg_contents_int(in);
		else if (i == KIND_FIELD)
			pg_contents_string(in, kind, sizeof(kind));
		else if (i == COPY_FIELD)
			pg_contents_string(in, copy, sizeof(copy));
		else
			pg_contents_string(in, NULL, 0);
	}
	while (in->version >= PG_VERSION(5) && pg_contents_string(in, NULL, 0))
		;
	ret_entry->is_blobs = strcmp(kind, "BLOBS") == 0;
	ret_entry->is_blob = strcmp(kind, "BLOB") == 0;
	ret_entry->is_copied = strncmp(copy, "COPY ", 5) == 0;
}

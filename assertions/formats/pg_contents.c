/* The facts are those of src/bin/pg_dump/pg_backup_archiver.c of PostgreSQL. */
#include "assertions/formats/pg_contents.h"

#include <stdlib.h>
#include <string.h>

#define OLDEST PG_VERSION(3)
#define NEWEST PG_VERSION(16)
#define OF_NEWEST "18"
#define OF_OLDEST "7.1"

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

uint64_t pg_digest(uint64_t digest, const void *bytes, size_t length)
{
	const unsigned char *at = bytes;

	for (size_t i = 0; i < length; i++)
		digest = (digest ^ at[i]) * 0x100000001b3ULL;
	return digest;
}

unsigned pg_contents_byte(struct pg_contents *in)
{
	unsigned char byte = 0;

	if (cursor_take(in->cursor, &byte, 1) < 1)
		in->cut = true;
	in->digest = pg_digest(in->digest, &byte, 1);
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

static size_t string_piece(struct pg_contents *in, uint64_t left, const unsigned char **ret_data)
{
	size_t length = cursor_piece(in->cursor, left, ret_data);

	in->cut = in->cut || length == 0;
	if (length > 0)
		in->digest = pg_digest(in->digest, *ret_data, length);
	return length;
}

bool pg_contents_string(struct pg_contents *in, char *ret_text, size_t room)
{
	int64_t length = pg_contents_int(in);
	uint64_t left = length > 0 ? (uint64_t)length : 0;
	const unsigned char *data;

	if (room > 0)
		ret_text[0] = '\0';
	if (left >= room)
		room = 0;
	while (left > 0 && !pg_contents_is_bad(in)) {
		size_t got = string_piece(in, left, &data);

		if (room > 0 && got > 0) {
			memcpy(ret_text, data, got);
			ret_text += got;
			*ret_text = '\0';
		}
		left -= got;
	}
	return length >= 0 && !pg_contents_is_bad(in);
}

void pg_objects_add(struct pg_objects *objects, uint64_t oid)
{
	oid = (oid + 1) * 0x9e3779b97f4a7c15ULL;
	objects->count++;
	objects->sum += oid ^ (oid >> 32);
}

void pg_objects_join(struct pg_objects *objects, const struct pg_objects *more)
{
	objects->count += more->count;
	objects->sum += more->sum;
}

bool pg_objects_are_missing(const struct pg_objects *told, const struct pg_objects *held)
{
	return held->count < told->count || (held->count == told->count && held->sum != told->sum);
}

/* "OID", line by line: the definition of an entry BLOB METADATA. */
static void read_objects(struct pg_contents *in, struct pg_objects *objects)
{
	int64_t length = pg_contents_int(in);
	uint64_t left = length > 0 ? (uint64_t)length : 0, oid = 0;
	const unsigned char *data;

	while (left > 0 && !pg_contents_is_bad(in)) {
		size_t got = string_piece(in, left, &data);

		left -= got;
		for (size_t i = 0; i < got; i++) {
			in->wrong = in->wrong ||
				    (data[i] != '\n' && (data[i] < '0' || data[i] > '9' || oid > UINT32_MAX / 10));
			if (data[i] == '\n')
				pg_objects_add(objects, oid);
			oid = data[i] == '\n' ? 0 : 10 * oid + (data[i] - '0');
		}
	}
	in->wrong = in->wrong || oid != 0;
}

/*
 * PostgreSQL 18 makes the definition of statistics once. Where the contents are to be written over those before, it is passed over;
 * where they come to lie behind the data instead, it is not there, and what follows is the absence of the next string.
 */
static bool is_left_out(struct pg_contents *in)
{
	const unsigned char *sign;

	return in->again && cursor_view(in->cursor, 1, &sign) == 1 && *sign == 1;
}

static void read_statistics(struct pg_contents *in)
{
	uint64_t digest = in->digest;

	if (!is_left_out(in))
		pg_contents_string(in, NULL, 0);
	in->digest = digest;
}

static int read_compression(struct pg_contents *in)
{
	static const struct codec *const codecs[] = {NULL, &decode_zlib, &decode_lz4, &decode_zstd};
	unsigned algorithm;

	if (in->version < PG_VERSION(15)) {
		int64_t level = in->version < PG_VERSION(4) ? pg_contents_byte(in) : pg_contents_int(in);

		in->codec = level != 0 ? &decode_zlib : NULL;
		return 0;
	}
	algorithm = pg_contents_byte(in);
	if (algorithm >= sizeof(codecs) / sizeof(codecs[0]))
		return trouble_set(
			in->trouble, OPAQUE,
			"%s: its data are compressed by method %u: muster knows 0 to 3 (none, gzip, lz4, zstd)",
			in->format, algorithm);
	in->codec = codecs[algorithm];
	return 0;
}

/* Whether it is told that the version is not known, and of what. */
static bool version_is_unknown(unsigned version, const char *format, struct trouble *ret_trouble)
{
	bool newer = version > NEWEST;
	unsigned known = newer ? NEWEST : OLDEST;

	if (version >= OLDEST && version <= NEWEST)
		return false;
	trouble_set(ret_trouble, OPAQUE, "%s: archive version %u.%u, of a PostgreSQL %s: muster reads %s %u.%u", format,
		    version >> 8, version & 0xff, newer ? "newer than " OF_NEWEST : "older than " OF_OLDEST,
		    newer ? "up to" : "from", known >> 8, known & 0xff);
	return true;
}

bool pg_contents_is_other_version(const unsigned char *head, size_t length, struct trouble *ret_trouble)
{
	return length >= 7 && pg_contents_recognises(head, length) &&
	       version_is_unknown((unsigned)head[5] << 8 | head[6], "pg_custom", ret_trouble);
}

int pg_contents_head(struct pg_contents *in, unsigned format)
{
	unsigned char magic[5];

	if (cursor_take(in->cursor, magic, sizeof(magic)) < sizeof(magic) ||
	    !pg_contents_recognises(magic, sizeof(magic)))
		return pg_contents_damaged(in, "does not begin as one");
	in->version = pg_contents_byte(in) << 8;
	in->version |= pg_contents_byte(in);
	pg_contents_byte(in);
	in->int_size = pg_contents_byte(in);
	in->offset_size = in->version >= PG_VERSION(7) ? pg_contents_byte(in) : in->int_size;
	if (!in->cut && version_is_unknown(in->version, in->format, in->trouble))
		return -1;
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
	enum { OID_FIELD = 2, KIND_FIELD = 4, DEFINITION_FIELD = 6, COPY_FIELD = 8 };
	char oid[16] = "", kind[sizeof("STATISTICS DATA")] = "", copy[1024] = "";
	struct {
		char *text;
		size_t room;
	} kept[sizeof(fields) / sizeof(fields[0])] = {[OID_FIELD] = {oid, sizeof(oid)},
						      [KIND_FIELD] = {kind, sizeof(kind)},
						      [COPY_FIELD] = {copy, sizeof(copy)}};

	*ret_entry = (struct pg_entry){.id = pg_contents_int(in)};
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (in->version < PG_VERSION(fields[i].since))
			continue;
		if (fields[i].kind == 'i')
			pg_contents_int(in);
		else if (i == DEFINITION_FIELD && strcmp(kind, "BLOB METADATA") == 0)
			read_objects(in, &ret_entry->objects);
		else if (i == DEFINITION_FIELD && strcmp(kind, "STATISTICS DATA") == 0)
			read_statistics(in);
		else
			pg_contents_string(in, kept[i].text, kept[i].room);
	}
	while (in->version >= PG_VERSION(5) && pg_contents_string(in, NULL, 0))
		;
	ret_entry->is_blobs = strcmp(kind, "BLOBS") == 0;
	if (strcmp(kind, "BLOB") == 0)
		pg_objects_add(&ret_entry->objects, strtoul(oid, NULL, 10));
	ret_entry->is_copied = strncmp(copy, "COPY ", 5) == 0;
}

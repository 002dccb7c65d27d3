/*
 * The header and the table of contents that dumps of PostgreSQL have in common, versions 1.3 to 1.16: PostgreSQL 7.1
 * to 18. A custom dump begins with them; of a tar or a directory they are the file toc.dat.
 *
 *     struct pg_contents in = {.format = "pg_custom", .cursor = &cursor, .trouble = &trouble};
 *     if (pg_contents_head(&in, 1) < 0) ...
 *     count = pg_contents_int(&in);
 *     ... as often: pg_contents_entry(&in, &entry), then what the format has of its own behind it
 *
 * Nothing that was read since pg_contents_is_bad() is of use.
 */
#ifndef MUSTER_FORMATS_PG_CONTENTS_H
#define MUSTER_FORMATS_PG_CONTENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assertions/bytes/cursor.h"
#include "assertions/formats/decode.h"

#define PG_VERSION(minor) (0x100u + (minor))

struct pg_contents {
	const char *format; /* for messages */
	struct cursor *cursor;
	struct trouble *trouble;
	unsigned version;
	size_t int_size, offset_size;
	const struct codec *codec; /* of a custom dump's data; NULL: not compressed */
	uint64_t digest; /* of all that was read since the caller set it, which is not to 0; no proof against intent */
	bool again; /* the entries that are read stand there a second time (verify_pg_custom.c) */
	bool cut; /* less was there than was asked for */
	bool wrong; /* a number was read that nobody writes */
};

/* Which large objects something tells of, whatever their order. */
struct pg_objects {
	uint64_t count, sum;
};

struct pg_entry {
	int64_t id;
	bool is_blobs; /* the data of large objects */
	bool is_copied; /* its data are those of a COPY */
	struct pg_objects objects; /* that it describes: one, or since version 1.16 a list of them */
};

bool pg_contents_recognises(const unsigned char *head, size_t length);
bool pg_contents_is_other_version(const unsigned char *head, size_t length, struct trouble *ret_trouble);

/* Up to the count of entries. `format` is the byte that must stand there: 1 custom, 3 tar and directory. */
int pg_contents_head(struct pg_contents *in, unsigned format);
void pg_contents_entry(struct pg_contents *in, struct pg_entry *ret_entry);

unsigned pg_contents_byte(struct pg_contents *in);
uint64_t pg_contents_bytes(struct pg_contents *in, size_t count); /* least significant first */
int64_t pg_contents_int(struct pg_contents *in);
/* False where it is no string but the absence of one. What has no room is passed over, and leaves "". */
bool pg_contents_string(struct pg_contents *in, char *ret_text, size_t room);

/* FNV-1a, which goes on from what came before: another byte anywhere makes another digest. */
uint64_t pg_digest(uint64_t digest, const void *bytes, size_t length);

void pg_objects_add(struct pg_objects *objects, uint64_t oid);
void pg_objects_join(struct pg_objects *objects, const struct pg_objects *more);
/* Whether some of those that are told of are not held. Where more are held than told of, none is known to be missing: dumps of data alone. */
bool pg_objects_are_missing(const struct pg_objects *told, const struct pg_objects *held);

bool pg_contents_is_bad(const struct pg_contents *in);
/* Always -1: `what`, or that it is cut, or wrong. */
int pg_contents_damaged(struct pg_contents *in, const char *what);

#endif

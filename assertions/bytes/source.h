/*
 * A stream of bytes that is pulled, block by block, once.
 *
 * Readers, decoders and archive members are all sources, so they nest: a member of a tar
 * inside a gzip inside a tar is a source over a source over a source, in constant memory.
 *
 *     while (source_next(source, &data, &length, &trouble) == 0 && length > 0)
 *             ... data is valid until the next call ...
 */
#ifndef MUSTER_BYTES_SOURCE_H
#define MUSTER_BYTES_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "assertions/base/error.h"

enum soundness {
	SOUND,
	DAMAGED, /* the bytes are not what they should be: a failure */
	UNREADABLE, /* they could not be read (I/O, network): nothing is proven */
	OPAQUE, /* encrypted, or of an unknown kind or version: cannot be looked into */
	BOUNDED, /* a bound was reached (depth, members, ratio): a failure that says so */
};

struct trouble {
	enum soundness soundness;
	struct error error; /* "gzip: checksum of the data is wrong at byte 81920" */
};

struct source {
	/* 0 with a length of 0 is the end. -1: *ret_trouble says what is wrong; there is no going on. */
	int (*next)(struct source *source, const unsigned char **ret_data, size_t *ret_length,
		    struct trouble *ret_trouble);
	/* The same into memory of the caller's, for who keeps the bytes anyway; NULL where there is no such short cut. */
	int (*read)(struct source *source, unsigned char *into, size_t capacity, size_t *ret_length,
		    struct trouble *ret_trouble);
	void (*close)(struct source *source); /* frees it; not what it reads from */
	uint64_t offset; /* bytes given so far; kept by source_next() and source_read() */
};

int source_next(struct source *source, const unsigned char **ret_data, size_t *ret_length, struct trouble *ret_trouble);
int source_read(struct source *source, unsigned char *into, size_t capacity, size_t *ret_length,
		struct trouble *ret_trouble);
void source_drain(struct source *source); /* to the end, or until it fails */
void source_close(struct source *source); /* NULL is harmless */

void trouble_clear(struct trouble *trouble); /* SOUND, and no message */

/* Always -1. */
int trouble_set(struct trouble *trouble, enum soundness soundness, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A regular file, from its begin to its end. A file that is written to meanwhile is DAMAGED. */
struct source_file_facts {
	int64_t size_bytes;
	int64_t modified_ms;
};
int source_open_file(const char *path, struct source **ret_source, struct source_file_facts *ret_facts,
		     struct error *err);

/* `length` bytes from `from` on, all of them, of a regular file that has that size and modification time. */
int source_read_range(const char *path, const struct source_file_facts *expected, int64_t from, unsigned char *into,
		      size_t length, struct error *err);

/* Bytes in memory, borrowed; for tests and small things. `block` bytes at a time, 0: all at once. */
struct source *source_open_memory(const void *data, size_t length, size_t block);

#endif

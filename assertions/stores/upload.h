/*
 * Bytes on their way into a store: written block by block, and there only once all of them are.
 *
 *     struct upload *upload;
 *     if (upload_begin(store, key, &options, &upload, &err) < 0) ...
 *     while (... data, length ...)
 *             if (upload_write(upload, data, length, &err) < 0) { upload_discard(upload, &err); ... }
 *     switch (upload_finish(upload, &err)) ...
 *
 * An upload ends in exactly one of upload_finish() and upload_discard(), which free it. Until upload_finish() says
 * UPLOAD_DONE nothing has the key that had not before; whatever else it says, or after upload_discard(), nothing
 * half-made is left: where that could not be taken back, the error names it. An upload belongs to one thread.
 */
#ifndef MUSTER_STORES_UPLOAD_H
#define MUSTER_STORES_UPLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assertions/base/error.h"
#include "assertions/bytes/digest.h"
#include "assertions/stores/store.h"

struct upload_options {
	int64_t size_bytes; /* -1: not known, a stream */
	bool overwrite; /* an object that has the key already; else that is an error */
	enum store_algorithm checksum; /* that the store is to verify and keep, besides what it does by itself */
	const char *sha256; /* of all of it, lower case hex: other bytes are not kept. NULL: not known */
};

enum upload_end {
	UPLOAD_FAILED, /* it is not there */
	UPLOAD_DONE,
	UPLOAD_UNKNOWN, /* the store took all of it, and nobody can say whether it kept it */
};

struct upload { /* what every driver's has first; set by its begin_put() */
	int (*write)(struct upload *upload, const void *data, size_t length, struct error *err);
	/* The whole has been written. UPLOAD_FAILED takes back what there is, in which it may fail, too: *err says so. */
	enum upload_end (*finish)(struct upload *upload, struct error *err);
	int (*discard)(struct upload *upload, struct error *err);
	void (*free)(struct upload *upload); /* after one of the two */
	bool wants_sha256; /* finish() needs `sha256` */

	/* upload.c's own. */
	int64_t size_bytes, written_bytes;
	char sha256[65]; /* of what was written, in finish() */
	char expected_sha256[65];
	struct digest *digest;
	bool failed;
};

/* -1 also where the key is taken and may not be overwritten, and where the store takes nothing. */
int upload_begin(struct store *store, const char *key, const struct upload_options *options, struct upload **ret_upload,
		 struct error *err);
/* For drivers: that the key is taken, behind a place as struct store's. Always -1. */
int upload_refuse_taken(const char *place, const char *key, const struct store_object *object, struct error *err);
int upload_write(struct upload *upload, const void *data, size_t length, struct error *err);
/* UPLOAD_DONE with an *err where something is to be said all the same; else it is "". */
enum upload_end upload_finish(struct upload *upload, struct error *err);

/* -1 where something half-made is left: *err says what. NULL is harmless. */
int upload_discard(struct upload *upload, struct error *err);

/*
 * How an upload is cut into parts, and how much memory that takes.
 *
 * S3 takes 10,000 parts of 5 MiB to 5 GiB, all but the last of any size that is the same or not
 * (docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html). Parts of one size are what other tools can prove, and what some stores
 * insist on: where the size is known all parts have one. A stream's have 32 MiB each, and twice as much after every
 * 2000 of them up to 512 MiB: 62 GiB in equal parts, 1.9 TiB at most.
 *
 * A part is held in memory until the store has it. The one that is being filled and those on their way are
 * 160 MiB together at most, and two of them where a part is larger than 80 MiB, as those of a terabyte are.
 */
#define UPLOAD_PARTS_MAX 10000u
#define UPLOAD_PART_BYTES ((int64_t)16 << 20) /* where the size is known and that is enough */
#define UPLOAD_STREAM_PART_BYTES ((int64_t)32 << 20)
#define UPLOAD_STREAM_PART_BYTES_MAX ((int64_t)512 << 20)
#define UPLOAD_STREAM_STEP 2000u
#define UPLOAD_PART_BYTES_MAX ((int64_t)5 << 30)
#define UPLOAD_MEMORY_BYTES ((int64_t)160 << 20)
#define UPLOAD_SENDERS_MAX 4u

/* The size of a part by its number, from 1; `size_bytes` of the whole, -1 where it is not known. */
int64_t upload_parts_size(int64_t size_bytes, unsigned number);

/* How many parts of that size may be on their way while one is filled; at least one. */
unsigned upload_parts_senders(int64_t part_bytes);

#endif

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
int upload_write(struct upload *upload, const void *data, size_t length, struct error *err);
/* UPLOAD_DONE with an *err where something is to be said all the same; else it is "". */
enum upload_end upload_finish(struct upload *upload, struct error *err);

/* -1 where something half-made is left: *err says what. NULL is harmless. */
int upload_discard(struct upload *upload, struct error *err);

#endif

/*
 * One pass over bytes: every layer is taken off and verified, members are walked to any
 * depth, and whoever listens sees the unpacked bytes and the members go by.
 *
 *     struct inspect_request request = {.path = path, .source = source, .listener = &listener};
 *     struct inspect_result result;
 *     inspect(&request, &result);
 *
 * Nothing is read twice, nothing is put on disk, and memory does not grow with the input.
 *
 * What is done to the bytes follows from what the listener asks for:
 * - nothing (`wants` 0): they are counted and digested;
 * - INSPECT_LAYERS: layers of compression are recognised by their magic (or taken from `layers`, where
 *   the manifest declares them), decoded to the last byte, checksums verified; what lies after the end of a
 *   format is damage. Declared sqlite, pg_custom, rdb, pg_directory, etcd, age, gpg are verified; declared tar, zip, cpio are walked;
 * - INSPECT_TEXT: the unpacked bytes are handed to text();
 * - INSPECT_RECOGNISE, for who does not know what it is: sqlite, pg_custom, rdb and etcd are recognised and verified as if they were
 *   declared, and whoever wants MEMBERS too gets them where it is an archive, and is content where it is none;
 * - INSPECT_MEMBERS: the unpacked bytes are read as an archive, each member is announced to member(), and
 *   where that gives a listener, the member's bytes are inspected for it in the same way. A tar is complete when
 *   every member is whole and it ends in two zero blocks with nothing but zeros after them.
 *
 * With `layers` declared, exactly these are taken off, in order; the first that does not fit ends the
 * list of layers found (INSPECT_LAYERS_MAX at most) and is reported in its place. A format that is none of compression
 * can only be the last of them. Bytes that are encrypted, or compressed in a way that cannot be read here, are OPAQUE
 * to whoever wants TEXT or MEMBERS, recognised or declared; no text is handed out then.
 */
#ifndef MUSTER_INSPECT_INSPECT_H
#define MUSTER_INSPECT_INSPECT_H

#include <stdbool.h>
#include <stdint.h>

#include "assertions/bytes/digest.h"
#include "assertions/formats/format.h"
#include "assertions/bytes/source.h"

#define INSPECT_LAYERS_MAX 8

enum inspect_wants { INSPECT_LAYERS = 1, INSPECT_TEXT = 2, INSPECT_MEMBERS = 4, INSPECT_RECOGNISE = 8 };

struct layer {
	enum format format;
	struct trouble trouble; /* SOUND where it was read to its end and everything fitted */
};

struct inspect_result {
	int64_t size_bytes; /* as they lie; what was read, where reading failed */
	int64_t unpacked_bytes; /* with the layers of compression taken off, as far as that went; -1: nobody asked */
	struct layer layers[INSPECT_LAYERS_MAX]; /* outermost first, the archive or verified format last */
	size_t layer_count;
	bool walked; /* it was read as an archive */
	uint64_t members; /* of the archive, folders not counted */
	struct zero_tails zero_tails; /* of a tar's or cpio's members, sparse ones not counted */
	/* The one that explains the others: damage first (or a bound), else what could not be read, else what is
	 * opaque; of several, reading's before a layer's, and the outer layer's. */
	struct trouble trouble;
	struct digest_result digests; /* empty where not everything was read */
};

struct inspect_listener {
	unsigned wants; /* of enum inspect_wants */
	const enum format *layers; /* declared ones; NULL: recognised */
	size_t layer_count;
	void (*text)(void *self, const char *data, size_t length);
	/* The listener for the member's bytes, or NULL to pass over them; NULL for one that is `corrected`. */
	struct inspect_listener *(*member)(void *self, const struct inspect_member *member);
	/* The pass over these bytes is over; for a member right after its last byte. */
	void (*done)(void *self, const struct inspect_member *member_or_null, const struct inspect_result *result);
	void *self;
};

struct inspect_limits {
	unsigned depth; /* archives inside archives, the outermost counted; 0: 8 */
	uint64_t members; /* of one archive; 0: 100 million */
	uint64_t window_bytes; /* that zstd, or xz, may ask for; 0: as in formats/decode.h */
	double ratio; /* unpacked to packed, tried from 64 MiB unpacked on; 0: 20000 */
};

struct inspect_request {
	const char *path; /* for messages */
	struct source *source; /* the caller closes it */
	struct digest_request digests;
	struct inspect_listener *listener; /* NULL: digests only */
	struct inspect_limits limits;
	bool (*cancelled)(void *context); /* asked between blocks; true ends the pass as UNREADABLE; may be NULL */
	void *cancelled_context;
	/* How many of the bytes as they lie have been taken so far; asked and told in the caller's thread. May be NULL. */
	void (*progress)(void *context, uint64_t bytes); /* the context is cancelled_context */
};

void inspect(const struct inspect_request *request, struct inspect_result *ret_result);

#endif

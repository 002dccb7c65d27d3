/*
 * Uploads to Bunny's storage: one PUT with length and SHA-256, which Bunny compares with the bytes that came.
 *
 * Both must be known before the first byte is sent, and Bunny knows no uploads in parts: what is longer than BUNNY_HELD_BYTES is
 * kept in a nameless file (in TMPDIR, else /tmp) until all of it is there, and needs as much room as it is long.
 */
#ifndef MUSTER_STORES_BUNNY_BUNNY_PUT_H
#define MUSTER_STORES_BUNNY_BUNNY_PUT_H

#include "assertions/stores/bunny/bunny.h"
#include "assertions/stores/upload.h"

#define BUNNY_HELD_BYTES ((size_t)8 << 20) /* in memory */
#define BUNNY_TIDY_MS 10000

/* struct store's begin_put(). */
int bunny_begin_put(struct store *store, const char *key, const struct upload_options *options,
		    struct upload **ret_upload, struct error *err);

#endif

/*
 * The bytes of an object as a source, whatever the dialect.
 *
 * Where the connection breaks off, the rest is asked for with a range, again and again as long as bytes come; the source
 * never gives a byte twice or from another object than it began with. What changed meanwhile, or is not what the
 * caller expected, is DAMAGED; what could not be had is UNREADABLE.
 */
#ifndef MUSTER_STORES_DOWNLOAD_H
#define MUSTER_STORES_DOWNLOAD_H

#include <stdbool.h>

#include "assertions/stores/http/http.h"
#include "assertions/stores/store.h"

#define DOWNLOAD_RESUMES_MAX 100u

struct download_answer {
	enum store_status status; /* STORE_OK for 200 and 206 */
	int http_status; /* 0: nobody answered */
	struct http_exchange *exchange; /* the download's from now on; NULL where status is not STORE_OK */
	struct error error;
};

struct download {
	struct store *store;
	const char *key;
	int64_t timeout_ms; /* how long it may take until bytes come again */
	const struct store_object *expected; /* its size and ETag; NULL */
	/* Without an ETag the rest may be taken of an object that was changed in the same second as the one that was begun. */
	bool may_go_by_date;
	bool verifies_sha256; /* of `expected`, where the store knows it, against the bytes */
	/* Asks for the object; with `range` ("bytes=5-") for the rest of it, if it still has that ETag (NULL: it has none). */
	void (*ask)(struct store *store, const char *key, const char *range, const char *etag,
		    struct download_answer *ret_answer);
};

/*
 * `length` bytes from `from` on, all of them and of the object that is `expected` (not NULL), in one request; a few more where
 * the connection breaks off.
 */
enum store_status download_range(const struct download *download, int64_t from, unsigned char *into, size_t length,
				 struct error *err);

/* Asks at once. Not OK: no source, and *err says why. */
enum store_status download_open(const struct download *download, struct source **ret_source, struct error *err);

#endif

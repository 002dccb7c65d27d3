/*
 * One file of a zone: what the store says of it, and its bytes.
 */
#ifndef MUSTER_STORES_BUNNY_BUNNY_OBJECT_H
#define MUSTER_STORES_BUNNY_BUNNY_OBJECT_H

#include "assertions/stores/bunny/bunny.h"

/*
 * struct store's head(): by the method DESCRIBE, which Bunny's own libraries use and no document names; where it is refused, from
 * the listing of the file's folder.
 */
enum store_status bunny_head(struct store *store, const char *key, struct store_object *ret_object, struct error *err);

/* struct store's get(): see download.h. The bytes are compared with the SHA-256 that is expected. */
enum store_status bunny_get_range(struct store *store, const char *key, const struct store_object *expected,
				  int64_t from, unsigned char *into, size_t length, struct error *err);
enum store_status bunny_get(struct store *store, const char *key, const struct store_object *expected,
			    struct source **ret_source, struct error *err);

#endif

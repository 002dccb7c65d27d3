/*
 * The bytes of an object of S3 as a source: see download.h. Going on after a break takes an ETag.
 */
#ifndef MUSTER_STORES_S3_S3_READ_H
#define MUSTER_STORES_S3_S3_READ_H

#include "assertions/stores/s3/s3.h"

/* struct store's get(). */
enum store_status s3_get_range(struct store *store, const char *key, const struct store_object *expected, int64_t from,
			       unsigned char *into, size_t length, struct error *err);
enum store_status s3_get(struct store *store, const char *key, const struct store_object *expected,
			 struct source **ret_source, struct error *err);

#endif

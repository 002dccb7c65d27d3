/*
 * The bytes of an object as a source.
 *
 * Where the connection breaks off, the rest is asked for with Range and If-Match, again and again as long as bytes
 * come; the source never gives a byte twice or from another object than it began with. What changed meanwhile, or is not
 * what the caller expected, is DAMAGED; what could not be had is UNREADABLE.
 */
#ifndef MUSTER_STORE_S3_READ_H
#define MUSTER_STORE_S3_READ_H

#include "s3.h"

#define S3_RESUMES_MAX 100u

/* struct store's get(). */
enum store_status s3_get(struct store *store, const char *key, const struct store_object *expected,
			 struct source **ret_source, struct error *err);

#endif

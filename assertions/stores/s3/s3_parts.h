/*
 * The sizes of an object's parts, asked of the store with HEAD ?partNumber=N.
 *
 * Two questions tell them where all parts but the last are of one size; else the places where the size
 * changes are looked for, within S3_PARTS_ASKED_MAX questions. A store that does not say leaves them unknown.
 */
#ifndef MUSTER_STORES_S3_S3_PARTS_H
#define MUSTER_STORES_S3_S3_PARTS_H

#include "assertions/stores/s3/s3.h"

#define S3_PARTS_MAX 10000u
#define S3_PARTS_ASKED_MAX 300u

/* N of an ETag of N parts, else 0. */
unsigned s3_parts_of_etag(const char *etag);

/* Fills part_size and part_runs of an object with a part_count; `key` is the whole one. */
void s3_parts_find(struct s3 *s3, const char *key, struct store_object *object);

/* The same with the lengths from anywhere: length() gives that of a part by its number, from 1, or -1. */
void s3_parts_find_by(int64_t (*length)(void *context, unsigned number), void *context, struct store_object *object);

#endif

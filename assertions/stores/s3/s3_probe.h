/*
 * One look at a bucket, without side effects: whether the credentials may list it, whether it holds anything, where it is,
 * and how far the store's clock is from ours.
 */
#ifndef MUSTER_STORES_S3_S3_PROBE_H
#define MUSTER_STORES_S3_S3_PROBE_H

#include "assertions/stores/s3/s3.h"

/* struct store's probe(). */
void s3_probe(struct store *store, struct store_probe *ret_probe);

#endif

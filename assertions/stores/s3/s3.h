/*
 * Object stores that speak S3: AWS, UpCloud, Ceph, MinIO, Swift, Cloudflare, Google in its S3 mode, and others.
 */
#ifndef MUSTER_STORES_S3_S3_H
#define MUSTER_STORES_S3_S3_H

#include "assertions/stores/store.h"

extern const struct store_driver s3_driver;

#endif

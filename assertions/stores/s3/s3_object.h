/*
 * What a store says of one object, and what its uploader wrote beside it.
 *
 * An ETag is the MD5 only of an object that was put in one piece and not encrypted with a key of KMS or the
 * customer's; "-N" at its end tells N parts. docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html; s3cmd writes x-amz-meta-s3cmd-attrs,
 * rclone x-amz-meta-md5chksum.
 */
#ifndef MUSTER_STORES_S3_S3_OBJECT_H
#define MUSTER_STORES_S3_S3_OBJECT_H

#include "assertions/stores/http/http.h"
#include "assertions/stores/s3/s3.h"

/* struct store's head(). */
enum store_status s3_head(struct store *store, const char *key, struct store_object *ret_object, struct error *err);

/* From the headers of HEAD, or of GET with or without a range. Size and time must be there. */
int s3_object_from_headers(const struct http_response *response, struct store_object *ret_object, struct error *err);

#endif

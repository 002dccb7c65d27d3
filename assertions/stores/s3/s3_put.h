/*
 * Uploads to S3: in one request what fits a part (upload.h), else as a multipart upload, which is begun with the
 * first byte that does not fit, and whose parts go several at once.
 *
 * A key that is taken is refused, unless it may be overwritten: the store is asked before anything is sent, and again
 * with the last request (If-None-Match), where it knows that condition. When the connection breaks off before the last
 * answer, the object itself is asked which upload it is from. An upload that does not come to its end
 * is taken back with AbortMultipartUpload, also when muster was told to end.
 */
#ifndef MUSTER_STORES_S3_S3_PUT_H
#define MUSTER_STORES_S3_S3_PUT_H

#include "assertions/stores/s3/s3.h"
#include "assertions/stores/upload.h"

#define S3_PUT_TIDY_MS 10000 /* for taking back: kubelet gives 30 s from its signal on, the steps have theirs first */

/* struct store's begin_put(). */
int s3_begin_put(struct store *store, const char *key, const struct upload_options *options, struct upload **ret_upload,
		 struct error *err);

#endif

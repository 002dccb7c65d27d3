/*
 * The requests of an upload to S3, and what their answers mean.
 *
 * docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html, API_CreateMultipartUpload.html, API_UploadPart.html,
 * API_CompleteMultipartUpload.html, API_AbortMultipartUpload.html
 *
 * Every body goes with its real SHA-256, which the signature covers, and with its Content-MD5: buckets with object
 * lock insist on that. No x-amz-checksum-* unless asked for, and never aws-chunked: other stores than AWS refuse both.
 * An object tells in x-amz-meta-muster-upload which upload it is from: that settles what a connection left open
 * that broke off before the answer.
 */
#ifndef MUSTER_STORE_S3_MULTIPART_H
#define MUSTER_STORE_S3_MULTIPART_H

#include "s3.h"
#include "s3_answer.h"
#include "upload.h"

#define S3_MULTIPART_ID_MAX 1024
#define S3_MULTIPART_TOKEN_MAX 33
#define S3_MULTIPART_ETAG_MAX 256
#define S3_MULTIPART_CHECKSUM_MAX 48

struct s3_multipart { /* what the requests of one upload have in common; borrowed texts */
	const char *key; /* whole */
	bool overwrite;
	bool checksum; /* SHA-256 for the store to verify and keep */
	const char *sha256; /* of the whole, where known; "" */
	char token[S3_MULTIPART_TOKEN_MAX]; /* the upload's own */
	char id[S3_MULTIPART_ID_MAX]; /* "" until it is begun as a multipart upload */
};

struct s3_multipart_part { /* a part as the store has it */
	char etag[S3_MULTIPART_ETAG_MAX]; /* as the store wrote it */
	char sha256[S3_MULTIPART_CHECKSUM_MAX]; /* base64; "" */
};

void s3_multipart_init(struct s3_multipart *multipart, const char *key, const struct upload_options *options);

/* All of the object at once. */
enum upload_end s3_multipart_put(struct s3 *s3, const struct s3_multipart *multipart, const void *data, size_t length,
				 struct error *err);

int s3_multipart_begin(struct s3 *s3, struct s3_multipart *multipart, struct error *err);
int s3_multipart_send(struct s3 *s3, const struct s3_multipart *multipart, unsigned number, const void *data,
		      size_t length, struct s3_multipart_part *ret_part, struct error *err);
enum upload_end s3_multipart_complete(struct s3 *s3, const struct s3_multipart *multipart,
				      const struct s3_multipart_part *parts, unsigned count, struct error *err);

/* *ret_gone: the store knows no such upload; it may have been completed. */
int s3_multipart_abort(struct s3 *s3, const struct s3_multipart *multipart, bool *ret_gone, struct error *err);

/* Whether the object is there and from this upload; UPLOAD_UNKNOWN where that cannot be told. */
enum upload_end s3_multipart_look(struct s3 *s3, const struct s3_multipart *multipart, struct error *err);

/* Base64 of so many bytes in hex. */
void s3_multipart_base64(const char *hex, char *ret_text, size_t size);

#endif

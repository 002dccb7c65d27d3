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
#ifndef MUSTER_STORES_S3_S3_MULTIPART_H
#define MUSTER_STORES_S3_S3_MULTIPART_H

#include "assertions/stores/s3/s3.h"
#include "assertions/stores/s3/s3_answer.h"
#include "assertions/stores/s3/s3_checksum.h"
#include "assertions/stores/upload.h"

#define S3_MULTIPART_ID_MAX 1024
#define S3_MULTIPART_TOKEN_MAX 33
#define S3_MULTIPART_ETAG_MAX 256
#define S3_MULTIPART_PATIENCE_MS 2000 /* for the id of an upload that has been begun, once told to end */

struct s3_multipart { /* what the requests of one upload have in common; borrowed texts */
	const char *key; /* whole */
	bool overwrite;
	const struct s3_checksum *checksum; /* for the store to verify and keep; NULL: none */
	char whole[S3_CHECKSUM_TEXT_MAX]; /* it, where it is of the whole and all is known, else "" */
	const char *sha256; /* of the whole, where known; "" */
	char token[S3_MULTIPART_TOKEN_MAX]; /* the upload's own */
	char id[S3_MULTIPART_ID_MAX]; /* "" until it is begun as a multipart upload */
	unsigned doubtful; /* beginnings without an answer: there may be uploads whose id is not known */
	int64_t asked_ms, answered_ms; /* from when to when it was begun, by this machine's clock */
};

struct s3_multipart_part { /* a part as the store has it */
	char etag[S3_MULTIPART_ETAG_MAX]; /* as the store wrote it */
	char checksum[S3_CHECKSUM_TEXT_MAX]; /* "" */
	bool confirmed; /* the store's answer has the checksum */
};

/* What the answers to beginning and completing are read into. */
struct s3_multipart_begun {
	char id[S3_MULTIPART_ID_MAX];
};

struct s3_multipart_completed {
	bool has_etag;
};

extern const struct xml_events s3_multipart_begun_events, s3_multipart_completed_events;

void s3_multipart_init(struct s3_multipart *multipart, const char *key, const struct upload_options *options);

/* All of the object at once. UPLOAD_DONE with an *err where there is something to be said all the same; else it is "". */
enum upload_end s3_multipart_put(struct s3 *s3, const struct s3_multipart *multipart, const void *data, size_t length,
				 struct error *err);

/* The store's client is to be patient: what is begun and not answered can hardly be found again (s3_unfinished.h). */
int s3_multipart_begin(struct s3 *s3, struct s3_multipart *multipart, struct error *err);
int s3_multipart_send(struct s3 *s3, const struct s3_multipart *multipart, unsigned number, const void *data,
		      size_t length, struct s3_multipart_part *ret_part, struct error *err);
enum upload_end s3_multipart_complete(struct s3 *s3, const struct s3_multipart *multipart,
				      const struct s3_multipart_part *parts, unsigned count, struct error *err);

/* That the store ignores the checksum, as it seems. */
void s3_multipart_say_unconfirmed(const struct s3_multipart *multipart, struct error *err);

/* Whether the object is there and from this upload; UPLOAD_UNKNOWN where that cannot be told. */
enum upload_end s3_multipart_look(struct s3 *s3, const struct s3_multipart *multipart, struct error *err);

#endif

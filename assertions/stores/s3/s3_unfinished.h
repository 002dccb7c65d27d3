/*
 * Multipart uploads that do not come to their end: taken back, and found again where nobody was told their id.
 *
 * A part that is on its way may come to the store after the upload was aborted, and is kept (and paid for) then:
 * docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html says to abort again until ListParts finds nothing.
 * That needs s3:ListMultipartUploadParts; without it there are two aborts, one a moment after the other.
 *
 * When the answer to CreateMultipartUpload is lost, the upload may be there without anybody knowing its id.
 * ListMultipartUploads (s3:ListBucketMultipartUploads) tells the uploads of a key: those that were begun in the moment of
 * the request, have no parts, and are not more than there were such requests are the lost ones.
 */
#ifndef MUSTER_STORES_S3_S3_UNFINISHED_H
#define MUSTER_STORES_S3_S3_UNFINISHED_H

#include "assertions/stores/s3/s3.h"
#include "assertions/stores/s3/s3_multipart.h"
#include "assertions/stores/http/xml.h"

#define S3_UNFINISHED_MAX 16 /* uploads of one key that are looked at */

/* *ret_gone: the store knows no such upload; it may have been completed. -1 with an *err that says what is left. */
int s3_unfinished_abort(struct s3 *s3, const struct s3_multipart *multipart, bool *ret_gone, struct error *err);

/* Takes back what was begun without an answer. -1 with an *err that says what may be left; 0 also where there was none. */
int s3_unfinished_sweep(struct s3 *s3, const struct s3_multipart *multipart, struct error *err);

struct s3_unfinished { /* an answer to ListMultipartUploads, as far as it is about one key */
	const char *key; /* set before it is read */
	struct {
		char id[S3_MULTIPART_ID_MAX];
		int64_t begun_ms; /* by the store's clock */
	} uploads[S3_UNFINISHED_MAX];
	unsigned count;
	bool too_many, is_listing;
	bool has_key, has_id, has_time; /* of the entry that is being read */
};

extern const struct xml_events s3_unfinished_events;

struct s3_unfinished_parts { /* an answer to ListParts */
	bool is_listing, has_part;
};

extern const struct xml_events s3_unfinished_parts_events;

#endif

/*
 * What S3 tells of a bucket as a whole: GET ?versioning, ?lifecycle and ?object-lock, and unsigned requests.
 *
 * Some stores answer a subresource that they do not know with a listing, or with nothing: that is STORE_UNSUPPORTED or
 * STORE_BROKEN, and says nothing of the bucket. Where there is no configuration the lifecycle is empty and the lock off.
 * docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html and its neighbours.
 */
#ifndef MUSTER_STORES_S3_S3_BUCKET_H
#define MUSTER_STORES_S3_S3_BUCKET_H

#include "assertions/stores/bucket.h"
#include "assertions/stores/http/xml.h"

extern const struct bucket_calls s3_bucket_calls;

/* The documents, as xml_read() tells them; the context is a struct s3_bucket_reading. */
enum s3_bucket_document { S3_BUCKET_VERSIONING, S3_BUCKET_LIFECYCLE, S3_BUCKET_LOCK };

struct s3_bucket_reading {
	enum s3_bucket_document document;
	char root[64]; /* of what came */
	bool has_status, is_nonsense; /* a word or a number that cannot be right */
	enum bucket_versioning versioning;
	struct bucket_lifecycle lifecycle;
	struct bucket_lock lock;
};

extern const struct xml_events s3_bucket_events;

/* Whether it was the document, and all of it could be understood. */
bool s3_bucket_is_understood(const struct s3_bucket_reading *reading);

/* s3_stranger.c: the unsigned requests */
enum bucket_door s3_bucket_unsigned_listing(struct store *store, struct error *err);
enum bucket_door s3_bucket_unsigned_object(struct store *store, const char *key, struct error *err);

#endif

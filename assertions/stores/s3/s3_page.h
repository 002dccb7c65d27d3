/*
 * One page of a bucket's listing, read from <ListBucketResult>, version 1 or 2.
 *
 * docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html, API_ListObjects.html
 */
#ifndef MUSTER_STORES_S3_S3_PAGE_H
#define MUSTER_STORES_S3_S3_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assertions/base/buffer.h"
#include "assertions/base/error.h"
#include "assertions/stores/store.h"
#include "assertions/stores/http/xml.h"

#define S3_PAGE_KEYS_MAX ((size_t)100000)
#define S3_TOKEN_MAX 4096

struct s3_page_entry {
	size_t key, etag; /* where they begin in `text` */
	int64_t size_bytes, modified_ms;
};

struct s3_page {
	struct s3_page_entry *entries;
	size_t count, capacity;
	struct buffer text;
	bool truncated_known, truncated; /* <IsTruncated>: there is more */
	bool url_encoded;
	bool has_marker; /* only version 1 has <Marker> */
	char next_token[S3_TOKEN_MAX];
	char next_marker[S3_TOKEN_MAX];
	bool has_key, has_size, has_modified; /* of the entry that is being read */
};

void s3_page_init(struct s3_page *page);
void s3_page_clear(struct s3_page *page);
void s3_page_release(struct s3_page *page);

/* For xml_read() and the like, with the page as the context. */
extern const struct xml_events s3_page_events;

/* After the last byte: whether it was a listing, and all there. Keys that came URL-encoded are decoded now. */
int s3_page_finish(struct s3_page *page, struct error *err);

const char *s3_page_key(const struct s3_page *page, size_t index);

/* -1 where a key is longer than a key can be. */
int s3_page_object(const struct s3_page *page, size_t index, size_t prefix_length, struct store_object *ret_object,
		   struct error *err);

#endif

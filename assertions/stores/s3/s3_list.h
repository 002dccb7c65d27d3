/*
 * The keys of a bucket, a page at a time: ListObjectsV2, and version 1 where the server knows no other.
 *
 * A page is told to the caller when it has come whole, so that asking for one again tells nothing twice;
 * memory is that of a page, whatever the bucket holds.
 */
#ifndef MUSTER_STORES_S3_S3_LIST_H
#define MUSTER_STORES_S3_S3_LIST_H

#include "assertions/stores/s3/s3.h"
#include "assertions/stores/s3/s3_answer.h"
#include "assertions/stores/s3/s3_page.h"

#define S3_PAGES_MAX 10000000u
#define S3_EMPTY_PAGES_MAX 1000u /* in a row */

/* struct store's list(). */
enum store_status s3_list(struct store *store, const char *prefix,
			  int (*found)(void *context, const struct store_object *object), void *context,
			  struct error *err);

/* The same with the whole answer, which needs no release; at most `page_keys` (a number) keys a page. */
void s3_list_ask(struct s3 *s3, const char *prefix, const char *page_keys,
		 int (*found)(void *context, const struct store_object *object), void *context,
		 struct s3_answer *ret_answer);

#endif

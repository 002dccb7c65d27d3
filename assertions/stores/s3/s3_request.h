/*
 * One request to S3: signed, sent, judged, and asked again where that may help.
 *
 * Again means: signed afresh; after a wait where the trouble is transient (s3_answer.h), within the store's
 * timeout; once with the store's clock where it refuses ours; once for the region that the store names.
 * Nothing else is repeated, and no redirect is followed.
 */
#ifndef MUSTER_STORES_S3_S3_REQUEST_H
#define MUSTER_STORES_S3_S3_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "assertions/stores/s3/s3.h"
#include "assertions/stores/s3/s3_answer.h"
#include "assertions/stores/http/sigv4.h"
#include "assertions/stores/http/xml.h"

#define S3_PAIRS_MAX 8
#define S3_XML_MAX ((size_t)16 << 20) /* of an answer that is read as XML */

struct s3_request {
	const char *method;
	const char *key; /* whole; NULL: the bucket */
	struct sigv4_pair query[S3_PAIRS_MAX];
	size_t query_count;
	struct sigv4_pair headers[S3_PAIRS_MAX]; /* x-amz-*, Range and the like; host, date and hash are added */
	size_t header_count;
	const void *body; /* to be sent, "" where it is empty; NULL: none */
	size_t body_length;
	const char *body_sha256; /* lower case hex, of what is sent */
	bool once; /* no second attempt where that might help */
	bool stream; /* the body of a good answer is the caller's to read */
	/* Else a good answer's body is read as XML; an <Error> in it makes it a bad one. NULL: the body is passed over. */
	const struct xml_events *xml;
	void *xml_context;
	void (*xml_begin)(void *context); /* before every attempt: forget what was read; may be NULL */
	bool (*xml_complete)(void *context,
			     struct error *err); /* whether the document was what was asked for; may be NULL */
	const char *what; /* for messages: "listing" */
	const char *subject; /* for messages, where there is no key; NULL */
	const char *permission; /* for hints: "s3:ListBucket" */
};

void s3_request_add_query(struct s3_request *request, const char *name, const char *value);
void s3_request_add_header(struct s3_request *request, const char *name, const char *value);

/* Always to be released. `status` is STORE_OK for 200, 204 and 206 only. */
void s3_ask(struct s3 *s3, const struct s3_request *request, struct s3_answer *ret_answer);
void s3_answer_release(struct s3_answer *answer);

#endif

/*
 * One request to Bunny's storage: sent, judged, and asked again where that may help, within the store's timeout.
 */
#ifndef MUSTER_STORES_BUNNY_BUNNY_REQUEST_H
#define MUSTER_STORES_BUNNY_BUNNY_REQUEST_H

#include "assertions/stores/bunny/bunny.h"
#include "assertions/stores/bunny/bunny_answer.h"

#define BUNNY_HEADERS_MAX 4

struct bunny_request {
	const char *method;
	const char *key; /* whole; "" or one that ends in "/": a folder */
	const char *headers[BUNNY_HEADERS_MAX]; /* "name: value"; as many as are not NULL */
	const void *body; /* sent with its length; NULL: none */
	size_t body_length;
	/*
	 * Reads a good answer's body. -1: it makes no sense, or broke off (*failure is set then, else *err). NULL: the body
	 * is the caller's to read from the answer's exchange.
	 */
	int (*read)(void *context, struct http_exchange *exchange, struct http_failure *failure, struct error *err);
	void *context;
	const char *what; /* for messages: "listing" */
};

/* Always to be released. `status` is STORE_OK for 200, 201 and 206 only, and where the body was read. */
void bunny_ask(struct bunny *bunny, const struct bunny_request *request, struct bunny_answer *ret_answer);
void bunny_answer_release(struct bunny_answer *answer);

#endif

/* What the fields of an answer say of the bytes in it (RFC 9110): numbers, ranges, entity tags. */
#ifndef MUSTER_STORES_HTTP_HTTP_FIELDS_H
#define MUSTER_STORES_HTTP_HTTP_FIELDS_H

#include "assertions/stores/http/http.h"

/* The whole number of a field, or -1. */
int64_t http_number(const struct http_response *response, const char *name);

/* "bytes 5-9/10": its begin and the whole size. -1: it is none. */
int http_range(const char *text, int64_t *ret_begin, int64_t *ret_size);

/* An ETag without its quotes, hexadecimal digits in lower case; "" where it does not fit. */
void http_etag(const char *text, char *ret_etag, size_t room);

#endif

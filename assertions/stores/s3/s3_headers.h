/*
 * What the headers of HEAD and GET say of an object besides its size, time and ETag: checksums that the store made, its
 * version, class, encryption, and when it goes or may go. Whatever cannot be understood is left out, as if it had not been said.
 *
 * docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html; cloud.google.com/storage/docs/xml-api/reference-headers
 */
#ifndef MUSTER_STORES_S3_S3_HEADERS_H
#define MUSTER_STORES_S3_S3_HEADERS_H

#include "assertions/stores/http/http.h"
#include "assertions/stores/store.h"

/* Fills them in an object whose part_count is known. */
void s3_headers_take(const struct http_response *response, struct store_object *object);

/* Standard base64 of exactly so many bytes, as lower case hex; false, and "", where it is something else. */
bool s3_headers_base64(const char *text, size_t length, size_t bytes, char *ret_hex);

#endif

/*
 * Where a bucket's requests go: "https://host[:port][/path]", and how bucket and key are written into it.
 */
#ifndef MUSTER_STORES_ENDPOINT_H
#define MUSTER_STORES_ENDPOINT_H

#include <stdbool.h>

#include "assertions/base/error.h"

#define ENDPOINT_HOST_MAX 256
#define ENDPOINT_PATH_MAX 512

struct endpoint {
	bool tls;
	char host[ENDPOINT_HOST_MAX]; /* lower case; an IPv6 address in its brackets */
	int port; /* 0: the scheme's own */
	char path[ENDPOINT_PATH_MAX]; /* "" or "/a/b", percent-encoded as given */
};

/* Without a scheme it is https: nothing is sent in the clear that does not say so. */
int endpoint_parse(const char *text, struct endpoint *ret_endpoint, struct error *err);

/* AWS's own for S3 in a region. */
int endpoint_of_region(const char *region, struct endpoint *ret_endpoint, struct error *err);

bool endpoint_is_aws(const struct endpoint *endpoint);
bool endpoint_is_google(const struct endpoint *endpoint);
/* The region that a store's host is named after and that nothing else would tell (Bunny's S3 mode); "" for others. */
void endpoint_own_region(const struct endpoint *endpoint, char ret_region[ENDPOINT_HOST_MAX]);
bool endpoint_is_address(const struct endpoint *endpoint); /* numeric: no bucket can stand in front of it */

/* "https://host:port/path", without a "/" at the end. The caller frees. */
char *endpoint_text(const struct endpoint *endpoint);

/* Where a request goes; `host` is the Host header, `path` as sent and signed. Release with endpoint_target_release(). */
struct endpoint_target {
	char *host;
	char *path;
};

/* `key` NULL: the bucket itself. */
void endpoint_target(const struct endpoint *endpoint, bool virtual_host, const char *bucket, const char *key,
		     struct endpoint_target *ret_target);
void endpoint_target_release(struct endpoint_target *target);

#endif

/*
 * Object stores that speak S3: AWS, UpCloud, Ceph, MinIO, Swift, Cloudflare, Google in its S3 mode, and others.
 *
 * Parts, from the bottom: http.h (transport), sigv4.h (signing), s3_request.h (one request, tried again where
 * that helps), s3_answer.h (what an answer means), s3_list.h, s3_object.h, s3_read.h, s3_probe.h (the driver's calls), s3.c
 * (configuration). What is in this header is shared among these and is nobody else's.
 */
#ifndef MUSTER_STORES_S3_S3_H
#define MUSTER_STORES_S3_S3_H

#include <stdbool.h>
#include <stdint.h>

#include "assertions/stores/credentials/credentials.h"
#include "assertions/stores/endpoint.h"
#include "assertions/stores/http/http.h"
#include "assertions/stores/store.h"

#define S3_REGION_MAX 64

struct s3_parameters {
	const char *endpoint; /* NULL, as region and ca_file: see s3_settings.h */
	const char *region;
	const char *bucket;
	const char *prefix; /* NULL: none; put in front of every key as it stands */
	int addressing; /* enum s3_addressing, -1: by the endpoint */
	const char *ca_file;
	int64_t timeout_ms; /* how long what fails for the moment is tried again; also the longest silence */
	struct s3_retry_parameters *retry; /* NULL: the defaults */
	bool plain_head; /* HEAD asks for no checksums */
	struct credentials_parameters *credentials;
};

struct s3_retry_parameters {
	int64_t budget_ms; /* PARAMETER_UNSET: the store's timeout */
	int64_t attempts;
};

enum s3_addressing { S3_PATH, S3_VIRTUAL };

struct s3 {
	struct store store; /* first: a struct store * is a struct s3 * */
	struct endpoint endpoint;
	bool endpoint_follows_region; /* AWS's own: another region is another host */
	bool virtual_host;
	char region[S3_REGION_MAX]; /* signed for; corrected where the store says otherwise */
	char declared_region[S3_REGION_MAX];
	char *bucket;
	char *prefix; /* "" */
	int64_t timeout_ms;
	int64_t retry_budget_ms;
	unsigned retry_attempts;
	bool plain_head; /* also once the store has refused x-amz-checksum-mode */
	int64_t signing_offset_ms; /* added to our clock, once the store refused ours */
	bool clock_known;
	struct s3_identity *identity;
	struct http_client *http;
};

extern const struct store_driver s3_driver;

/* How long and how often the store's manifest lets what fails for the moment be tried. */
struct backoff;
void s3_backoff_begin(const struct s3 *s3, struct backoff *backoff);

/* The whole key; the caller frees. */
char *s3_whole_key(const struct s3 *s3, const char *key);

#endif

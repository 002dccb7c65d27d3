/*
 * What the codes of S3's errors mean, and what to change: docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html and
 * those that MinIO, Ceph and Swift add.
 */
#ifndef MUSTER_STORES_S3_S3_MEANING_H
#define MUSTER_STORES_S3_S3_MEANING_H

#include <stdbool.h>

#include "assertions/stores/store.h"

struct s3_meaning {
	const char *code;
	const char *message_part; /* NULL: whatever the message says; else in any case */
	enum store_status status;
	bool transient;
	const char *words; /* NULL: those of the status */
	const char *hint; /* "@" stands for the bucket, "#" for where the credentials come from; NULL: that of the status */
	bool about_region; /* the hint goes on with what the store says of it */
};

/* NULL where the code is not known. */
const struct s3_meaning *s3_meaning_find(const char *code, const char *message);

#endif

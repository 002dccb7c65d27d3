/*
 * What an S3 server's answer means: STORES speak in status codes and <Code>s, not all of them in both,
 * and <Message> may be empty.
 *
 * docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html; x-minio-error-code is MinIO's way to give the code to HEAD.
 */
#ifndef MUSTER_STORES_S3_S3_ANSWER_H
#define MUSTER_STORES_S3_S3_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "assertions/base/error.h"
#include "assertions/stores/http/http.h"
#include "assertions/stores/store.h"
#include "assertions/stores/http/xml.h"

#define S3_CODE_MAX 64
#define S3_SKEW_MS_MAX 900000 /* what stores allow a clock to be off */
#define S3_ERROR_BODY_MAX ((size_t)64 << 10)

struct s3_answer {
	enum store_status status;
	int http_status; /* 0: nobody answered */
	bool transient; /* may be otherwise if asked again */
	unsigned doubtful; /* attempts that may have been carried out although no good answer came */
	unsigned attempts_max; /* 0: as many as fit; else for this kind of trouble */
	char code[S3_CODE_MAX]; /* "NoSuchBucket"; "" where the answer had none */
	char message[256]; /* the server's own words, harmless to print; "" */
	char request_id[128];
	char region[64]; /* where the bucket is, if the answer said so */
	char endpoint[256]; /* where the answer says that the bucket is to be asked; harmless to print, not to be believed */
	bool delete_marker;
	bool has_date;
	int64_t clock_offset_ms; /* its clock minus ours */
	int64_t retry_after_ms;
	struct http_failure failure; /* for http_status 0 */
	struct http_exchange *exchange; /* with its body still to be read where the request asked for a stream */
	struct error error; /* one sentence for people */
	char hint[512];
};

/* Events that fill code, message and region from an <Error>; for xml_read() with the answer as its context. */
extern const struct xml_events s3_answer_error_events;

/* What every answer's headers say. */
void s3_answer_take_headers(struct s3_answer *answer, const struct http_response *response);

/* The status, from what has been taken: http_status, code, headers. `about_object`: a key was asked for. */
void s3_answer_judge(struct s3_answer *answer, bool about_object);

/* The same for what was no answer. */
void s3_answer_judge_failure(struct s3_answer *answer);

/* The same for what came whole and still is not what was asked for; another may be. */
void s3_answer_judge_nonsense(struct s3_answer *answer, const struct error *err);

struct s3_question { /* for the words */
	const char *what; /* "listing", "asked for": after "when" */
	const char *bucket;
	const char *key; /* NULL: the bucket */
	const char *origin; /* "https://host" */
	const char *permission; /* "s3:ListBucket" */
	const char *credentials; /* where they were found */
	unsigned attempts;
	int64_t elapsed_ms;
};

/* Fills `error` and `hint`. */
void s3_answer_describe(struct s3_answer *answer, const struct s3_question *question);

/* A region as it may stand in a host name, and nothing else. */
bool s3_answer_is_region(const char *text);

#endif

/*
 * What the parts of s3.h share, from the bottom: http.h (transport), sigv4.h (signing), s3_settings.c and s3_keyring.c (where
 * requests go, and in whose name), s3_answer.c (what an answer means), s3_request.c (one request, tried again where that
 * helps), then the driver's calls, and s3.c (configuration). Only for these.
 */
#ifndef MUSTER_STORES_S3_S3_PRIVATE_H
#define MUSTER_STORES_S3_S3_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assertions/base/buffer.h"
#include "assertions/base/error.h"
#include "assertions/bytes/checksum.h"
#include "assertions/stores/bucket.h"
#include "assertions/stores/credentials/credentials.h"
#include "assertions/stores/endpoint.h"
#include "assertions/stores/http/http.h"
#include "assertions/stores/http/sigv4.h"
#include "assertions/stores/http/xml.h"
#include "assertions/stores/s3/s3.h"
#include "assertions/stores/upload.h"

#define S3_REGION_MAX 64

struct s3_parameters {
	const char *endpoint; /* NULL, as region and ca_file: see struct s3_settings */
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
	struct s3_keyring *keyring;
	struct http_client *http;
};

/* How long and how often the store's manifest lets what fails for the moment be tried. */
struct backoff;
void s3_backoff_begin(const struct s3 *s3, struct backoff *backoff);

/* The whole key; the caller frees. */
char *s3_whole_key(const struct s3 *s3, const char *key);

/* That an object can have the key. */
int s3_check_key(const struct s3 *s3, const char *key, struct error *err);

/* Where a store's requests go and by what name, where the manifest leaves it open: as AWS's tools find it. */
struct s3_choice {
	char *value; /* NULL: none is made */
	const char *origin; /* for people: "AWS_REGION" */
};

struct s3_settings {
	struct s3_choice endpoint; /* value NULL: AWS's own of the region */
	struct s3_choice region;
	struct s3_choice ca_file; /* value NULL: the system's */
	struct s3_choice services_ca_file; /* for STS and the like: whatever the manifest says of the store */
	int addressing; /* enum s3_addressing, -1: by the endpoint */
};

/* `s3cfg` NULL: none. */
void s3_settings_find(const struct s3_parameters *declared, const struct profile_search *profile,
		      const struct s3cfg *s3cfg, struct s3_settings *ret_settings);
void s3_settings_release(struct s3_settings *settings);

/*
 * The credentials that a store signs with, found again where they are about to expire, or where the store refuses them: in
 * Kubernetes files of secrets are swapped while a run goes on. May be shared among threads.
 */
#define S3_KEYRING_EARLY_MS 300000 /* before they expire */

struct s3_keyring;

struct s3_keys { /* of one request; s3_keys_release() overwrites them */
	char *access_key, *secret_key, *session_token;
	char *origin;
	unsigned generation;
};

/*
 * Finds credentials and settings for what the manifest declares, which is borrowed for as long as the keyring lives. The
 * settings are there (to be released) also where it fails for want of credentials. `note` as in credentials.h, or NULL.
 */
struct s3_keyring *s3_keyring_new(const struct s3_parameters *declared,
				  void (*note)(void *context, const char *place, const char *finding), void *context,
				  struct s3_settings *ret_settings, struct error *err);
void s3_keyring_free(struct s3_keyring *keyring); /* NULL is harmless */

/* A copy of what is good now; looks for later ones before, where that is due. */
void s3_keyring_copy(struct s3_keyring *keyring, struct s3_keys *ret_keys);
void s3_keys_release(struct s3_keys *keys);

/* After a store refused those of that generation: true where there are others now, which may be tried. */
bool s3_keyring_renew(struct s3_keyring *keyring, unsigned generation);

/*
 * What an S3 server's answer means: STORES speak in status codes and <Code>s, not all of them in both,
 * and <Message> may be empty.
 *
 * docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html; x-minio-error-code is MinIO's way to give the code to HEAD.
 */
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
	char endpoint
		[256]; /* where the answer says that the bucket is to be asked; harmless to print, not to be believed */
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

/* The same with what the body of a bad one says. */
void s3_answer_read_error(struct s3_answer *answer, bool about_object);

/* The same for what was no answer. */
void s3_answer_judge_failure(struct s3_answer *answer);

/* The same for what came whole and still is not what was asked for; another may be. */
void s3_answer_judge_nonsense(struct s3_answer *answer, const struct error *err);

struct s3_question { /* for messages */
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

/*
 * What the codes of S3's errors mean, and what to change: docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html and
 * those that MinIO, Ceph and Swift add.
 */
struct s3_error_code {
	const char *code;
	const char *message_part; /* NULL: whatever the message says; else in any case */
	enum store_status status;
	bool transient;
	const char *sentence; /* NULL: that of the status */
	const char *
		hint; /* "@" stands for the bucket, "#" for where the credentials come from; NULL: that of the status */
	bool about_region; /* the hint goes on with what the store says of it */
};

/* NULL where the code is not known. */
const struct s3_error_code *s3_error_code_find(const char *code, const char *message);

/*
 * One request to S3: signed, sent, judged, and asked again where that may help.
 *
 * Again means: signed afresh; after a wait where the trouble is transient (struct s3_answer), within the store's
 * timeout; once with the store's clock where it refuses ours; once for the region that the store names.
 * Nothing else is repeated, and no redirect is followed.
 */
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
	int (*xml_check)(void *context, struct error *err); /* that the document was what was asked for; may be NULL */
	const char *what; /* for messages: "listing" */
	const char *subject; /* for messages, where there is no key; NULL */
	const char *permission; /* for hints: "s3:ListBucket" */
};

void s3_request_add_query(struct s3_request *request, const char *name, const char *value);
void s3_request_add_header(struct s3_request *request, const char *name, const char *value);

/* Always to be released. `status` is STORE_OK for 200, 204 and 206 only. */
void s3_ask(struct s3 *s3, const struct s3_request *request, struct s3_answer *ret_answer);
void s3_answer_release(struct s3_answer *answer);

/* The checksums that S3 stores verify while something is uploaded, and keep: x-amz-checksum-*, sent only where asked for. */
#define S3_CHECKSUM_TEXT_MAX 48

struct s3_checksum {
	enum store_algorithm algorithm;
	enum checksum_algorithm computed;
	size_t bytes;
	const char *word; /* the manifest's: "crc64nvme" */
	const char *name; /* in headers: "CRC64NVME" */
	const char *header; /* "x-amz-checksum-crc64nvme" */
	const char *element; /* of XML: "ChecksumCRC64NVME" */
	bool of_whole; /* also of an object in parts */
};

const struct s3_checksum *s3_checksum_find(enum store_algorithm algorithm); /* NULL: STORE_NO_CHECKSUM */

/* As it is written into headers: base64, the high byte first. */
void s3_checksum_of(const struct s3_checksum *checksum, const void *data, size_t length,
		    char ret_text[S3_CHECKSUM_TEXT_MAX]);

/* The same piece by piece, of the whole; s3_checksum_end() frees it. */
struct checksum *s3_checksum_begin(const struct s3_checksum *checksum);
void s3_checksum_end(struct checksum *running, char ret_text[S3_CHECKSUM_TEXT_MAX]);

/* Base64 of so many bytes in hex. */
void s3_checksum_base64(const char *hex, char *ret_text, size_t size);

/*
 * What a store says of one object: from the headers of HEAD, or of GET with or without a range. The size must be there; modified_ms
 * is 0 where the time is not, or cannot be understood.
 */
int s3_object_from_headers(const struct http_response *response, struct store_object *ret_object, struct error *err);

#define S3_PARTS_MAX 10000u
#define S3_PARTS_ASKED_MAX 300u

/* N of an ETag of N parts, else 0. */
unsigned s3_parts_of_etag(const char *etag);

/* Fills part_size and part_runs of an object with a part_count; length() gives that of a part by its number, from 1, or -1. */
void s3_parts_find_by(int64_t (*length)(void *context, unsigned number), void *context, struct store_object *object);

/* One page of a bucket's listing, read from <ListBucketResult>, version 1 or 2. */
#define S3_TOKEN_MAX 4096

struct s3_listed_object {
	size_t key, etag; /* where they begin in `text` */
	int64_t size_bytes, modified_ms;
};

struct s3_key_page {
	struct s3_listed_object *objects;
	size_t count, capacity;
	struct buffer text;
	bool truncated_known, truncated; /* <IsTruncated>: there is more */
	bool url_encoded;
	bool has_marker; /* only version 1 has <Marker>, though not everywhere */
	bool has_token; /* only version 2 has <NextContinuationToken> and <KeyCount> */
	char next_token[S3_TOKEN_MAX];
	char next_marker[S3_TOKEN_MAX];
	bool has_key, has_size, has_modified; /* of the one that is being read */
};

void s3_key_page_init(struct s3_key_page *page);
void s3_key_page_clear(struct s3_key_page *page);
void s3_key_page_release(struct s3_key_page *page);

/* For xml_read() and the like, with the page as the context. */
extern const struct xml_events s3_key_page_events;

/* After the last byte: whether it was a listing, and all there. Keys that came URL-encoded are decoded now. */
int s3_key_page_finish(struct s3_key_page *page, struct error *err);

const char *s3_key_page_key(const struct s3_key_page *page, size_t index);

/* -1 where a key is longer than a key can be. */
int s3_key_page_object(const struct s3_key_page *page, size_t index, size_t prefix_length,
		       struct store_object *ret_object, struct error *err);

/* list() with the whole answer, which needs no release; at most `page_keys` (a number) keys a page. */
void s3_list_ask(struct s3 *s3, const char *prefix, const char *page_keys,
		 int (*found)(void *context, const struct store_object *object), void *context,
		 struct s3_answer *ret_answer);

/* What S3 tells of a bucket as a whole: the documents, as xml_read() tells them with a struct s3_bucket_reading as the context. */
enum s3_bucket_document { S3_BUCKET_VERSIONING, S3_BUCKET_LIFECYCLE, S3_BUCKET_LOCK };

struct s3_bucket_reading {
	enum s3_bucket_document document;
	char root[64]; /* of what came */
	bool has_status, is_nonsense; /* a word or a number that cannot be right */
	enum bucket_versioning versioning;
	struct bucket_lifecycle lifecycle;
	struct bucket_lock lock;
};

extern const struct xml_events s3_bucket_events;

/* Whether it was the document, and all of it could be understood. */
bool s3_bucket_is_understood(const struct s3_bucket_reading *reading);

/* The requests of an upload to S3, and what their answers mean. */
#define S3_MULTIPART_ID_MAX 1024
#define S3_MULTIPART_TOKEN_MAX 33
#define S3_META_TOKEN "x-amz-meta-muster-upload"
#define S3_MULTIPART_ETAG_MAX 256

struct s3_body { /* that a request sends, and what is said of it */
	const void *data;
	size_t length;
	char sha256[65];
	char checksum[S3_CHECKSUM_TEXT_MAX]; /* "" */
	char md5_base64[32];
};

void s3_body_init(struct s3_body *body, const struct s3_checksum *checksum, const void *data, size_t length);
void s3_request_set_body(struct s3_request *request, const struct s3_body *body); /* but for Content-MD5 and checksum */

struct s3_multipart { /* what the requests of one upload have in common; borrowed texts */
	const char *key; /* whole */
	bool overwrite;
	const struct s3_checksum *checksum; /* for the store to verify and keep; NULL: none */
	char whole[S3_CHECKSUM_TEXT_MAX]; /* it, where it is of the whole and all is known, else "" */
	const char *sha256; /* of the whole, where known; "" */
	char token[S3_MULTIPART_TOKEN_MAX]; /* the upload's own */
	char id[S3_MULTIPART_ID_MAX]; /* "" until it is begun as a multipart upload */
	unsigned doubtful; /* beginnings without an answer: there may be uploads whose id is not known */
	int64_t asked_ms, answered_ms; /* from when to when it was begun, by this machine's clock */
};

struct s3_multipart_part { /* a part as the store has it */
	char etag[S3_MULTIPART_ETAG_MAX]; /* as the store wrote it */
	char checksum[S3_CHECKSUM_TEXT_MAX]; /* "" */
	bool confirmed; /* the store's answer has the checksum */
};

/* What the answers to beginning and completing are read into. */
struct s3_multipart_begun {
	char id[S3_MULTIPART_ID_MAX];
};

struct s3_multipart_completed {
	bool has_etag;
};

extern const struct xml_events s3_multipart_begun_events, s3_multipart_completed_events;

void s3_multipart_init(struct s3_multipart *multipart, const char *key, const struct upload_options *options);

/* All of the object at once. UPLOAD_DONE with an *err where there is something to be said all the same; else it is "". */
enum upload_end s3_multipart_put(struct s3 *s3, const struct s3_multipart *multipart, const void *data, size_t length,
				 struct error *err);

/* The store's client is to be patient: what is begun and not answered can hardly be found again (s3_unfinished_sweep()). */
int s3_multipart_begin(struct s3 *s3, struct s3_multipart *multipart, struct error *err);
int s3_multipart_send(struct s3 *s3, const struct s3_multipart *multipart, unsigned number, const void *data,
		      size_t length, struct s3_multipart_part *ret_part, struct error *err);
enum upload_end s3_multipart_complete(struct s3 *s3, const struct s3_multipart *multipart,
				      const struct s3_multipart_part *parts, unsigned count, struct error *err);

/* That the store ignores the checksum, as it seems. */
void s3_multipart_say_unconfirmed(const struct s3_multipart *multipart, struct error *err);

/* Whether the object is there and from this upload; UPLOAD_UNKNOWN where that cannot be told. */
enum upload_end s3_multipart_find(struct s3 *s3, const struct s3_multipart *multipart, struct error *err);

/*
 * The parts of one upload on their way to the store, several at once, each in a thread with a connection of its own.
 *
 *     struct s3_part_senders *senders = s3_part_senders_new(s3, &multipart, count);
 *     s3_part_senders_give(senders, number, &data, &capacity, length, &err);       waits until a sender is free
 *     s3_part_senders_finish(senders, &err);                                       waits until all parts have come
 *     ... s3_part_senders_parts(senders, &count) ...
 *     s3_part_senders_free(senders);
 *
 * A part is signed afresh and sent again as s3_ask() does it; the first that fails for good ends all others.
 */
struct s3_part_senders;

/* The multipart upload has been begun; it and the store are borrowed. */
struct s3_part_senders *s3_part_senders_new(const struct s3 *s3, const struct s3_multipart *multipart, unsigned count);

/* Parts in their order, from 1. The data is taken, and memory to fill with the next part given for it; NULL with a capacity of 0 is such. */
int s3_part_senders_give(struct s3_part_senders *senders, unsigned number, unsigned char **data, size_t *capacity,
			 size_t length, struct error *err);
int s3_part_senders_finish(struct s3_part_senders *senders, struct error *err);
const struct s3_multipart_part *s3_part_senders_parts(const struct s3_part_senders *senders, unsigned *ret_count);

/* What is still on its way is broken off. NULL is harmless. */
void s3_part_senders_free(struct s3_part_senders *senders);

/*
 * The same store for another thread, with a connection of its own; `deaf`: also when muster was told to end.
 * Released with s3_copy_release().
 */
void s3_copy_for_thread(const struct s3 *s3, int64_t silence_ms, bool deaf, struct s3 *ret_copy);
void s3_copy_release(struct s3 *copy);

/* Multipart uploads that do not come to their end: taken back, and found again where nobody was told their id. */
#define S3_UNFINISHED_MAX 16 /* uploads of one key that are looked at */

/* *ret_gone: the store knows no such upload; it may have been completed. -1 with an *err that says what is left. */
int s3_unfinished_abort(struct s3 *s3, const struct s3_multipart *multipart, bool *ret_gone, struct error *err);

/* Takes back what was begun without an answer. -1 with an *err that says what may be left; 0 also where there was none. */
int s3_unfinished_sweep(struct s3 *s3, const struct s3_multipart *multipart, struct error *err);

struct s3_unfinished { /* an answer to ListMultipartUploads, as far as it is about one key */
	const char *key; /* set before it is read */
	struct {
		char id[S3_MULTIPART_ID_MAX];
		int64_t begun_ms; /* by the store's clock */
	} uploads[S3_UNFINISHED_MAX];
	unsigned count;
	bool too_many, is_listing;
	bool has_key, has_id, has_time; /* of the one that is being read */
};

extern const struct xml_events s3_unfinished_events;

struct s3_unfinished_parts { /* an answer to ListParts */
	bool is_listing, has_part;
};

extern const struct xml_events s3_unfinished_parts_events;

/* What a struct store's driver can do; upload.h, download.h and bucket.h say what that means. */
enum store_status s3_list(struct store *store, const char *prefix,
			  int (*found)(void *context, const struct store_object *object), void *context,
			  struct error *err);
enum store_status s3_head(struct store *store, const char *key, struct store_object *ret_object, struct error *err);
enum store_status s3_get_range(struct store *store, const char *key, const struct store_object *expected, int64_t from,
			       unsigned char *into, size_t length, struct error *err);
enum store_status s3_get(struct store *store, const char *key, const struct store_object *expected,
			 struct source **ret_source, struct error *err);
void s3_probe(struct store *store, struct store_probe *ret_probe);
int s3_begin_put(struct store *store, const char *key, const struct upload_options *options, struct upload **ret_upload,
		 struct error *err);
extern const struct bucket_calls s3_bucket_calls;

#endif

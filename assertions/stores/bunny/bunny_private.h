/*
 * What the parts of bunny.h share, from the bottom: bunny_request.c (one request, tried again where that helps, and what its
 * answer means), bunny_json.c (what is said of a file), bunny_list.c, bunny_object.c, bunny_put.c (the driver's calls),
 * bunny.c (configuration). Only for these.
 */
#ifndef MUSTER_STORES_BUNNY_BUNNY_PRIVATE_H
#define MUSTER_STORES_BUNNY_BUNNY_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assertions/base/error.h"
#include "assertions/value/parameter.h"
#include "assertions/stores/bunny/bunny.h"
#include "assertions/stores/endpoint.h"
#include "assertions/stores/http/http.h"
#include "assertions/stores/upload.h"

struct bunny_parameters {
	int region; /* enum bunny_region */
	const char *zone;
	const char *prefix; /* NULL: none; put in front of every key as it stands */
	struct secret *access_key;
	const char *endpoint; /* NULL: the region's */
	const char *ca_file; /* NULL: the system's */
	int64_t timeout_ms; /* how long what fails for the moment is tried again; also the longest silence */
};

/* In the order of the manifest's words. */
enum bunny_region {
	BUNNY_DE,
	BUNNY_UK,
	BUNNY_NY,
	BUNNY_LA,
	BUNNY_SG,
	BUNNY_SE,
	BUNNY_BR,
	BUNNY_JH,
	BUNNY_SYD,
};

struct bunny {
	struct store store; /* first: a struct store * is a struct bunny * */
	struct endpoint endpoint;
	char *zone;
	char *prefix; /* "" */
	char *access_key;
	int64_t timeout_ms;
	bool clock_known;
	struct http_client *http;
};

/* The whole key; the caller frees. */
char *bunny_whole_key(const struct bunny *bunny, const char *key);

/* Whether a file can have the whole key: no part of it is empty, "." or "..", and it fits. */
bool bunny_is_key(const char *whole);

/*
 * What an answer of Bunny's storage means: a status, and {"HttpCode": 404, "Message": "Object Not Found"} where it is not a
 * good one.
 */
#define BUNNY_ERROR_BODY_MAX ((size_t)16 << 10)
#define BUNNY_HINT_MAX 512

struct bunny_answer {
	enum store_status status;
	int http_status; /* 0: nobody answered */
	bool transient; /* may be otherwise if asked again */
	unsigned attempts_max; /* 0: as many as fit; else for this kind of trouble */
	bool is_bunnys; /* it speaks as Bunny does: what it says of keys may be believed */
	char message[256]; /* the server's own words, harmless to print; "" */
	bool has_date;
	int64_t clock_offset_ms; /* its clock minus ours */
	int64_t retry_after_ms;
	struct http_failure failure; /* for http_status 0 */
	struct http_exchange *exchange;
	unsigned attempts; /* this one included */
	struct error error; /* one sentence for people */
	char hint[BUNNY_HINT_MAX];
};

/* What every answer's headers say. */
void bunny_answer_take_headers(struct bunny_answer *answer, const struct http_response *response);

/* What the body of an answer that is not a good one says. */
void bunny_answer_take_body(struct bunny_answer *answer, const char *body, size_t length);

/* The status, from what has been taken. `key` NULL or "": the zone. */
void bunny_answer_judge(struct bunny_answer *answer, const char *key);

struct bunny_question { /* for messages */
	const char *what; /* "listing", "asked for": after "when" */
	const char *zone;
	const char *key; /* NULL or "": the zone */
	const char *origin; /* "https://host" */
	unsigned attempts;
	int64_t elapsed_ms;
};

/* Fills `error` and `hint`. */
void bunny_answer_describe(struct bunny_answer *answer, const struct bunny_question *question);

/*
 * One request to Bunny's storage: sent, judged, and asked again where that may help, within the store's timeout.
 */
#define BUNNY_HEADERS_MAX 4

struct bunny_json;

struct bunny_request {
	const char *method;
	const char *key; /* whole; "" or one that ends in "/": a folder */
	const char *headers[BUNNY_HEADERS_MAX]; /* "name: value"; as many as are not NULL */
	const void *body; /* sent with its length; NULL: none */
	size_t body_length;
	/*
	 * Reads a good answer's body. -1: it makes no sense, or broke off, in which case nobody needs *err. NULL: the body is
	 * the caller's to read from the answer's exchange.
	 */
	int (*read)(void *context, struct bunny_json *json, struct error *err);
	void *context;
	const char *what; /* for messages: "listing" */
};

/* Always to be released. `status` is STORE_OK for 200, 201 and 206 only, and where the body was read. */
void bunny_ask(struct bunny *bunny, const struct bunny_request *request, struct bunny_answer *ret_answer);
void bunny_answer_release(struct bunny_answer *answer);

/*
 * What Bunny's storage says of a file or a folder: an object of JSON, alone (DESCRIBE) or in an array (a folder's
 * listing), which is read one after the other in bounded memory.
 *
 * docs.bunny.net/api-reference/storage: ObjectName, IsDirectory, Length, LastChanged (UTC without saying so), Checksum (SHA-256
 * in upper-case hex; null where it was never made).
 */
#define BUNNY_FILE_JSON_MAX ((size_t)64 << 10) /* of one of them */

struct bunny_file { /* or a folder */
	char name[STORE_KEY_MAX]; /* without its folder */
	bool is_folder;
	struct store_object object; /* but for its key; of a folder: nothing */
};

struct bunny_json { /* text that is pulled */
	/* The next block; a length of 0 is the end. -1 ends the reading with nothing said in its *err. */
	int (*next)(void *context, const unsigned char **ret_data, size_t *ret_length);
	void *context;
	const unsigned char *data;
	size_t length, at;
	bool ended, failed; /* failed: next() did */
	size_t file_bytes; /* of the one that is being read */
};

/* One entry, and nothing after it. Untrue names are errors: no key is made of "..", or of what holds a slash. */
int bunny_json_read(struct bunny_json *json, struct bunny_file *ret_file, struct error *err);

/* An array of entries to its end; found() returns 0 to go on, else that is all. */
int bunny_json_read_all(struct bunny_json *json, int (*found)(void *context, const struct bunny_file *file),
			void *context, struct error *err);

/*
 * The files of a zone, folder by folder: a folder's listing comes whole, however long, and is told while it comes.
 *
 * Where it breaks off it is asked for again and gone on with where it broke off; if what was told before is not the same
 * then, that is an error: no file is told twice.
 */
#define BUNNY_FOLDERS_MAX 100000u
#define BUNNY_PENDING_MAX ((size_t)16 << 20) /* bytes of names of folders still to be looked into */

/* struct store's list(). */
enum store_status bunny_list(struct store *store, const char *prefix,
			     int (*found)(void *context, const struct store_object *object), void *context,
			     struct error *err);

/* struct store's probe(): lists until there is a file. */
void bunny_probe(struct store *store, struct store_probe *ret_probe);

/*
 * One file of a zone: what the store says of it, and its bytes.
 *
 * struct store's head(): by the method DESCRIBE, which Bunny's own libraries use and no document names; where it is refused, from
 * the listing of the file's folder.
 */
enum store_status bunny_head(struct store *store, const char *key, struct store_object *ret_object, struct error *err);

/* struct store's get(): see download.h. The bytes are compared with the SHA-256 that is expected. */
enum store_status bunny_get_range(struct store *store, const char *key, const struct store_object *expected,
				  int64_t from, unsigned char *into, size_t length, struct error *err);
enum store_status bunny_get(struct store *store, const char *key, const struct store_object *expected,
			    struct source **ret_source, struct error *err);

/*
 * Uploads to Bunny's storage: one PUT with length and SHA-256, which Bunny compares with the bytes that came.
 *
 * Both must be known before the first byte is sent, and Bunny knows no uploads in parts: what is longer than BUNNY_HELD_BYTES is
 * kept in a nameless file (in TMPDIR, else /tmp) until all of it is there, and needs as much room as it is long.
 */
#define BUNNY_HELD_BYTES ((size_t)8 << 20) /* in memory */
#define BUNNY_TIDY_MS 10000

/* struct store's begin_put(). */
int bunny_begin_put(struct store *store, const char *key, const struct upload_options *options,
		    struct upload **ret_upload, struct error *err);

#endif

/*
 * A place where backups are kept: listed, asked for, read as a stream.
 *
 * A store is a driver with its configuration. Every call answers with a status that tells
 * «it is not there» from «I may not know» from «nobody answered»: only the first two words of
 * a store are proof, the others prove nothing. Keys are relative to the store's prefix.
 * A store and the sources that it gave belong to one thread at a time, and the sources are closed first.
 */
#ifndef MUSTER_STORES_STORE_H
#define MUSTER_STORES_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "assertions/base/error.h"
#include "assertions/bytes/identity.h"
#include "assertions/bytes/source.h"

enum store_status {
	STORE_UNREACHABLE, /* zero: nothing known. Nobody answered, or only transient errors, retries included */
	STORE_OK,
	STORE_ABSENT, /* the object is not there */
	STORE_NO_BUCKET, /* the bucket (folder) is not there */
	STORE_BAD_CREDENTIALS, /* unknown key, wrong secret, expired token; or none found */
	STORE_DENIED, /* good credentials that may not do this */
	STORE_SKEWED, /* refused for the clock */
	STORE_UNSUPPORTED, /* the store has no such operation */
	STORE_BROKEN, /* it answered, but not so that it can be understood */
};

#define STORE_KEY_MAX 1025
#define STORE_ETAG_MAX 128
#define STORE_PROOF_MAX 128
#define STORE_CHECKSUMS_MAX 5
#define STORE_WORD_MAX 128
#define STORE_PART_RUNS_MAX 16

enum store_algorithm { STORE_NO_CHECKSUM, STORE_SHA256, STORE_SHA1, STORE_CRC32, STORE_CRC32C, STORE_CRC64NVME };

struct store_checksum { /* that the store itself made of what it holds */
	enum store_algorithm algorithm;
	bool is_composite; /* of the parts' checksums, not of the bytes */
	char hex[65]; /* lower case */
};

struct store_part_run { /* parts of one size, one after the other */
	int64_t size;
	unsigned count;
};

/* What a store tells of one object. A text is "" and a number 0 where it did not say. */
struct store_object {
	char key[STORE_KEY_MAX];
	int64_t size_bytes;
	int64_t modified_ms; /* Unix time, by the store's clock */
	struct identity file; /* of a folder's file; its time of birth only as head() describes it */
	char etag[STORE_ETAG_MAX]; /* without quotes; "" where there is none */
	bool etag_may_be_md5; /* false where encryption or the dialect says that it is not */
	char uploader_md5[33]; /* lower case hex that the uploader wrote beside it (s3cmd, rclone); "" */
	char uploader_sha256[65];
	char upload_token[33]; /* that muster gave the upload which it is from */
	char uploader[16]; /* who wrote it there: "s3cmd", "rclone", "metadata" */
	int64_t part_size; /* of the first part of a multipart object; 0 where unknown or not multipart */
	unsigned part_count; /* 0 where unknown or not multipart */
	struct store_part_run part_runs[STORE_PART_RUNS_MAX]; /* all parts, where the store told their sizes */
	size_t part_run_count; /* else 0 */
	struct store_checksum checksums[STORE_CHECKSUMS_MAX];
	size_t checksum_count;
	char version[STORE_WORD_MAX]; /* "null": written while versioning was off or suspended */
	char storage_class[STORE_WORD_MAX]; /* "" is the store's standard class */
	char encryption[STORE_WORD_MAX]; /* "AES256", "aws:kms" */
	int64_t expires_ms; /* when a rule of the bucket's lifecycle takes it away; 0: none told */
	char expiry_rule[STORE_WORD_MAX];
	bool would_tell_expiry; /* a store that is known to tell it wherever there is such a rule */
	char lock_mode[STORE_WORD_MAX]; /* "GOVERNANCE", "COMPLIANCE" */
	int64_t locked_until_ms;
	bool legal_hold;
};

struct identity store_object_identity(const struct store_object *object);

struct store_probe { /* one look at the bucket, without side effects */
	enum store_status status; /* of listing one key below the prefix */
	struct error trouble; /* where status is not STORE_OK: what the store answered, with its code */
	char hint[512]; /* what to change; may be "" */
	bool not_empty; /* a key was listed; valid for STORE_OK */
	bool clock_known;
	int64_t clock_offset_ms; /* the store's clock minus ours */
	enum store_status region_status;
	char region[64]; /* as the store names it, normalised ("" is us-east-1, EU is eu-west-1) */
	struct error region_trouble;
};

struct store;
struct record;
struct upload;
struct upload_options;

struct store_driver {
	const char *name; /* the manifest's word: "s3", "directory" */
	const char *help;
	const char *example; /* YAML of its parameters */
	const struct record *parameters;
	bool has_server; /* false: no credentials, no clock of its own */
	bool hides_strangers; /* whether they get in cannot be asked: nobody can prove 'private' */
	/* Opens without asking anybody: -1 where the configuration cannot be used (no credentials to be found). */
	int (*open)(const void *parameters, struct store **ret_store, struct error *err);
	/* Says where credentials and addresses were looked for and found, without secrets; true: there are some. May be NULL. */
	bool (*explain)(const void *parameters, void (*note)(void *context, const char *subject, const char *finding),
			void *context);
};

extern const struct store_driver *const store_drivers[]; /* ended by NULL */
const struct store_driver *store_driver_find(const char *name);

struct bucket_calls;

struct store {
	const struct store_driver *driver;
	char *description; /* for people: "s3://ge-pg at https://...", "/srv/backups" */
	char *place; /* for people, to put a key behind: "s3://ge-pg/nightly/", "/srv/backups/" */
	char *bucket; /* "ge-pg", "/srv/backups" */
	int64_t clock_offset_ms; /* last known; 0 until then */
	void (*probe)(struct store *store, struct store_probe *ret_probe);
	/* Every object whose key starts with the prefix, but for placeholders of folders, in any order; found() returns 0 to go on, else that is all. */
	enum store_status (*list)(struct store *store, const char *prefix,
				  int (*found)(void *context, const struct store_object *object), void *context,
				  struct error *err);
	enum store_status (*head)(struct store *store, const char *key, struct store_object *ret_object,
				  struct error *err);
	/* The object's bytes. If it is not what `expected` (may be NULL) says (ETag, size), that is DAMAGED trouble of the source. */
	enum store_status (*get)(struct store *store, const char *key, const struct store_object *expected,
				 struct source **ret_source, struct error *err);
	/* `length` bytes (1 at least) from `from` on of the object that `expected` describes: all of them, or not OK. */
	enum store_status (*get_range)(struct store *store, const char *key, const struct store_object *expected,
				       int64_t from, unsigned char *into, size_t length, struct error *err);
	/* For upload.h, which alone calls it. NULL: nothing can be put there. */
	int (*begin_put)(struct store *store, const char *key, const struct upload_options *options,
			 struct upload **ret_upload, struct error *err);
	const struct bucket_calls *about_bucket; /* bucket.h; NULL: nothing of it can be asked */
	void (*close)(struct store *store);
};

/* The key of the object that `writable` leaves behind: list() passes over it. */
#define STORE_PROBE_KEY ".muster-writable"

void store_close(struct store *store); /* NULL is harmless */

/* For drivers: description, place and bucket of a store behind an endpoint; and their end, whatever the store. */
struct endpoint;
void store_describe(struct store *store, const char *scheme, const char *bucket, const char *prefix,
		    const struct endpoint *endpoint);
void store_release_texts(struct store *store);

const char *store_status_text(enum store_status status); /* "nobody answered", "it is not there", ... */

/* Asked several times a second while a store waits; true ends the wait as STORE_UNREACHABLE. NULL: nobody is asked. */
void store_set_cancelled(bool (*cancelled)(void *context), void *context);

/* clock_monotonic_ms() from when on a store waits no longer, as if it were told to; INT64_MAX: there is none. */
void store_set_deadline(int64_t deadline_ms);

/* Whether a file below a folder can have the path: no part of it is empty, "." or "..". */
bool store_is_path(const char *path);

/* For list(), by who wants to know no more than whether there is an object: notes it in the context, a bool. */
int store_note_object(void *context, const struct store_object *object);

/*
 * Whether, among the first of those that begin alike, there is a key that looks the same as one that is not there, and is another
 * (NFC and NFD, base/normal_form.h): people look for such a thing for hours.
 */
bool store_find_twin(struct store *store, const char *key, char ret_key[STORE_KEY_MAX]);

/*
 * The newest object whose key matches the glob, as store_made_ms() has it (`dated` NULL: by the store's time); *ret_count (may be NULL) says how many matched.
 * STORE_ABSENT where none did. The object is as head() describes it.
 */
struct glob;
struct text;
enum store_status store_newest(struct store *store, const struct glob *glob, const struct text *dated,
			       struct store_object *ret_object, uint64_t *ret_count, struct error *err);

/* When a backup in the store was made, by the store's time and what the key says (value/dated.h). */
int64_t store_made_ms(const struct store *store, const struct text *dated, const char *key, int64_t modified_ms);

#endif

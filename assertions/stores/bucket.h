/*
 * What holds of a bucket as a whole: versions, expiry, locks, and what is given to somebody without credentials.
 *
 * Each is asked of the store by itself, since each needs a permission of its own. STORE_OK: known. STORE_DENIED,
 * STORE_UNSUPPORTED and the others: not known, with the reason in *err; the permission that would be needed is in `permissions`.
 */
#ifndef MUSTER_STORES_BUCKET_H
#define MUSTER_STORES_BUCKET_H

#include "assertions/stores/store.h"

enum bucket_versioning { BUCKET_VERSIONING_ENABLED, BUCKET_VERSIONING_SUSPENDED, BUCKET_VERSIONING_OFF };

#define BUCKET_RULES_MAX 1000

struct bucket_rule { /* of its lifecycle */
	char id[STORE_WORD_MAX];
	char prefix[STORE_KEY_MAX]; /* of whole keys */
	bool is_enabled;
	bool is_filtered; /* also by tags or sizes: it does not take everything below the prefix */
	int64_t expires_days; /* of current versions; 0: it does not say */
	bool has_date; /* they expire on a certain day */
};

struct bucket_lifecycle {
	struct bucket_rule *rules;
	size_t count; /* 0: there are none */
};

struct bucket_lock {
	bool is_enabled;
	char mode[STORE_WORD_MAX]; /* of the default retention: "GOVERNANCE", "COMPLIANCE"; "": none */
	int64_t days;
};

enum bucket_door { BUCKET_DOOR_UNKNOWN, BUCKET_DOOR_SHUT, BUCKET_DOOR_OPEN };

struct bucket_calls {
	enum store_status (*versioning)(struct store *store, enum bucket_versioning *ret_versioning, struct error *err);
	/* To be released with bucket_lifecycle_release(), whatever came of it. */
	enum store_status (*lifecycle)(struct store *store, struct bucket_lifecycle *ret_lifecycle, struct error *err);
	enum store_status (*lock)(struct store *store, struct bucket_lock *ret_lock, struct error *err);
	/* The object's lock into its lock_mode and locked_until_ms; STORE_ABSENT: it has none. */
	enum store_status (*retention)(struct store *store, const char *key, struct store_object *object,
				       struct error *err);
	/* In front of every key. */
	const char *(*prefix)(const struct store *store);
	/* Puts a small object, over one that has the key; STORE_OK: it is there. *ret_version as struct store_object's, where it is told. */
	enum store_status (*put)(struct store *store, const char *key, const char *text,
				 char ret_version[STORE_WORD_MAX], struct error *err);
	/* What comes of asking without credentials: a listing; an object's first byte. *err says what was answered. */
	enum bucket_door (*unsigned_listing)(struct store *store, struct error *err);
	enum bucket_door (*unsigned_object)(struct store *store, const char *key, struct error *err);
};

void bucket_lifecycle_release(struct bucket_lifecycle *lifecycle);

/* An object that stands for the others: the newest of the first BUCKET_SAMPLE_KEYS below a prefix, as head() describes it. */
#define BUCKET_SAMPLE_KEYS 10000

struct bucket_sample {
	enum store_status status; /* STORE_ABSENT: there is none */
	struct error trouble;
	struct store_object object;
};

void bucket_take_sample(struct store *store, const char *prefix, struct bucket_sample *ret_sample);

/* What was asked for of all this; the rest is zero. */
struct bucket_facts {
	bool cannot_be_asked; /* the store has no such thing */
	const char *prefix; /* the store's own, in front of every key */
	struct bucket_sample sample; /* of the whole store */
	struct bucket_sample prefix_sample; /* below the lifecycle's prefix */
	enum store_status versioning_status, lifecycle_status, lock_status;
	struct error versioning_trouble, lifecycle_trouble, lock_trouble;
	enum bucket_versioning versioning;
	struct bucket_lifecycle lifecycle;
	struct bucket_lock lock;
	enum bucket_door listing, object;
	struct error listing_trouble, object_trouble;
	bool was_written; /* writable: it was tried */
	char written_version[STORE_WORD_MAX]; /* of what was written then */
	enum store_status write_status;
	struct error write_trouble;
};

/* Whether it is what `writable` leaves behind, here or below the longer prefix of another store. */
bool bucket_is_probe_key(const char *key);

/* Whether it stands for a folder and holds nothing: what consoles, s3fs and Hadoop leave. list() passes over it. */
bool bucket_is_placeholder(const struct store_object *object);

#endif

#include "assertions/stores/bunny/bunny_bucket.h"

#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/stores/bunny/bunny_request.h"

static enum store_status knows_none(const char *what, struct error *err)
{
	error_set(err, "Bunny's storage knows no %s", what);
	return STORE_UNSUPPORTED;
}

static enum store_status versioning(struct store *store, enum bucket_versioning *ret_versioning, struct error *err)
{
	(void)store;
	(void)ret_versioning;
	return knows_none("versions", err);
}

static enum store_status lifecycle(struct store *store, struct bucket_lifecycle *ret_lifecycle, struct error *err)
{
	(void)store;
	*ret_lifecycle = (struct bucket_lifecycle){0};
	return knows_none("lifecycle", err);
}

static enum store_status lock(struct store *store, struct bucket_lock *ret_lock, struct error *err)
{
	(void)store;
	(void)ret_lock;
	return knows_none("locks", err);
}

static enum store_status retention(struct store *store, const char *key, struct store_object *object, struct error *err)
{
	(void)store;
	(void)key;
	(void)object;
	knows_none("locks", err);
	return STORE_ABSENT;
}

static const char *prefix(const struct store *store)
{
	return ((const struct bunny *)store)->prefix;
}

/* A key that may list and not write is answered 401, as one that is not known. */
static enum store_status put(struct store *store, const char *key, const char *text, struct error *err)
{
	struct bunny *bunny = (struct bunny *)store;
	cleanup_free char *whole = bunny_whole_key(bunny, key);
	const struct bunny_request writing = {.method = "PUT",
					      .key = whole,
					      .headers = {"Content-Type: application/octet-stream"},
					      .body = text,
					      .body_length = strlen(text),
					      .what = "writing"};
	const struct bunny_request removing = {.method = "DELETE", .key = whole, .what = "removing"};
	struct bunny_answer answer, removed;

	bunny_ask(bunny, &writing, &answer);
	bunny_answer_release(&answer);
	if (answer.status != STORE_OK) {
		error_set(err, "%s", answer.error.message);
		return answer.status == STORE_BAD_CREDENTIALS ? STORE_DENIED : answer.status;
	}
	bunny_ask(bunny, &removing, &removed);
	bunny_answer_release(&removed);
	return STORE_OK;
}

static enum bucket_door cannot_tell(struct error *err)
{
	error_set(err,
		  "Bunny's storage refuses everybody without a key; whether a pull zone gives the files to the world "
		  "cannot be asked here");
	return BUCKET_DOOR_UNKNOWN;
}

static enum bucket_door unsigned_listing(struct store *store, struct error *err)
{
	(void)store;
	return cannot_tell(err);
}

static enum bucket_door unsigned_object(struct store *store, const char *key, struct error *err)
{
	(void)store;
	(void)key;
	return cannot_tell(err);
}

const struct bucket_calls bunny_bucket_calls = {
	.versioning = versioning,
	.lifecycle = lifecycle,
	.lock = lock,
	.retention = retention,
	.prefix = prefix,
	.put = put,
	.unsigned_listing = unsigned_listing,
	.unsigned_object = unsigned_object,
};

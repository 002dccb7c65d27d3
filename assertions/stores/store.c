#include "assertions/stores/store.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/glob.h"
#include "assertions/base/memory.h"
#include "assertions/base/normal_form.h"
#include "assertions/stores/endpoint.h"
#include "assertions/stores/http/http.h"
#include "assertions/value/dated.h"

void store_close(struct store *store)
{
	if (store != NULL)
		store->close(store);
}

void store_describe(struct store *store, const char *scheme, const char *bucket, const char *prefix,
		    const struct endpoint *endpoint)
{
	cleanup_free char *address = endpoint_text(endpoint);

	store->place = memory_format("%s://%s/%s", scheme, bucket, prefix);
	store->description =
		memory_format("%s://%s%s%s at %s", scheme, bucket, prefix[0] != '\0' ? "/" : "", prefix, address);
	store->bucket = memory_string(bucket);
}

void store_release_texts(struct store *store)
{
	free(store->description);
	free(store->place);
	free(store->bucket);
}

void store_set_cancelled(bool (*cancelled)(void *context), void *context)
{
	http_set_cancelled(cancelled, context);
}

void store_set_deadline(int64_t deadline_ms)
{
	http_set_deadline(deadline_ms);
}

const char *store_status_text(enum store_status status)
{
	switch (status) {
	case STORE_UNREACHABLE:
		return "nobody answered";
	case STORE_OK:
		return "it is there";
	case STORE_ABSENT:
		return "it is not there";
	case STORE_NO_BUCKET:
		return "the bucket is not there";
	case STORE_BAD_CREDENTIALS:
		return "the credentials are not accepted";
	case STORE_DENIED:
		return "the credentials may not do this";
	case STORE_SKEWED:
		return "the clocks are too far apart";
	case STORE_UNSUPPORTED:
		return "the store cannot do this";
	case STORE_BROKEN:
		break;
	}
	return "the answer cannot be understood";
}

struct identity store_object_identity(const struct store_object *object)
{
	return object->file.is_file ? object->file
				    : identity_of_words(object->size_bytes, object->modified_ms, object->etag,
							object->version, object->upload_token);
}

bool store_is_path(const char *path)
{
	for (;;) {
		size_t length = strcspn(path, "/");

		if (length == 0 || (length == 1 && path[0] == '.') || (length == 2 && path[0] == '.' && path[1] == '.'))
			return false;
		if (path[length] == '\0')
			return true;
		path += length + 1;
	}
}

int store_note_object(void *context, const struct store_object *object)
{
	(void)object;
	*(bool *)context = true;
	return 1;
}

#define TWIN_KEYS 10000 /* are looked at */

struct twins {
	const char *key;
	char *found;
	unsigned count;
};

static int compare_with_twin(void *context, const struct store_object *object)
{
	struct twins *twins = context;

	if (strcmp(object->key, twins->key) != 0 && normal_form_is_equal(object->key, twins->key))
		strcpy(twins->found, object->key);
	return twins->found[0] != '\0' || ++twins->count >= TWIN_KEYS;
}

bool store_find_twin(struct store *store, const char *key, char ret_key[STORE_KEY_MAX])
{
	char found[STORE_KEY_MAX] = "";
	struct twins twins = {key, found, 0};
	size_t length = normal_form_plain_length(key);
	struct error ignored;

	if (key[length] == '\0')
		return false;
	cleanup_free char *prefix = memory_substring(key, length);
	store->list(store, prefix, compare_with_twin, &twins, &ignored);
	if (found[0] != '\0')
		memcpy(ret_key, found, sizeof(found));
	return found[0] != '\0';
}

int64_t store_made_ms(const struct store *store, const struct text *dated, const char *key, int64_t modified_ms)
{
	/* Whoever gave the name had our clock, if not the store's. */
	int64_t ahead_ms = store->clock_offset_ms > 0 ? store->clock_offset_ms : 0;

	return dated_made_ms(dated, true, key, modified_ms, clock_now_ms() + ahead_ms);
}

struct newest {
	const struct store *store;
	const struct glob *glob;
	const struct text *dated;
	struct store_object object;
	int64_t made_ms;
	uint64_t count;
};

static bool is_newer(const struct newest *newest, const struct store_object *object, int64_t made_ms)
{
	if (made_ms != newest->made_ms)
		return made_ms > newest->made_ms;
	return strcmp(object->key, newest->object.key) > 0;
}

static int compare_with_newest(void *context, const struct store_object *object)
{
	struct newest *newest = context;
	int64_t made_ms = object->modified_ms;

	if (!glob_matches(newest->glob, object->key))
		return 0;
	if (newest->dated != NULL)
		made_ms = store_made_ms(newest->store, newest->dated, object->key, made_ms);
	if (newest->count == 0 || is_newer(newest, object, made_ms)) {
		newest->object = *object;
		newest->made_ms = made_ms;
	}
	newest->count++;
	return 0;
}

/* No need to list, which not every key is allowed to. */
static enum store_status only_one(struct store *store, const struct glob *glob, struct store_object *ret_object,
				  uint64_t *ret_count, struct error *err)
{
	enum store_status status = store->head(store, glob_prefix(glob), ret_object, err);

	if (ret_count != NULL)
		*ret_count = status == STORE_OK ? 1 : 0;
	return status;
}

enum store_status store_newest(struct store *store, const struct glob *glob, const struct text *dated,
			       struct store_object *ret_object, uint64_t *ret_count, struct error *err)
{
	struct newest newest = {.store = store, .glob = glob, .dated = dated};

	if (glob_is_literal(glob))
		return only_one(store, glob, ret_object, ret_count, err);

	enum store_status status = store->list(store, glob_prefix(glob), compare_with_newest, &newest, err);

	if (ret_count != NULL)
		*ret_count = newest.count;
	if (status != STORE_OK)
		return status;
	if (newest.count == 0) {
		error_set(err, "nothing in '%s' matches '%s'", store->description, glob_text(glob));
		return STORE_ABSENT;
	}
	status = store->head(store, newest.object.key, ret_object, err);
	if (status == STORE_ABSENT)
		error_wrap(err, "listed, but not to be had");
	return status;
}

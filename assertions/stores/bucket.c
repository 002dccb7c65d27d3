#include "assertions/stores/bucket.h"

#include <stdlib.h>
#include <string.h>

void bucket_lifecycle_release(struct bucket_lifecycle *lifecycle)
{
	free(lifecycle->rules);
	*lifecycle = (struct bucket_lifecycle){0};
}

static bool ends_with(const char *key, const char *end)
{
	size_t length = strlen(key), own = strlen(end);

	return length >= own && strcmp(key + length - own, end) == 0;
}

bool bucket_is_probe_key(const char *key)
{
	return ends_with(key, STORE_PROBE_KEY);
}

bool bucket_is_placeholder(const struct store_object *object)
{
	return object->size_bytes == 0 && (ends_with(object->key, "/") || ends_with(object->key, "_$folder$"));
}

struct sampling {
	struct store_object newest;
	unsigned count;
};

static int take_newer(void *context, const struct store_object *object)
{
	struct sampling *sampling = context;

	/* A key that ends in a slash is a folder's marker: it was written once, in whatever way. */
	if (ends_with(object->key, "/"))
		return 0;
	if (sampling->count == 0 || object->modified_ms > sampling->newest.modified_ms)
		sampling->newest = *object;
	return ++sampling->count >= BUCKET_SAMPLE_KEYS;
}

void bucket_take_sample(struct store *store, const char *prefix, struct bucket_sample *ret_sample)
{
	struct sampling sampling = {.count = 0};

	*ret_sample = (struct bucket_sample){0};
	ret_sample->status = store->list(store, prefix, take_newer, &sampling, &ret_sample->trouble);
	if (ret_sample->status != STORE_OK)
		return;
	if (sampling.count == 0) {
		ret_sample->status = STORE_ABSENT;
		error_set(&ret_sample->trouble, "there is no object yet that could show it");
		return;
	}
	ret_sample->status = store->head(store, sampling.newest.key, &ret_sample->object, &ret_sample->trouble);
}

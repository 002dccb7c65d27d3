#include "wrapper/run/evidence.h"

#include <string.h>

#include "assertions/base/glob.h"
#include "assertions/base/memory.h"

#define KEPT_MAX ((size_t)1000000)

struct counting {
	const struct glob *glob;
	const struct store_object *own; /* the upload itself: a listing may lag behind */
	bool own_was_listed;
	struct kept_objects *kept;
	size_t capacity;
};

static void add(struct counting *counting, const struct store_object *object)
{
	struct kept_objects *kept = counting->kept;

	if (kept->count == counting->capacity) {
		counting->capacity = counting->capacity > 0 ? 2 * counting->capacity : 64;
		kept->items = memory_grow(kept->items, counting->capacity, sizeof(*kept->items));
	}
	kept->items[kept->count++] = (struct kept_object){object->size_bytes, object->modified_ms};
}

static int take_object(void *context, const struct store_object *object)
{
	struct counting *counting = context;

	if (!glob_matches(counting->glob, object->key))
		return 0;
	counting->own_was_listed |= counting->own != NULL && strcmp(object->key, counting->own->key) == 0;
	if (counting->kept->count < KEPT_MAX)
		add(counting, object);
	return counting->kept->count == KEPT_MAX;
}

static int list_them(const struct upload_look *look, struct kept_objects *kept)
{
	struct store *store = look->store->open;
	const char *pattern = look->upload->upload->key->anywhen;
	struct counting counting = {.own = look->status == STORE_OK ? &look->upload->object : NULL, .kept = kept};
	struct glob *glob = NULL;
	enum store_status status;

	if (store == NULL)
		return error_set(&kept->trouble, "the store '%s' could not be opened", look->store->name);
	if (pattern == NULL)
		return error_set(&kept->trouble, "the key depends on what a step printed: nobody knows the others'");
	if (glob_compile_key(pattern, &glob, &kept->trouble) < 0)
		return -1;
	counting.glob = glob;
	status = store->list(store, glob_prefix(glob), take_object, &counting, &kept->trouble);
	glob_free(glob);
	if (status != STORE_OK)
		return -1;
	if (kept->count == KEPT_MAX)
		return error_set(&kept->trouble, "there are more than %zu", KEPT_MAX);
	if (counting.own != NULL && !counting.own_was_listed)
		add(&counting, counting.own);
	return 0;
}

bool uploads_kept(const struct upload_look *look, struct kept_objects *ret_kept)
{
	*ret_kept = (struct kept_objects){0};
	if ((check_list_needs(look->checks) & NEED_KEPT) == 0)
		return false;
	ret_kept->is_unknown = list_them(look, ret_kept) < 0;
	return true;
}

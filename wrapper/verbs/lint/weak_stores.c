#include "wrapper/verbs/lint/weakness.h"

#include <string.h>

static bool is_used(const struct manifest *manifest, const char *name)
{
	for (size_t i = 0; i < manifest->artifacts.count; i++) {
		const struct manifest_artifact *artifact =
			((struct manifest_artifact *const *)manifest->artifacts.items)[i];
		if (artifact->object != NULL && strcmp(artifact->object->store, name) == 0)
			return true;
		for (size_t u = 0; u < artifact->uploads.count; u++)
			if (strcmp(((struct manifest_upload *const *)artifact->uploads.items)[u]->store, name) == 0)
				return true;
	}
	return false;
}

static void store_not_private(const struct search *search)
{
	const struct parameter_map *stores = &search->manifest->stores;

	for (size_t i = 0; i < stores->count; i++) {
		const struct manifest_store *store = stores->entries[i].value;
		if (!store->driver->has_server || store->driver->hides_strangers ||
		    !is_used(search->manifest, stores->entries[i].name) ||
		    check_list_needing(store->expect, NEED_STRANGER) != NULL)
			continue;
		weakness_say(search, stores->entries[i].place, "expect: {private: true}",
			     "nothing says that the backups in '%s' are not public", stores->entries[i].name);
	}
}

const struct weakness weakness_store_not_private = {
	.name = "store-not-private",
	.summary = "a store that backups lie in is not declared private",
	.details =
		"A backup holds everything that there is to steal. 'private' asks the store without credentials, as a "
		"stranger would.",
	.example = "expect: {private: true}",
	.find = store_not_private,
};

#include "wrapper/run/evidence.h"

#include <string.h>

#include "assertions/stores/upload.h"

#define WRITABLE_TEXT "muster writes this object to see whether backups can be written here. It is none itself.\n"

static void ask_settings(const struct run_store *store, unsigned needs, struct bucket_facts *facts)
{
	const struct bucket_calls *calls = store->open->about_bucket;

	if (needs & NEED_VERSIONING)
		facts->versioning_status =
			calls->versioning(store->open, &facts->versioning, &facts->versioning_trouble);
	if (needs & NEED_LIFECYCLE)
		facts->lifecycle_status = calls->lifecycle(store->open, &facts->lifecycle, &facts->lifecycle_trouble);
	if (needs & NEED_OBJECT_LOCK)
		facts->lock_status = calls->lock(store->open, &facts->lock, &facts->lock_trouble);
	facts->prefix = calls->prefix(store->open);
}

/* Only where the settings themselves did not answer. */
static void take_samples(const struct run_store *store, unsigned needs, struct bucket_facts *facts)
{
	const struct check *lifecycle = check_list_needing(&store->checks, NEED_LIFECYCLE);
	bool for_settings = ((needs & NEED_VERSIONING) && facts->versioning_status != STORE_OK) ||
			    ((needs & NEED_OBJECT_LOCK) && facts->lock_status != STORE_OK);

	if (for_settings || (needs & NEED_STRANGER))
		bucket_take_sample(store->open, "", &facts->sample);
	if (lifecycle != NULL && facts->lifecycle_status != STORE_OK)
		bucket_take_sample(store->open, lifecycle->kind->which(lifecycle->parameters), &facts->prefix_sample);
}

static void ask_as_stranger(const struct run_store *store, struct bucket_facts *facts)
{
	const struct bucket_calls *calls = store->open->about_bucket;

	facts->listing = calls->unsigned_listing(store->open, &facts->listing_trouble);
	if (facts->sample.status == STORE_OK)
		facts->object = calls->unsigned_object(store->open, facts->sample.object.key, &facts->object_trouble);
}

/* Of a folder it is enough that a file can be begun: nothing needs to stay. */
static enum store_status write_into_folder(struct store *store, struct error *err)
{
	const struct upload_options options = {.size_bytes = (int64_t)strlen(WRITABLE_TEXT)};
	struct upload *upload;

	if (upload_begin(store, "muster-writable", &options, &upload, err) < 0)
		return STORE_DENIED;
	if (upload_write(upload, WRITABLE_TEXT, strlen(WRITABLE_TEXT), err) < 0) {
		struct error ignored;
		upload_discard(upload, &ignored);
		return STORE_DENIED;
	}
	return upload_discard(upload, err) == 0 ? STORE_OK : STORE_UNREACHABLE;
}

static void try_to_write(const struct run_store *store, struct bucket_facts *facts)
{
	struct store *open = store->open;

	facts->was_written = true;
	if (open->about_bucket != NULL)
		facts->write_status =
			open->about_bucket->put(open, STORE_PROBE_KEY, WRITABLE_TEXT, &facts->write_trouble);
	else if (!open->driver->has_server && open->begin_put != NULL)
		facts->write_status = write_into_folder(open, &facts->write_trouble);
	else
		facts->was_written = false;
}

bool bucket_bring(const struct run_store *store, struct bucket_facts *ret_facts)
{
	unsigned needs = check_list_needs(&store->checks);

	memset(ret_facts, 0, sizeof(*ret_facts));
	if (needs == 0 || store->open == NULL ||
	    (store->probe.status != STORE_OK && store->probe.status != STORE_DENIED))
		return false;
	ret_facts->cannot_be_asked = store->open->about_bucket == NULL;
	if (!ret_facts->cannot_be_asked) {
		ask_settings(store, needs, ret_facts);
		take_samples(store, needs, ret_facts);
		if (needs & NEED_STRANGER)
			ask_as_stranger(store, ret_facts);
	}
	if (needs & NEED_WRITING)
		try_to_write(store, ret_facts);
	return true;
}

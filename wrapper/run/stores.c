#include "wrapper/run/evidence.h"

#include <stdio.h>
#include <string.h>

#include "assertions/base/clock.h"
#include "assertions/checks/observation.h"
#include "assertions/stores/http/http.h"
#include "assertions/stores/upload.h"

#define LAG_MS 6000
#define LAG_PAUSE_MS 500
#define CUT_MS 1600 /* a store's times are cut to seconds, and its clock is known to half of one */
#define WRITABLE_TEXT "muster writes this object to see whether backups can be written here. It is none itself.\n"

/* A configuration that cannot be opened: credentials that are nowhere to be found, above all. */
static void probe_of_unopened(const struct error *err, struct store_probe *ret_probe)
{
	memset(ret_probe, 0, sizeof(*ret_probe));
	ret_probe->status = STORE_BAD_CREDENTIALS;
	ret_probe->trouble = *err;
	snprintf(ret_probe->hint, sizeof(ret_probe->hint), "%s",
		 "'muster explain credentials MANIFEST' says where keys, endpoint and certificates are taken from");
}

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
		facts->write_status = open->about_bucket->put(open, STORE_PROBE_KEY, WRITABLE_TEXT,
							      facts->written_version, &facts->write_trouble);
	else if (!open->driver->has_server && open->begin_put != NULL)
		facts->write_status = write_into_folder(open, &facts->write_trouble);
	else
		facts->was_written = false;
}

/* What the declared checks on a store must know of its bucket; true where there is something of the kind. */
static bool bring_facts(const struct run_store *store, struct bucket_facts *ret_facts)
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

static void judge(struct run *run, struct run_store *store, double seconds)
{
	const struct check_list *list = &store->checks;
	struct bucket_facts facts;
	struct store_evidence evidence = {
		.description = store->open != NULL ? store->open->description : store->name,
		.asked = store->open != NULL,
		.probe = &store->probe,
	};

	if (bring_facts(store, &facts))
		evidence.facts = &facts;
	observation_make(list, &run->state->context, &(struct evidence){SUBJECT_STORE, .store = &evidence}, seconds);
	roll_call_answer(run, list, "not reached");
	bucket_lifecycle_release(&facts.lifecycle);
}

void stores_open_and_probe(struct run *run)
{
	struct evidence_state *state = run->state;

	for (size_t i = 0; i < state->store_count && !run_is_cancelled(run); i++) {
		struct run_store *store = &state->stores[i];
		int64_t began_ms = clock_monotonic_ms();
		struct error err;
		if (store->store->driver->open(store->store->config, &store->open, &err) < 0)
			probe_of_unopened(&err, &store->probe);
		else
			store->open->probe(store->open, &store->probe);
		if (store->open != NULL && store->probe.clock_known)
			store->open->clock_offset_ms = store->probe.clock_offset_ms;
		judge(run, store, (double)(clock_monotonic_ms() - began_ms) / 1000.0);
		run->listener->store(run, store->name, store->open, store->probe.status == STORE_OK);
	}
}

void stores_close(struct run *run)
{
	for (size_t i = 0; i < run->state->store_count; i++) {
		store_close(run->state->stores[i].open);
		run->state->stores[i].open = NULL;
	}
}

static bool is_older(const struct run *run, const struct run_store *store, const struct store_object *object)
{
	return object->modified_ms + CUT_MS <= run->started_ms + store->open->clock_offset_ms;
}

bool stores_wait_for(struct run *run, struct run_store *store, enum store_status status,
		     const struct store_object *object)
{
	int64_t now_ms = clock_monotonic_ms();
	bool may_come = status == STORE_ABSENT || (status == STORE_OK && is_older(run, store, object));

	if (!may_come || run->options.mode != RUN_MODE_RUN || !store->store->driver->has_server)
		return false;
	if (store->lag_until_ms == 0)
		store->lag_until_ms = now_ms + LAG_MS;
	return now_ms < store->lag_until_ms && http_sleep(LAG_PAUSE_MS) && !run_is_cancelled(run);
}

struct run_store *stores_find(struct run *run, const char *name)
{
	for (size_t i = 0; i < run->state->store_count; i++)
		if (strcmp(run->state->stores[i].name, name) == 0)
			return &run->state->stores[i];
	return NULL;
}

#include "wrapper/run/evidence.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/clock.h"
#include "assertions/base/cleanup.h"
#include "assertions/base/glob.h"
#include "assertions/base/memory.h"
#include "assertions/checks/accepted.h"
#include "assertions/checks/observation.h"

#define KEPT_MAX ((size_t)1000000)

/* A key that names one object is asked for by its name: a listing may lag behind, a HEAD does not. */
static enum store_status find_object(struct store *store, const char *key, const struct text *pattern,
				     struct store_object *ret_object, struct error *err)
{
	struct glob *glob = NULL;
	enum store_status status;

	if (glob_compile_key(key, &glob, err) < 0)
		return STORE_BROKEN;
	if (glob_is_literal(glob))
		status = store->head(store, glob_prefix(glob), ret_object, err);
	else
		status = store_newest(store, glob, pattern, ret_object, NULL, err);
	glob_free(glob);
	return status;
}

static void look_for(struct destination *destination)
{
	struct run_upload *upload = destination->upload;

	destination->trouble.message[0] = '\0';
	if (destination->put != NULL)
		destination->status = destination->store->open->head(destination->store->open, upload->key,
								     &upload->object, &destination->trouble);
	else
		destination->status = find_object(destination->store->open, upload->key, upload->upload->key,
						  &upload->object, &destination->trouble);
}

static void explain_absence(struct destination *destination)
{
	char twin[STORE_KEY_MAX];

	if (destination->status == STORE_ABSENT &&
	    store_find_twin(destination->store->open, destination->upload->key, twin))
		error_set(&destination->trouble, LOOKS_THE_SAME, twin);
}

void uploads_find_again(struct run *run, struct destination *destination)
{
	struct run_upload *upload = destination->upload;

	if (destination->put != NULL)
		destination->store->lag_until_ms = 0;
	do
		look_for(destination);
	while (stores_wait_for(run, destination->store, destination->status, &upload->object));
	explain_absence(destination);
	upload->found = destination->status == STORE_OK;
	if (!upload->found)
		return;
	free(upload->key);
	upload->key = memory_string(upload->object.key);
	upload->made_ms =
		store_made_ms(destination->store->open, upload->upload->key, upload->key, upload->object.modified_ms);
	/* A digest beside a file was written by whoever wrote the file, and reading the file costs no download. */
	if (!destination->store->store->driver->has_server)
		upload->object.uploader_sha256[0] = upload->object.uploader_md5[0] = '\0';
}

/* What muster writes has one name. */
static void resolve_put(struct destination *destination)
{
	struct run_upload *upload = destination->upload;
	struct glob *glob = NULL;

	destination->status = STORE_BROKEN;
	if (glob_compile_key(upload->key, &glob, &destination->trouble) < 0)
		return;
	if (glob_is_literal(glob)) {
		free(upload->key);
		upload->key = memory_string(glob_prefix(glob));
	} else {
		error_set(&destination->trouble, "not uploaded: the key '%s' is not that of one object", upload->key);
	}
	glob_free(glob);
}

static void find(struct run *run, struct destination *destination)
{
	struct run_upload *upload = destination->upload;

	if (text_resolve(upload->upload->key, steps_lookup, run, &upload->key, &destination->trouble) < 0) {
		destination->status = STORE_BROKEN;
		upload->key = text_describe(upload->upload->key);
		return;
	}
	if (destination->store->open == NULL) {
		error_set(&destination->trouble, "the store '%s' could not be opened", destination->store->name);
		return;
	}
	upload->bucket = memory_string(destination->store->open->bucket);
	if (destination->put != NULL)
		resolve_put(destination);
	else
		uploads_find_again(run, destination);
}

void uploads_find(struct run *run, size_t artifact, struct destinations *ret_destinations)
{
	*ret_destinations = (struct destinations){memory_array(run->upload_count, sizeof(struct destination)), 0};
	for (size_t i = 0; i < run->upload_count; i++) {
		struct destination *next = &ret_destinations->items[ret_destinations->count];
		if (run->uploads[i].artifact != run->artifacts[artifact].artifact)
			continue;
		next->upload = &run->uploads[i];
		next->store = stores_find(run, run->uploads[i].upload->store);
		next->shelf = run->artifact_count + i;
		next->checks = &run->state->uploads[i].stored;
		if (put_is_one(run, next->upload))
			next->put = &run->state->uploads[i].put;
		find(run, next);
		ret_destinations->count++;
	}
}

char *uploads_location(const struct destination *destination)
{
	if (destination->store->open == NULL)
		return memory_format("%s in store %s", destination->upload->key, destination->store->name);
	return memory_format("%s%s", destination->store->open->place, destination->upload->key);
}

void uploads_request(const struct destinations *destinations, struct digest_request *request)
{
	for (size_t i = 0; i < destinations->count; i++) {
		const struct destination *destination = &destinations->items[i];
		const struct check *check = check_list_needing(destination->checks, NEED_STORED_BYTES);
		if (destination->status == STORE_OK && check != NULL)
			check->kind->proof->request(check->parameters, &destination->upload->object, request);
	}
}

static void read_back(struct run *run, const struct destination *destination, struct upload_evidence *evidence,
		      struct inspect_result *ret_read, struct error *ret_trouble)
{
	struct store *store = destination->store->open;
	struct inspect_request request = {.path = destination->upload->key,
					  .digests = {.sha256 = 1},
					  .cancelled = run_is_cancelled,
					  .cancelled_context = run};

	run->listener->note(run, "reading back %s", evidence->location);
	evidence->stored_trouble = ret_trouble->message;
	evidence->stored_status =
		store->get(store, destination->upload->key, &destination->upload->object, &request.source, ret_trouble);
	if (evidence->stored_status != STORE_OK)
		return;
	inspect(&request, ret_read);
	source_close(request.source);
	evidence->stored_size = ret_read->size_bytes;
	if (ret_read->trouble.soundness == UNREADABLE) {
		evidence->stored_status = STORE_UNREACHABLE;
		*ret_trouble = ret_read->trouble.error;
	} else {
		evidence->stored = &ret_read->digests;
	}
}

/* HEAD tells of no lock to credentials that may not ask for it, nor of one that is not there: ask which it is. */
static void ask_for_lock(const struct destination *destination, struct upload_evidence *evidence)
{
	struct store *store = destination->store->open;

	if (destination->status != STORE_OK || (check_list_needs(destination->checks) & NEED_RETENTION) == 0 ||
	    destination->upload->object.lock_mode[0] != '\0' || store->about_bucket == NULL)
		return;
	evidence->retention_status =
		store->about_bucket->retention(store, destination->upload->key, &destination->upload->object,
					       &evidence->retention_trouble);
}

/* HEAD tells of no expiry where there is none, but some stores also where there is one. */
static bool ask_for_rules(const struct destination *destination, struct bucket_lifecycle *ret_lifecycle)
{
	struct store *store = destination->store->open;
	struct error ignored;

	*ret_lifecycle = (struct bucket_lifecycle){0};
	return destination->status == STORE_OK && (check_list_needs(destination->checks) & NEED_LIFECYCLE) != 0 &&
	       destination->upload->object.expires_ms == 0 && store->about_bucket != NULL &&
	       store->about_bucket->lifecycle(store, ret_lifecycle, &ignored) == STORE_OK;
}

static char *whole_key(const struct destination *destination)
{
	struct store *store = destination->store->open;
	const char *prefix = store != NULL && store->about_bucket != NULL ? store->about_bucket->prefix(store) : NULL;

	return memory_format("%s%s", prefix != NULL ? prefix : "", destination->upload->key);
}

/* Where the stored bytes were examined themselves nothing need be read back. */
static bool take_read(const struct destination *destination, struct upload_evidence *evidence)
{
	if (destination->read == NULL)
		return false;
	evidence->stored_status = STORE_OK;
	evidence->stored = &destination->read->digests;
	evidence->stored_size = destination->read->size_bytes;
	return true;
}

struct counting {
	const struct destination *destination;
	struct kept_objects *kept;
	const char *own; /* key of the upload itself, which a listing may lag behind; NULL: it is not there */
	size_t capacity;
};

static void count_kept(struct counting *counting, const char *key, const struct identity *identity)
{
	const struct destination *destination = counting->destination;
	struct kept_objects *kept = counting->kept;

	if (kept->count == counting->capacity) {
		counting->capacity = counting->capacity > 0 ? 2 * counting->capacity : 64;
		kept->items = memory_grow(kept->items, counting->capacity, sizeof(*kept->items));
	}
	kept->items[kept->count++] =
		(struct kept_object){.size_bytes = identity->size_bytes,
				     .made_ms = found_made_ms(destination->store->open,
							      destination->upload->upload->key, key, identity)};
}

static int saw_kept(void *context, const char *key, const struct identity *identity)
{
	struct counting *counting = context;

	if (counting->own != NULL && strcmp(key, counting->own) == 0)
		counting->own = NULL;
	if (counting->kept->count < KEPT_MAX)
		count_kept(counting, key, identity);
	return counting->kept->count == KEPT_MAX;
}

static int list_kept(const struct destination *destination, struct kept_objects *kept)
{
	const char *pattern = destination->upload->upload->key->anywhen;
	const struct store_object *object = &destination->upload->object;
	struct counting counting = {.destination = destination,
				    .kept = kept,
				    .own = destination->status == STORE_OK ? object->key : NULL};
	struct glob *glob = NULL;
	int result;

	if (destination->store->open == NULL)
		return error_set(&kept->trouble, "the store '%s' could not be opened", destination->store->name);
	if (pattern == NULL)
		return error_set(&kept->trouble, "the key depends on what a step printed: nobody knows the others'");
	if (glob_compile_key(pattern, &glob, &kept->trouble) < 0)
		return -1;
	result = find_each(destination->store->open, glob, saw_kept, &counting, &kept->trouble);
	glob_free(glob);
	if (result > 0)
		return error_set(&kept->trouble, "there are more than %zu", KEPT_MAX);
	if (result == 0 && counting.own != NULL) {
		const struct identity own = store_object_identity(object);
		count_kept(&counting, object->key, &own);
	}
	return result;
}

static int by_oldest(const void *left, const void *right)
{
	const struct kept_object *a = left, *b = right;

	return (a->made_ms > b->made_ms) - (a->made_ms < b->made_ms);
}

/* Everything that lies under the upload's key; false where nobody asks. The items are the caller's to free. */
static bool bring_kept(const struct run *run, const struct destination *destination, const struct inspect_result *read,
		       struct kept_objects *ret_kept)
{
	*ret_kept = (struct kept_objects){0};
	if ((check_list_needs(destination->checks) & NEED_KEPT) == 0)
		return false;
	ret_kept->is_unknown = list_kept(destination, ret_kept) < 0;
	if (ret_kept->count > 1)
		qsort(ret_kept->items, ret_kept->count, sizeof(*ret_kept->items), by_oldest);
	accepted_judge(earlier_judges(run, destination->shelf), read != NULL ? read->size_bytes : 0, ret_kept->items,
		       ret_kept->count, &ret_kept->accepted);
	return true;
}

static void evaluate(struct run *run, const struct destination *destination, const struct upload_evidence *evidence,
		     bool sampled, int64_t began_ms)
{
	struct check_list without = sampled ? sampling_without_bytes(destination->checks) : (struct check_list){0};
	const struct check_list *list = sampled ? &without : destination->checks;

	observation_make(list, &run->state->context, &(struct evidence){SUBJECT_UPLOAD, .upload = evidence},
			 (double)(clock_monotonic_ms() - began_ms) / 1000.0);
	check_list_release(&without);
	roll_call_answer(run, destination->checks, "not reached");
}

/* A link, or the very place: as it was when the artifact was found, and as it is now, since muster may have put it there. */
static bool is_artifact(const struct destination *destination, const struct found *artifact)
{
	struct identity now;

	if (destination->status != STORE_OK || artifact == NULL || artifact->destination != NULL)
		return false;

	const struct identity stored = store_object_identity(&destination->upload->object);

	if (identity_is_one(&stored, &artifact->identity))
		return true;
	if (artifact->store != NULL)
		return artifact->store == destination->store->open &&
		       strcmp(artifact->name, destination->upload->object.key) == 0;
	return identity_of_path(AT_FDCWD, artifact->name, &now) == 0 && identity_is_one(&stored, &now);
}

static enum origin origin_of(const struct run *run, const struct destination *destination)
{
	if (destination->status != STORE_OK || run->options.mode != RUN_MODE_RUN)
		return ORIGIN_UNKNOWN;

	const struct identity now = store_object_identity(&destination->upload->object);

	return before_origin(run, destination->shelf, destination->upload->object.key, &now,
			     run->started_ms + destination->store->open->clock_offset_ms);
}

static void conclude(struct run *run, const struct destination *destination, const struct examined *artifact)
{
	const struct inspect_result *read = artifact->is_whole || artifact->is_sample ? artifact->result : NULL;
	const struct check *proven =
		artifact->is_sample ? NULL : check_list_needing(destination->checks, NEED_STORED_BYTES);
	int64_t began_ms = clock_monotonic_ms();
	struct inspect_result back;
	struct kept_objects kept;
	struct bucket_lifecycle lifecycle;
	struct error trouble = {""};
	cleanup_free char *location = uploads_location(destination), *key = whole_key(destination);
	struct upload_evidence evidence = {
		.location = location,
		.status = destination->status,
		.trouble = destination->trouble.message[0] != '\0' ? destination->trouble.message : NULL,
		.object = &destination->upload->object,
		.made_ms = destination->upload->made_ms,
		.artifact_size = read != NULL ? read->size_bytes : PARAMETER_UNSET,
		.digests = read != NULL && !artifact->is_sample ? &read->digests : NULL,
		.now_ms = clock_now_ms() +
			  (destination->store->open != NULL ? destination->store->open->clock_offset_ms : 0),
		.origin = origin_of(run, destination),
		.has_server = destination->store->store->driver->has_server,
		.kept = bring_kept(run, destination, read, &kept) ? &kept : NULL,
		.is_artifact = is_artifact(destination, artifact->found),
		.lifecycle = ask_for_rules(destination, &lifecycle) ? &lifecycle : NULL,
		.whole_key = key,
		.is_what_was_read = destination->read != NULL && artifact->found != NULL &&
				    artifact->found->destination == destination,
	};

	ask_for_lock(destination, &evidence);
	if (!take_read(destination, &evidence) && proven != NULL &&
	    proven->kind->proof->wants_read_back(proven->parameters, &evidence))
		read_back(run, destination, &evidence, &back, &trouble);
	evaluate(run, destination, &evidence, artifact->is_sample, began_ms);
	if (proven != NULL)
		proven->kind->proof->tell(proven->parameters, &evidence, destination->upload->proof);
	bucket_lifecycle_release(&lifecycle);
	free(kept.items);
}

void uploads_conclude(struct run *run, const struct destinations *destinations, const struct examined *artifact)
{
	for (size_t i = 0; i < destinations->count; i++)
		if (!destinations->items[i].answered) {
			conclude(run, &destinations->items[i], artifact);
			vouched_add_upload(run, &destinations->items[i]);
		}
}

void uploads_skip(struct run *run, size_t artifact, const char *reason)
{
	for (size_t i = 0; i < run->upload_count; i++)
		if (run->uploads[i].artifact == run->artifacts[artifact].artifact) {
			roll_call_answer(run, &run->state->uploads[i].put, reason);
			roll_call_answer(run, &run->state->uploads[i].stored, reason);
		}
}

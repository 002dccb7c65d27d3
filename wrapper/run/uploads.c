#include "wrapper/run/evidence.h"

#include <stdlib.h>

#include "assertions/base/clock.h"
#include "assertions/base/cleanup.h"
#include "assertions/base/glob.h"
#include "assertions/base/memory.h"
#include "assertions/checks/observation.h"
#include "wrapper/run/sampling.h"

/* A key that names one object is asked for by its name: a listing may lag behind, a HEAD does not. */
static enum store_status find_object(struct store *store, const char *key, struct store_object *ret_object,
				     struct error *err)
{
	struct glob *glob = NULL;
	enum store_status status;

	if (glob_compile_key(key, &glob, err) < 0)
		return STORE_BROKEN;
	if (glob_is_literal(glob))
		status = store->head(store, glob_prefix(glob), ret_object, err);
	else
		status = store_newest(store, glob, ret_object, NULL, err);
	glob_free(glob);
	return status;
}

void uploads_look_again(struct upload_look *look)
{
	struct run_upload *upload = look->upload;

	if (look->put != NULL)
		look->status = look->store->open->head(look->store->open, upload->key, &upload->object, &look->trouble);
	else
		look->status = find_object(look->store->open, upload->key, &upload->object, &look->trouble);
	upload->found = look->status == STORE_OK;
	if (!upload->found)
		return;
	free(upload->key);
	upload->key = memory_string(upload->object.key);
	/* A digest beside a file was written by whoever wrote the file, and reading the file costs no download. */
	if (!look->store->store->driver->has_server)
		upload->object.uploader_sha256[0] = upload->object.uploader_md5[0] = '\0';
}

/* What muster writes has one name. */
static void resolve_put(struct upload_look *look)
{
	struct run_upload *upload = look->upload;
	struct glob *glob = NULL;

	look->status = STORE_BROKEN;
	if (glob_compile_key(upload->key, &glob, &look->trouble) < 0)
		return;
	if (glob_is_literal(glob)) {
		free(upload->key);
		upload->key = memory_string(glob_prefix(glob));
	} else {
		error_set(&look->trouble, "not uploaded: the key '%s' is not that of one object", upload->key);
	}
	glob_free(glob);
}

static void look(struct run *run, struct upload_look *look)
{
	struct run_upload *upload = look->upload;

	if (text_resolve(upload->upload->key, steps_lookup, run, &upload->key, &look->trouble) < 0) {
		look->status = STORE_BROKEN;
		upload->key = text_describe(upload->upload->key);
		return;
	}
	if (look->store->open == NULL) {
		error_set(&look->trouble, "the store '%s' could not be opened", look->store->name);
		return;
	}
	upload->bucket = memory_string(look->store->open->bucket);
	if (look->put != NULL)
		resolve_put(look);
	else
		uploads_look_again(look);
}

size_t uploads_look(struct run *run, size_t artifact, struct upload_look **ret_looks)
{
	size_t count = 0;

	*ret_looks = memory_array(run->upload_count, sizeof(**ret_looks));
	for (size_t i = 0; i < run->upload_count; i++) {
		struct upload_look *next = &(*ret_looks)[count];
		if (run->uploads[i].artifact != run->artifacts[artifact].artifact)
			continue;
		next->upload = &run->uploads[i];
		next->store = stores_find(run, run->uploads[i].upload->store);
		next->checks = &run->state->uploads[i].stored;
		if (puts_is_one(run, next->upload))
			next->put = &run->state->uploads[i].put;
		look(run, next);
		count++;
	}
	return count;
}

char *uploads_place(const struct upload_look *look)
{
	if (look->store->open == NULL)
		return memory_format("%s in store %s", look->upload->key, look->store->name);
	return memory_format("%s%s", look->store->open->place, look->upload->key);
}

void uploads_request(const struct upload_look *looks, size_t count, struct digest_request *request)
{
	for (size_t i = 0; i < count; i++) {
		const struct check *check = check_list_needing(looks[i].checks, NEED_STORED_BYTES);
		if (looks[i].status == STORE_OK && check != NULL)
			check->kind->proof->request(check->parameters, &looks[i].upload->object, request);
	}
}

static void read_back(struct run *run, const struct upload_look *look, struct upload_evidence *evidence,
		      struct inspect_result *ret_read, struct error *ret_trouble)
{
	struct store *store = look->store->open;
	struct inspect_request request = {.path = look->upload->key,
					  .digests = {.sha256 = 1},
					  .cancelled = run_is_cancelled,
					  .cancelled_context = run};

	run->listener->note(run, "reading back %s", evidence->place);
	evidence->stored_trouble = ret_trouble->message;
	evidence->stored_status =
		store->get(store, look->upload->key, &look->upload->object, &request.source, ret_trouble);
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
static void ask_for_lock(const struct upload_look *look, struct upload_evidence *evidence)
{
	struct store *store = look->store->open;

	if (look->status != STORE_OK || (check_list_needs(look->checks) & NEED_RETENTION) == 0 ||
	    look->upload->object.lock_mode[0] != '\0' || store->about_bucket == NULL)
		return;
	evidence->retention_status = store->about_bucket->retention(store, look->upload->key, &look->upload->object,
								    &evidence->retention_trouble);
}

/* Where the stored bytes were examined themselves nothing need be read back. */
static bool take_read(const struct upload_look *look, struct upload_evidence *evidence)
{
	if (look->read == NULL)
		return false;
	evidence->stored_status = STORE_OK;
	evidence->stored = &look->read->digests;
	evidence->stored_size = look->read->size_bytes;
	return true;
}

static void evaluate(struct run *run, const struct upload_look *look, const struct upload_evidence *evidence,
		     bool sampled, int64_t began_ms)
{
	struct check_list without = sampled ? sampling_without_bytes(look->checks) : (struct check_list){0};
	const struct check_list *list = sampled ? &without : look->checks;

	observation_make(list, &run->state->context, &(struct evidence){SUBJECT_UPLOAD, .upload = evidence},
			 (double)(clock_monotonic_ms() - began_ms) / 1000.0);
	check_list_release(&without);
	entry_answer(run, look->checks, "not reached");
}

static void conclude(struct run *run, const struct upload_look *look, const struct examined *artifact)
{
	const struct inspect_result *read = artifact->is_whole || artifact->is_sample ? &artifact->result : NULL;
	const struct check *proven = artifact->is_sample ? NULL : check_list_needing(look->checks, NEED_STORED_BYTES);
	int64_t began_ms = clock_monotonic_ms();
	struct inspect_result back;
	struct kept_objects kept;
	struct error trouble = {""};
	cleanup_free char *place = uploads_place(look);
	struct upload_evidence evidence = {
		.place = place,
		.status = look->status,
		.trouble = look->trouble.message[0] != '\0' ? look->trouble.message : NULL,
		.object = &look->upload->object,
		.artifact_size = read != NULL ? read->size_bytes : PARAMETER_UNSET,
		.digests = read != NULL && !artifact->is_sample ? &read->digests : NULL,
		.now_ms = clock_now_ms() + (look->store->open != NULL ? look->store->open->clock_offset_ms : 0),
		.began_ms = run->started_ms + (look->store->open != NULL ? look->store->open->clock_offset_ms : 0),
		.has_server = look->store->store->driver->has_server,
		.kept = uploads_kept(look, &kept) ? &kept : NULL,
		.is_what_was_read = look->read != NULL && look == artifact->stored_by,
	};

	ask_for_lock(look, &evidence);
	if (!take_read(look, &evidence) && proven != NULL &&
	    proven->kind->proof->wants_read_back(proven->parameters, &evidence))
		read_back(run, look, &evidence, &back, &trouble);
	evaluate(run, look, &evidence, artifact->is_sample, began_ms);
	if (proven != NULL)
		proven->kind->proof->tell(proven->parameters, &evidence, look->upload->proof);
	free(kept.items);
}

void uploads_conclude(struct run *run, struct upload_look *looks, size_t count, const struct examined *artifact)
{
	for (size_t i = 0; i < count; i++)
		if (!looks[i].answered)
			conclude(run, &looks[i], artifact);
}

void uploads_free(struct upload_look *looks, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(looks[i].read);
	free(looks);
}

void uploads_skip(struct run *run, size_t artifact, const char *reason)
{
	for (size_t i = 0; i < run->upload_count; i++)
		if (run->uploads[i].artifact == run->artifacts[artifact].artifact) {
			entry_answer(run, &run->state->uploads[i].put, reason);
			entry_answer(run, &run->state->uploads[i].stored, reason);
		}
}

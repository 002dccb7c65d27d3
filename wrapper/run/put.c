#include "wrapper/run/evidence.h"

#include <fcntl.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/checks/observation.h"
#include "assertions/stores/upload.h"

bool put_is_one(const struct run *run, const struct run_upload *upload)
{
	return upload->upload->put && run->options.mode == RUN_MODE_RUN;
}

void put_request(const struct destinations *destinations, int64_t size_bytes, struct digest_request *request)
{
	int64_t part_bytes = upload_parts_size(size_bytes, 1);

	for (size_t i = 0; i < destinations->count; i++) {
		if (destinations->items[i].put == NULL)
			continue;
		request->md5 = 1;
		if (size_bytes > part_bytes && request->part_size_count < DIGEST_PART_SIZES_MAX)
			request->part_sizes[request->part_size_count++] = part_bytes;
		return;
	}
}

/* The step that makes it; where none is named, any. */
static bool is_of_failed_step(const struct run *run, const struct manifest_artifact *artifact)
{
	for (size_t i = 0; i < run->step_count; i++)
		if (run->steps[i].verdict == VERDICT_FAIL &&
		    (artifact->step == NULL || strcmp(artifact->step, run->steps[i].step->name) == 0))
			return true;
	return false;
}

/* A bad backup in a store replaces a good one in people's minds. */
static const char *why_not(const struct run *run, size_t artifact, const struct destination *destination,
			   const struct examined *source)
{
	const struct row_range *rows = &run->artifacts[artifact].rows;

	for (size_t row = rows->from; row < rows->to; row++)
		if (run->roll.rows[row].finding.verdict == VERDICT_FAIL)
			return "not uploaded: a check on the artifact failed";
	if (is_of_failed_step(run, destination->upload->artifact))
		return "not uploaded: the step that makes the artifact failed";
	if (!source->is_whole || source->result->digests.sha256[0] == '\0')
		return "not uploaded: the artifact was not read";
	if (destination->trouble.message[0] != '\0')
		return destination->trouble.message;
	return NULL;
}

/* The server's address, as the description ends in it; "" of a folder. */
static const char *server_of(const struct store *store)
{
	const char *server = strstr(store->description, " at ");

	return server != NULL ? server : "";
}

static bool is_there(const struct run_store *store, const char *location, const struct store *open, const char *other)
{
	return store != NULL && store->open != NULL && location != NULL && store->open->driver == open->driver &&
	       strcmp(server_of(store->open), server_of(open)) == 0 && strcmp(location, other) == 0;
}

static int refuse_object(struct run *run, const struct destination *destination, const char *location,
			 struct error *err)
{
	for (size_t i = 0; i < run->artifact_count; i++) {
		const struct run_artifact *other = &run->artifacts[i];

		if (other->artifact->object != NULL && is_there(stores_find(run, other->artifact->object->store),
								other->location, destination->store->open, location))
			return error_set(err, "'%s' is artifact '%s' of this very run", location,
					 other->artifact->name);
	}
	return 0;
}

/* What this run has vouched for must be there when it ends: two keys may turn out to be one. */
static int refuse_overwriting_own(struct run *run, const struct destination *destination, const char *location,
				  struct error *err)
{
	for (size_t i = 0; i < run->upload_count; i++) {
		const struct run_upload *other = &run->uploads[i];
		struct run_store *store = stores_find(run, other->upload->store);

		if (other == destination->upload || !other->found || store == NULL || store->open == NULL)
			continue;

		cleanup_free char *its = memory_format("%s%s", store->open->place, other->key);

		if (is_there(store, its, destination->store->open, location))
			return error_set(err, "'%s' was uploaded for '%s' in this very run", location,
					 other->artifact->name);
	}
	return refuse_object(run, destination, location, err);
}

static bool is_file_of(const struct run_artifact *artifact, const struct identity *there)
{
	struct identity own;

	return artifact->artifact->file != NULL && artifact->location != NULL &&
	       identity_of_path(AT_FDCWD, artifact->location, &own) == 0 && identity_is_one(there, &own);
}

/* Under whichever names: what lies there is looked at. */
static int refuse_what_is_own(const struct run *run, const struct destination *destination, const char *location,
			      struct error *err)
{
	struct store *store = destination->store->open;
	struct store_object object;
	struct error ignored;

	if (!destination->upload->upload->overwrite ||
	    store->head(store, destination->upload->key, &object, &ignored) != STORE_OK)
		return 0;

	const struct identity there = store_object_identity(&object);

	for (size_t i = 0; i < run->upload_count; i++) {
		const struct run_upload *other = &run->uploads[i];
		const struct identity own = store_object_identity(&other->object);

		if (other != destination->upload && other->found && identity_is_one(&there, &own))
			return error_set(err, "what lies at '%s' was uploaded for '%s' in this very run", location,
					 other->artifact->name);
	}
	for (size_t i = 0; i < run->artifact_count; i++)
		if (is_file_of(&run->artifacts[i], &there))
			return error_set(err, "what lies at '%s' is artifact '%s' of this very run", location,
					 run->artifacts[i].artifact->name);
	return 0;
}

static int open_source(const struct found *from, struct source **ret_source, struct error *err)
{
	struct source_file_facts facts;

	if (from->store == NULL)
		return source_open_file(from->name, ret_source, &facts, err);
	return from->store->get(from->store, from->name, NULL, ret_source, err) == STORE_OK ? 0 : -1;
}

static int copy(struct run *run, struct source *source, struct upload *upload, struct error *err)
{
	const unsigned char *data;
	size_t length;
	struct trouble trouble;

	do {
		if (source_next(source, &data, &length, &trouble) != 0) {
			*err = trouble.error;
			return -1;
		}
		if (run_is_cancelled(run))
			return error_set(err, "muster was told to end meanwhile");
		if (length > 0 && upload_write(upload, data, length, err) != 0)
			return -1;
		run->listener->progress(run, source->offset);
	} while (length > 0);
	return 0;
}

static enum upload_end send(struct run *run, struct source *source, struct upload *upload, struct error *err)
{
	struct error left = {""};

	if (copy(run, source, upload, err) == 0)
		return upload_finish(upload, err);
	if (upload_discard(upload, &left) != 0)
		error_set(err, "%s; %s", err->message, left.message);
	return UPLOAD_FAILED;
}

static enum upload_end put(struct run *run, const struct destination *destination, const struct examined *from,
			   bool *ret_is_taken, struct error *err)
{
	const struct manifest_upload *declared = destination->upload->upload;
	const struct upload_options options = {
		.size_bytes = from->result->size_bytes,
		.overwrite = declared->overwrite,
		.checksum = (enum store_algorithm)(declared->checksum + 1),
		.sha256 = from->result->digests.sha256,
	};
	struct store *store = destination->store->open;
	struct store_object object;
	struct error ignored;
	struct source *source = NULL;
	struct upload *upload = NULL;
	enum upload_end end = UPLOAD_FAILED;

	if (upload_begin(store, destination->upload->key, &options, &upload, err) != 0) {
		*ret_is_taken = !options.overwrite &&
				store->head(store, destination->upload->key, &object, &ignored) == STORE_OK;
		return end;
	}
	if (open_source(from->found, &source, err) == 0)
		end = send(run, source, upload, err);
	else
		upload_discard(upload, &ignored);
	source_close(source);
	return end;
}

static enum upload_end put_and_judge(struct run *run, const struct destination *destination,
				     const struct examined *from)
{
	cleanup_free char *location = uploads_location(destination);
	int64_t began_ms = clock_monotonic_ms();
	struct error trouble = {""};
	struct put_evidence evidence = {.location = location,
					.trouble = trouble.message,
					.size_bytes = from->result->size_bytes};

	run->listener->note(run, "uploading %s", location);
	run->listener->upload_begin(run, destination->upload->artifact->name, evidence.size_bytes);
	if (refuse_overwriting_own(run, destination, location, &trouble) == 0 &&
	    refuse_what_is_own(run, destination, location, &trouble) == 0)
		evidence.end = put(run, destination, from, &evidence.is_taken, &trouble);
	evidence.duration_ms = clock_monotonic_ms() - began_ms;
	run->listener->upload_end(run);
	if (evidence.end == UPLOAD_DONE && trouble.message[0] != '\0')
		run->listener->note(run, "%s", trouble.message);
	run->listener->note(run, "%s %s", evidence.end == UPLOAD_DONE ? "uploaded" : "not uploaded:",
			    evidence.end == UPLOAD_DONE ? location : trouble.message);
	observation_make(destination->put, &run->state->context,
			 &(struct evidence){SUBJECT_UPLOAD, .upload = &(struct upload_evidence){.put = &evidence}},
			 (double)evidence.duration_ms / 1000.0);
	return evidence.end;
}

static void answer_all(struct run *run, struct destination *destination, const char *reason)
{
	roll_call_answer(run, destination->put, reason);
	roll_call_answer(run, destination->checks, reason);
	destination->answered = true;
}

void put_all(struct run *run, size_t artifact, const struct destinations *destinations, const struct examined *source)
{
	for (size_t i = 0; i < destinations->count; i++) {
		struct destination *destination = &destinations->items[i];

		if (destination->put == NULL)
			continue;
		/* What a signal keeps from being reached is answered with that at the end. */
		destination->answered = run_is_cancelled(run);
		if (destination->answered)
			continue;

		const char *reason = why_not(run, artifact, destination, source);

		if (reason != NULL) {
			run->listener->note(run, "%s", reason);
			answer_all(run, destination, reason);
		} else if (put_and_judge(run, destination, source) != UPLOAD_DONE) {
			answer_all(run, destination, "not uploaded");
		} else {
			roll_call_answer(run, destination->put, "not reached");
			uploads_find_again(run, destination);
		}
	}
}

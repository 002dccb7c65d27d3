#include "wrapper/run/evidence.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/glob.h"
#include "assertions/base/memory.h"
#include "assertions/checks/examine.h"
#include "assertions/checks/observation.h"
#include "wrapper/run/sampling.h"
#include "wrapper/run/siblings.h"

#define FILES_MAX 10000

/* One artifact on its way: where it was found, and what was seen of it. */
struct search {
	struct run *run;
	size_t index;
	size_t place_number; /* of where it is examined */
	struct run_artifact *artifact;
	struct upload_look *looks;
	size_t look_count;
	struct artifact_evidence evidence;
	char *place_text;
	struct error trouble;
	struct examined examined;
	struct siblings siblings; /* glob: NULL where they cannot be told */
};

struct found_file {
	char *path;
	int64_t modified_ms, changed_ms;
};

struct found_files {
	struct found_file *files;
	size_t count;
	bool too_many;
};

static int64_t to_ms(struct timespec moment)
{
	return (int64_t)moment.tv_sec * 1000 + moment.tv_nsec / 1000000;
}

static int add_file(void *context, const char *path)
{
	struct found_files *found = context;
	struct stat status;

	if (found->count == FILES_MAX) {
		found->too_many = true;
		return 1;
	}
	if (stat(path, &status) < 0)
		return 0;
	found->files = memory_grow(found->files, found->count + 1, sizeof(*found->files));
	found->files[found->count++] =
		(struct found_file){memory_string(path), to_ms(status.st_mtim), to_ms(status.st_ctim)};
	return 0;
}

static int by_newest(const void *left, const void *right)
{
	const struct found_file *a = left, *b = right;

	if (a->modified_ms != b->modified_ms)
		return a->modified_ms < b->modified_ms ? 1 : -1;
	return strcmp(b->path, a->path);
}

static void release_files(struct found_files *found)
{
	for (size_t i = 0; i < found->count; i++)
		free(found->files[i].path);
	free(found->files);
}

/* The step that makes the artifact in this run, or NULL. */
static const struct run_step *maker_of(const struct run *run, const struct manifest_artifact *artifact)
{
	return run->options.mode == RUN_MODE_RUN && artifact->step != NULL ? steps_find(run, artifact->step) : NULL;
}

/* A callback of the inspection; the context is the run. */
static void told_progress(void *run, uint64_t bytes)
{
	((const struct run *)run)->listener->progress(run, bytes);
}

/* What is to be examined, as it was found. */
struct found_bytes {
	const char *path; /* for people */
	const char *name; /* in its place: a path, or a key */
	struct store *store; /* NULL: a file */
	const struct store_object *object; /* NULL: a file */
	struct source *source; /* NULL where it is sampled */
	int64_t size_bytes, modified_ms, changed_ms;
};

/* What the bytes are compared with, brought before they are read. */
static void bring_comparisons(struct search *search, const struct found_bytes *subject, struct examine_request *request,
			      struct earlier_backups *earlier, struct sidecar *sidecar,
			      struct previous_backup *previous)
{
	const struct check *check = check_list_needing(request->checks, NEED_SIDECAR);

	earlier_for(search->run, search->place_number, subject->name, subject->modified_ms, earlier);
	request->earlier = earlier;
	search->artifact->earlier = *earlier;
	if (subject->source == NULL)
		return;
	previous_find(search->run, search->place_number, subject->name, subject->modified_ms, subject->size_bytes,
		      previous);
	request->previous = previous;
	request->digests.md5 |= previous->md5[0] != '\0';
	if (check == NULL)
		return;
	sidecar_read(subject->store, subject->name, check->kind->which(check->parameters), sidecar);
	request->sidecar = sidecar;
	request->digests.md5 = 1;
}

static void keep_result(struct search *search, const struct found_bytes *subject, int64_t began_ms)
{
	struct run_artifact *artifact = search->artifact;

	search->examined.is_sample = subject->source == NULL;
	search->examined.is_whole =
		!search->examined.is_sample && search->examined.result.trouble.soundness != UNREADABLE;
	if (trouble_is_of_reading(&search->examined.result) && search->evidence.reading.soundness == SOUND)
		search->evidence.reading = search->examined.result.trouble;
	artifact->examined = true;
	artifact->size_bytes = search->examined.result.size_bytes;
	artifact->modified_ms = subject->modified_ms;
	artifact->digests = search->examined.result.digests;
	artifact->members = search->examined.result.members;
	artifact->walked = search->examined.result.walked;
	artifact->seconds = (double)(clock_monotonic_ms() - began_ms) / 1000.0;
}

static struct inspect_limits limits_of(const struct manifest_artifact *artifact)
{
	const struct manifest_limits *limits = artifact->limits;

	if (limits == NULL)
		return (struct inspect_limits){0};
	return (struct inspect_limits){(unsigned)limits->depth, (uint64_t)limits->members, (double)limits->ratio};
}

/* A server tells its time in whole seconds, so that its clock may be half of one behind what it is taken for. */
static int64_t clock_guess_ms(const struct found_bytes *subject)
{
	return subject->store != NULL && subject->store->driver->has_server ? 500 : 0;
}

static void sample_subject(struct search *search, const struct found_bytes *subject,
			   const struct examine_request *request)
{
	const struct sampling_subject place = {.path = subject->name,
					       .store = subject->store,
					       .object = subject->object,
					       .size_bytes = subject->size_bytes,
					       .modified_ms = subject->modified_ms};
	struct sample sample;

	sampling_read(&place, &sample);
	sampling_examine(request, &sample);
	sample_release(&sample);
	search->examined.result = (struct inspect_result){.size_bytes = subject->size_bytes, .unpacked_bytes = -1};
}

static void examine_subject(struct search *search, const struct found_bytes *subject)
{
	struct run *run = search->run;
	const struct run_step *step = maker_of(run, search->artifact->artifact);
	int64_t offset_ms = subject->store != NULL ? subject->store->clock_offset_ms : 0;
	int64_t began_ms = clock_monotonic_ms();
	struct earlier_backups earlier;
	struct sidecar sidecar = {0};
	struct previous_backup previous = {0};
	struct examine_request request = {
		.path = subject->path,
		.source = subject->source,
		.checks = &run->state->artifacts[search->index].bytes,
		.context = &run->state->context,
		.digests = {.sha256 = 1},
		.modified_ms = subject->modified_ms,
		.changed_ms = subject->changed_ms,
		.now_ms = clock_now_ms() + offset_ms,
		.made_after_ms =
			step != NULL ? step->result.started_ms + offset_ms - clock_guess_ms(subject) : PARAMETER_UNSET,
		.made_by = step != NULL ? step->step->name : NULL,
		.siblings = search->siblings.glob != NULL ? siblings_tell : NULL,
		.siblings_context = &search->siblings,
		.limits = limits_of(search->artifact->artifact),
		.cancelled = run_is_cancelled,
		.cancelled_context = run,
		.progress = told_progress,
	};

	free(search->examined.name);
	search->examined.name = memory_string(subject->name);
	search->examined.store = subject->store;
	bring_comparisons(search, subject, &request, &earlier, &sidecar, &previous);
	uploads_request(search->looks, search->look_count, &request.digests);
	puts_request(search->looks, search->look_count, subject->size_bytes, &request.digests);
	run->listener->artifact_begin(run, search->artifact->artifact->name, subject->path, subject->size_bytes);
	if (subject->source != NULL)
		examine(&request, &search->examined.result);
	else
		sample_subject(search, subject, &request);
	keep_result(search, subject, began_ms);
	run->listener->artifact_end(run, search->artifact);
	previous_release(&previous);
	free(sidecar.text);
}

/* What is there and could not be opened leaves every check on it unproven, whatever the others of its name say. */
static void note_unread(struct search *search)
{
	struct finding finding = {0};

	search->run->listener->note(search->run, "%s: %s", search->artifact->location, search->trouble.message);
	finding_unproven(&finding, "%s: %s", search->artifact->location, search->trouble.message);
	check_list_settle(&search->run->state->artifacts[search->index].bytes, &finding);
	search->evidence.reading.soundness = UNREADABLE;
	search->evidence.reading.error = search->trouble;
}

static void examine_file(struct search *search, const struct found_file *file)
{
	struct source_file_facts facts;
	struct source *source = NULL;

	free(search->artifact->location);
	search->artifact->location = memory_string(file->path);
	if (source_open_file(file->path, &source, &facts, &search->trouble) < 0) {
		note_unread(search);
		return;
	}
	if (sampling_is_for(search->run, facts.size_bytes)) {
		source_close(source);
		source = NULL;
	}
	const struct found_bytes subject = {.path = file->path,
					    .name = file->path,
					    .source = source,
					    .size_bytes = facts.size_bytes,
					    .modified_ms = file->modified_ms,
					    .changed_ms = file->changed_ms};
	examine_subject(search, &subject);
	source_close(source);
}

static void search_files(struct search *search, const char *pattern)
{
	struct found_files found = {0};
	struct glob *glob = NULL;

	search->evidence.status = STORE_BROKEN;
	if (glob_compile(pattern, &glob, &search->trouble) == 0 &&
	    glob_files(glob, add_file, &found, &search->trouble) == 0)
		search->evidence.status = STORE_OK;
	search->siblings.glob = glob;
	if (found.too_many)
		error_set(&search->trouble, "more than %d files match", FILES_MAX);
	if (found.count > 1)
		qsort(found.files, found.count, sizeof(*found.files), by_newest);
	search->evidence.found = (int64_t)found.count;
	search->place_text = found.count > 0 ? memory_string(pattern) : glob_whereabouts(pattern);
	if (found.count > 0)
		search->evidence.newest_ms = found.files[0].modified_ms;
	const struct manifest_count *count = search->artifact->artifact->count;
	size_t newest = count != NULL && count->min > 0 ? (size_t)count->min : 1;
	size_t wanted = search->run->options.mode == RUN_MODE_VERIFY ? newest : found.count;
	for (size_t i = 0; i < wanted && i < found.count && !run_is_cancelled(search->run); i++)
		examine_file(search, &found.files[i]);
	/* What an upload is compared with must be one file. */
	search->examined.is_whole = search->examined.is_whole && search->evidence.reading.soundness == SOUND &&
				    (found.count == 1 || wanted == 1);
	release_files(&found);
	search->siblings.glob = NULL;
	glob_free(glob);
}

static void examine_object(struct search *search, struct store *store, const struct store_object *object)
{
	struct source *source = NULL;

	search->evidence.found = 1;
	search->evidence.newest_ms = object->modified_ms;
	search->evidence.now_ms = clock_now_ms() + store->clock_offset_ms;
	search->artifact->location = memory_format("%s%s", store->place, object->key);
	if (!sampling_is_for(search->run, object->size_bytes) &&
	    store->get(store, object->key, object, &source, &search->trouble) != STORE_OK) {
		note_unread(search);
		return;
	}
	const struct found_bytes subject = {.path = search->artifact->location,
					    .name = object->key,
					    .store = store,
					    .object = object,
					    .source = source,
					    .size_bytes = object->size_bytes,
					    .modified_ms = object->modified_ms,
					    .changed_ms = object->modified_ms};
	examine_subject(search, &subject);
	source_close(source);
}

static void search_object(struct search *search, const struct manifest_object *object, const char *key)
{
	const struct run_store *store = stores_find(search->run, object->store);
	struct store_object newest;
	struct glob *glob = NULL;

	if (store->open == NULL) {
		error_set(&search->trouble, "the store '%s' could not be opened", object->store);
		return;
	}
	search->place_text = memory_format("%s%s", store->open->place, key);
	if (glob_compile_key(key, &glob, &search->trouble) < 0) {
		search->evidence.status = STORE_BROKEN;
		return;
	}
	search->evidence.status = store_newest(store->open, glob, &newest, NULL, &search->trouble);
	search->siblings = (struct siblings){glob, store->open};
	if (search->evidence.status == STORE_OK)
		examine_object(search, store->open, &newest);
	search->siblings.glob = NULL;
	glob_free(glob);
}

static void examine_upload(struct search *search, struct upload_look *look)
{
	search->place_number = search->run->artifact_count + (size_t)(look->upload - search->run->uploads);
	examine_object(search, look->store->open, &look->upload->object);
	look->upload->earlier = search->artifact->earlier;
	if (!search->examined.is_whole)
		return;
	look->read = memory_alloc(sizeof(*look->read));
	*look->read = search->examined.result;
}

/* Under verify an artifact that is uploaded is examined where it is kept, not where it once was made. */
static void search_upload(struct search *search)
{
	for (size_t i = 0; i < search->look_count; i++) {
		struct upload_look *look = &search->looks[i];
		search->evidence.status = look->status;
		search->trouble = look->trouble;
		if (look->status != STORE_OK)
			continue;
		search->examined.stored_by = look;
		search->place_text = uploads_place(look);
		examine_upload(search, look);
		return;
	}
	search->place_text = uploads_place(&search->looks[0]);
}

/* What lies in a further place is a backup of its own, which must stand alone when the others are gone. */
static void examine_further(struct search *search, struct upload_look *look)
{
	struct run_artifact seen = {.artifact = search->artifact->artifact, .modified_ms = PARAMETER_UNSET};
	struct search further = {.run = search->run,
				 .index = search->index,
				 .artifact = &seen,
				 .looks = search->looks,
				 .look_count = search->look_count};

	examine_upload(&further, look);
	if (search->evidence.reading.soundness == SOUND)
		search->evidence.reading = further.evidence.reading;
	free(seen.location);
	free(further.examined.name);
}

static void examine_other_places(struct search *search)
{
	for (size_t i = 0; i < search->look_count && !run_is_cancelled(search->run); i++)
		if (search->looks[i].status == STORE_OK && search->examined.stored_by != &search->looks[i])
			examine_further(search, &search->looks[i]);
}

static const char *place_of(const struct search *search)
{
	if (search->evidence.found == 1 && search->artifact->location != NULL)
		return search->artifact->location;
	return search->place_text != NULL ? search->place_text : search->artifact->artifact->name;
}

static int search_place(struct search *search)
{
	const struct manifest_artifact *artifact = search->artifact->artifact;
	const struct text *text = artifact->file != NULL ? artifact->file : artifact->object->key;
	cleanup_free char *where = NULL;

	if (search->run->options.mode == RUN_MODE_VERIFY && artifact->file != NULL && search->look_count > 0) {
		search_upload(search);
		return 0;
	}
	if (text_resolve(text, steps_lookup, search->run, &where, &search->trouble) < 0)
		return -1;
	if (artifact->file != NULL)
		search_files(search, where);
	else
		search_object(search, artifact->object, where);
	return 0;
}

static void judge_existence(struct search *search)
{
	const struct check_list *list = &search->run->state->artifacts[search->index].presence;
	const struct run_step *step = maker_of(search->run, search->artifact->artifact);

	search->evidence.place = place_of(search);
	search->evidence.trouble = search->trouble.message;
	if (step != NULL && step->verdict == VERDICT_FAIL)
		search->evidence.failed_step = step->step->name;
	observation_make(list, &search->run->state->context,
			 &(struct evidence){SUBJECT_ARTIFACT, .artifact = &search->evidence}, 0);
	entry_answer(search->run, list, "not reached");
}

static void skip(struct run *run, size_t index, const char *reason)
{
	entry_answer(run, &run->state->artifacts[index].presence, reason);
	entry_answer(run, &run->state->artifacts[index].bytes, reason);
	uploads_skip(run, index, reason);
}

static void examine_artifact(struct run *run, size_t index)
{
	struct search search = {.run = run,
				.index = index,
				.place_number = index,
				.artifact = &run->artifacts[index],
				.evidence = {.newest_ms = PARAMETER_UNSET, .now_ms = clock_now_ms()}};

	search.look_count = uploads_look(run, index, &search.looks);
	if (search_place(&search) < 0) {
		skip(run, index, search.trouble.message);
	} else {
		if (run->options.mode == RUN_MODE_VERIFY)
			examine_other_places(&search);
		judge_existence(&search);
		entry_answer(run, &run->state->artifacts[index].bytes,
			     search.trouble.message[0] != '\0' ? search.trouble.message
							       : "there was nothing to examine");
		puts_make(run, index, search.looks, search.look_count, &search.examined);
		uploads_conclude(run, search.looks, search.look_count, &search.examined);
	}
	uploads_free(search.looks, search.look_count);
	free(search.place_text);
	free(search.examined.name);
}

void artifacts_examine(struct run *run)
{
	for (size_t i = 0; i < run->artifact_count && !run_is_cancelled(run); i++) {
		const struct run_step *step = maker_of(run, run->artifacts[i].artifact);
		if (step != NULL && !step->started) {
			cleanup_free char *reason =
				memory_format("step '%s', which makes it, was not run", step->step->name);
			skip(run, i, reason);
			continue;
		}
		examine_artifact(run, i);
	}
}

#include "wrapper/run/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/glob.h"
#include "assertions/base/memory.h"
#include "assertions/checks/accepted.h"

static size_t shelf_count(const struct run *run)
{
	return run->artifact_count + run->upload_count;
}

static size_t artifact_on(const struct run *run, size_t shelf)
{
	size_t artifact = 0;

	if (shelf < run->artifact_count)
		return shelf;
	while (run->artifacts[artifact].artifact != run->uploads[shelf - run->artifact_count].artifact)
		artifact++;
	return artifact;
}

const struct check_list *earlier_judges(const struct run *run, size_t shelf)
{
	return &run->state->artifacts[artifact_on(run, shelf)].bytes;
}

static unsigned needs_on(const struct run *run, size_t shelf)
{
	return check_list_needs(earlier_judges(run, shelf));
}

/* Of an artifact's own the store is that of its first upload, where there is one. The store may be NULL: files. */
static const struct text *pattern_of(const struct run *run, size_t shelf, const char **ret_store)
{
	const struct manifest_artifact *artifact = run->artifacts[artifact_on(run, shelf)].artifact;
	const struct manifest_upload *upload = NULL;

	if (shelf >= run->artifact_count)
		upload = run->uploads[shelf - run->artifact_count].upload;
	else if (artifact->object == NULL && artifact->uploads.count > 0)
		upload = ((struct manifest_upload *const *)artifact->uploads.items)[0];
	if (upload != NULL) {
		*ret_store = upload->store;
		return upload->key;
	}
	*ret_store = artifact->object != NULL ? artifact->object->store : NULL;
	return artifact->object != NULL ? artifact->object->key : artifact->file;
}

/* The newest first, and no more than are kept. */
static void arrange(struct shelf *shelf)
{
	if (shelf->count > 1)
		qsort(shelf->items, shelf->count, sizeof(*shelf->items), find_by_newest);
	while (shelf->count > EARLIER_KEPT)
		free(shelf->items[--shelf->count].name);
}

static int keep(void *context, const char *name, const struct identity *identity)
{
	struct shelf *shelf = context;

	if (shelf->count == 2 * EARLIER_KEPT)
		arrange(shelf);
	shelf->items = memory_room(shelf->items, shelf->count, sizeof(*shelf->items));
	shelf->items[shelf->count++] =
		(struct found){.name = memory_string(name),
			       .store = shelf->store,
			       .identity = *identity,
			       .made_ms = found_made_ms(shelf->store, shelf->pattern, name, identity)};
	return 0;
}

/* What nobody compares with is looked for where there can be several, since people are told of the drift. */
static int look_at(struct run *run, size_t number, struct shelf *shelf)
{
	const char *store;
	const struct text *pattern = pattern_of(run, number, &store);
	bool is_wanted = needs_on(run, number) & NEED_EARLIER;
	struct glob *glob = NULL;
	int result = 0;

	if (pattern->anywhen == NULL)
		return error_set(&shelf->trouble, "its place is known only once a step has run");
	if ((store != NULL ? glob_compile_key : glob_compile)(pattern->anywhen, &glob, &shelf->trouble) < 0)
		return -1;
	shelf->pattern = pattern;
	shelf->has_one_name = glob_is_literal(glob);
	shelf->store = store != NULL ? stores_find(run, store)->open : NULL;
	if (!is_wanted && shelf->has_one_name)
		result = 0;
	else if (store != NULL && shelf->store == NULL)
		result = error_set(&shelf->trouble, "the store '%s' could not be opened", store);
	else
		result = find_each(shelf->store, glob, keep, shelf, &shelf->trouble);
	arrange(shelf);
	glob_free(glob);
	return result;
}

static bool has_backups(const struct run *run, size_t shelf)
{
	const struct manifest_artifact *artifact = run->artifacts[artifact_on(run, shelf)].artifact;

	if (run->options.mode != RUN_MODE_VERIFY)
		return shelf < run->artifact_count;
	return shelf >= run->artifact_count || artifact->file == NULL || artifact->uploads.count == 0;
}

static void hash(struct run *run, struct source *source, struct newest_earlier *newest)
{
	struct inspect_request request = {.path = newest->name,
					  .source = source,
					  .digests = {.sha256 = 1},
					  .cancelled = run_is_cancelled,
					  .cancelled_context = run};
	struct inspect_result result;

	run->listener->note(run, "reading the backup before: %s", newest->name);
	inspect(&request, &result);
	source_close(source);
	if (result.trouble.soundness == SOUND)
		memcpy(newest->sha256, result.digests.sha256, sizeof(newest->sha256));
	else
		newest->trouble = result.trouble.error;
}

static const char *own_sha256(const struct store_object *object)
{
	for (size_t i = 0; i < object->checksum_count; i++)
		if (object->checksums[i].algorithm == STORE_SHA256 && !object->checksums[i].is_composite)
			return object->checksums[i].hex;
	return NULL;
}

/* A store that knows a digest spares the download; what the uploader wrote beside the object is no such knowledge. */
static void ask_store(struct run *run, struct store *store, struct newest_earlier *newest)
{
	struct store_object object;
	struct source *source;

	if (store->head(store, newest->name, &object, &newest->trouble) != STORE_OK)
		return;
	if (own_sha256(&object) != NULL)
		memcpy(newest->sha256, own_sha256(&object), sizeof(newest->sha256));
	else if (object.etag_may_be_md5)
		memcpy(newest->md5, object.etag, sizeof(newest->md5) - 1);
	else if (store->get(store, newest->name, &object, &source, &newest->trouble) == STORE_OK)
		hash(run, source, newest);
}

static void find_digest(struct run *run, const struct found *item, struct newest_earlier *newest)
{
	struct source_file_facts facts;
	struct source *source;

	if (item->store != NULL)
		ask_store(run, item->store, newest);
	else if (source_open_file(newest->name, &source, &facts, &newest->trouble) == 0)
		hash(run, source, newest);
}

static void set_newest(const struct found *item, struct newest_earlier *newest)
{
	newest->name = memory_string(item->name);
	newest->size_bytes = item->identity.size_bytes;
}

/* What is known of it now, since it will be overwritten. */
static void take_down_newest(struct run *run, size_t number)
{
	struct shelf *shelf = &run->state->shelves[number];

	if (!(needs_on(run, number) & NEED_EARLIER_DIGEST) || shelf->failed || shelf->count != 1)
		return;
	set_newest(&shelf->items[0], &shelf->overwritten);
	find_digest(run, &shelf->items[0], &shelf->overwritten);
}

void earlier_gather(struct run *run)
{
	for (size_t i = 0; i < shelf_count(run) && !run_is_cancelled(run); i++) {
		struct shelf *shelf = &run->state->shelves[i];
		bool is_wanted = needs_on(run, i) & NEED_EARLIER;
		if (!has_backups(run, i) || (!is_wanted && run->options.mode != RUN_MODE_VERIFY))
			continue;
		shelf->failed = look_at(run, i, shelf) < 0;
		if (run->options.mode == RUN_MODE_RUN)
			take_down_newest(run, i);
	}
}

/* What lay there before the one that was found, the oldest first, and judged. */
struct yardsticks {
	struct kept_object *items;
	const struct found **founds;
	size_t count;
	struct earlier_backups accepted;
};

static struct yardsticks yardsticks_for(const struct run *run, const struct found *found)
{
	const struct shelf *shelf = &run->state->shelves[found->shelf];
	struct yardsticks before = {memory_array(shelf->count, sizeof(*before.items)),
				    memory_array(shelf->count, sizeof(struct found *)),
				    0,
				    {.trouble = NULL}};

	for (size_t i = shelf->count; i-- > 0;) {
		const struct found *item = &shelf->items[i];
		if (find_is_same(item, found) || (run->options.mode != RUN_MODE_RUN && item->made_ms > found->made_ms))
			continue;
		before.founds[before.count] = item;
		before.items[before.count++] =
			(struct kept_object){.size_bytes = item->identity.size_bytes, .made_ms = item->made_ms};
	}
	accepted_judge(earlier_judges(run, found->shelf), found->identity.size_bytes, before.items, before.count,
		       &before.accepted);
	return before;
}

static void yardsticks_release(struct yardsticks *before)
{
	free(before->items);
	free(before->founds);
}

void earlier_backups(const struct run *run, const struct found *found, struct earlier_backups *ret_backups)
{
	const struct shelf *shelf = &run->state->shelves[found->shelf];
	struct yardsticks before = yardsticks_for(run, found);

	*ret_backups = before.accepted;
	ret_backups->trouble = shelf->failed ? shelf->trouble.message : NULL;
	yardsticks_release(&before);
}

/* What has the name of the one that was found is not there any more. */
static void bring_newest(struct run *run, const struct found *item, const struct found *found,
			 struct newest_earlier *newest)
{
	const struct newest_earlier *overwritten = &run->state->shelves[found->shelf].overwritten;

	if (strcmp(item->name, found->name) != 0) {
		set_newest(item, newest);
		if (item->identity.size_bytes == found->identity.size_bytes)
			find_digest(run, item, newest);
	} else if (overwritten->name != NULL) {
		*newest = *overwritten;
		newest->name = memory_string(overwritten->name);
	} else {
		set_newest(item, newest);
		error_set(&newest->trouble, "it has been overwritten");
	}
}

void earlier_newest(struct run *run, const struct found *found, struct newest_earlier *ret_newest)
{
	const struct shelf *shelf = &run->state->shelves[found->shelf];
	struct yardsticks before;
	size_t newest;

	*ret_newest = (struct newest_earlier){.name = NULL};
	if (!(needs_on(run, found->shelf) & NEED_EARLIER_DIGEST) || shelf->failed)
		return;
	before = yardsticks_for(run, found);
	newest = accepted_before_night(before.items, before.count, found->made_ms);
	if (newest < before.count) {
		bring_newest(run, before.founds[newest], found, ret_newest);
	} else if (before.count == 1 && shelf->has_one_name) {
		bring_newest(run, before.founds[0], found, ret_newest);
		ret_newest->is_of_same_night = true;
	}
	yardsticks_release(&before);
}

void earlier_newest_release(struct newest_earlier *newest)
{
	free(newest->name);
	newest->name = NULL;
}

void earlier_release(struct run *run)
{
	for (size_t i = 0; i < shelf_count(run); i++) {
		struct shelf *shelf = &run->state->shelves[i];
		for (size_t j = 0; j < shelf->count; j++)
			free(shelf->items[j].name);
		free(shelf->items);
		earlier_newest_release(&shelf->overwritten);
	}
}

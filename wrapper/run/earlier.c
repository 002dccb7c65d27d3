#include "wrapper/run/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/glob.h"
#include "assertions/base/memory.h"
#include "wrapper/run/siblings.h"

/* The newest that were found so far, the newest first. */
static void add(void *self, const char *name, int64_t size_bytes, int64_t modified_ms)
{
	struct earlier *earlier = self;
	size_t at = earlier->count;

	while (at > 0 && earlier->items[at - 1].modified_ms < modified_ms)
		at--;
	if (at == EARLIER_KEPT)
		return;
	if (earlier->count == EARLIER_KEPT)
		free(earlier->items[--earlier->count].name);
	memmove(&earlier->items[at + 1], &earlier->items[at], (earlier->count - at) * sizeof(earlier->items[0]));
	earlier->items[at] = (struct earlier_item){memory_string(name), size_bytes, modified_ms};
	earlier->count++;
}

/* What nobody compares with is looked for where there can be several, since people are told of the drift. */
static int look(struct run *run, const char *store_name, const struct text *where, bool is_wanted,
		struct earlier *earlier, struct error *err)
{
	struct glob *glob = NULL;
	const struct run_store *store = store_name != NULL ? stores_find(run, store_name) : NULL;
	int result = 0;

	if (where->anywhen == NULL)
		return error_set(err, "its place is known only once a step has run");
	if ((store_name != NULL ? glob_compile_key : glob_compile)(where->anywhen, &glob, err) < 0)
		return -1;
	if (!is_wanted && glob_is_literal(glob))
		result = 0;
	else if (store != NULL && store->open == NULL)
		result = error_set(err, "the store '%s' could not be opened", store_name);
	else
		result = siblings_tell(&(struct siblings){glob, store != NULL ? store->open : NULL}, add, earlier, err);
	glob_free(glob);
	return result;
}

size_t earlier_artifact(const struct run *run, size_t place)
{
	size_t artifact = 0;

	if (place < run->artifact_count)
		return place;
	while (run->artifacts[artifact].artifact != run->uploads[place - run->artifact_count].artifact)
		artifact++;
	return artifact;
}

/* Where the artifact is kept: its first upload's place, or its own. */
static const struct text *artifact_place(const struct manifest_artifact *artifact, const char **ret_store)
{
	const struct manifest_upload *upload =
		artifact->uploads.count > 0 ? ((struct manifest_upload *const *)artifact->uploads.items)[0] : NULL;

	*ret_store = artifact->object != NULL ? artifact->object->store : upload != NULL ? upload->store : NULL;
	if (artifact->object != NULL)
		return artifact->object->key;
	return upload != NULL ? upload->key : artifact->file;
}

static const struct text *place_of(const struct run *run, size_t place, const char **ret_store)
{
	const struct manifest_upload *upload;

	if (place < run->artifact_count)
		return artifact_place(run->artifacts[place].artifact, ret_store);
	upload = run->uploads[place - run->artifact_count].upload;
	*ret_store = upload->store;
	return upload->key;
}

struct run_store *earlier_store(struct run *run, size_t place)
{
	const char *name;

	place_of(run, place, &name);
	return name != NULL ? stores_find(run, name) : NULL;
}

static bool lies_there(const struct run *run, size_t place)
{
	const struct manifest_artifact *artifact;

	if (run->options.mode != RUN_MODE_VERIFY)
		return place < run->artifact_count;
	artifact = run->artifacts[earlier_artifact(run, place)].artifact;
	return place >= run->artifact_count || artifact->file == NULL || artifact->uploads.count == 0;
}

void earlier_gather(struct run *run)
{
	for (size_t i = 0; i < run->artifact_count + run->upload_count && !run_is_cancelled(run); i++) {
		struct earlier *earlier = &run->state->earlier[i];
		bool wanted = check_list_needs(&run->state->artifacts[earlier_artifact(run, i)].bytes) & NEED_EARLIER;
		const char *store;
		const struct text *where = place_of(run, i, &store);
		if (!lies_there(run, i) || (!wanted && run->options.mode != RUN_MODE_VERIFY))
			continue;
		earlier->failed = look(run, store, where, wanted, earlier, &earlier->trouble) < 0;
		if (run->options.mode == RUN_MODE_RUN)
			previous_take_down(run, i);
	}
}

void earlier_for(const struct run *run, size_t place, const char *name, int64_t modified_ms,
		 struct earlier_backups *ret_backups)
{
	const struct earlier *earlier = &run->state->earlier[place];

	*ret_backups = (struct earlier_backups){.trouble = earlier->failed ? earlier->trouble.message : NULL};
	for (size_t i = 0; i < earlier->count && ret_backups->count < EARLIER_MAX; i++) {
		const struct earlier_item *item = &earlier->items[i];
		if (strcmp(item->name, name) == 0 && item->modified_ms == modified_ms)
			continue;
		if (item->modified_ms <= modified_ms || run->options.mode == RUN_MODE_RUN)
			ret_backups->sizes[ret_backups->count++] = item->size_bytes;
	}
}

void earlier_release(struct run *run)
{
	for (size_t i = 0; i < run->artifact_count + run->upload_count; i++) {
		for (size_t j = 0; j < run->state->earlier[i].count; j++)
			free(run->state->earlier[i].items[j].name);
		previous_release(&run->state->earlier[i].overwritten);
	}
}

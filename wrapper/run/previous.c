#include "wrapper/run/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/memory.h"

static bool is_wanted(const struct run *run, size_t place)
{
	return check_list_needs(&run->state->artifacts[earlier_artifact(run, place)].bytes) & NEED_PREVIOUS;
}

static void hash(struct run *run, struct source *source, struct previous_backup *previous)
{
	struct inspect_request request = {.path = previous->name,
					  .source = source,
					  .digests = {.sha256 = 1},
					  .cancelled = run_is_cancelled,
					  .cancelled_context = run};
	struct inspect_result result;

	run->listener->note(run, "reading the backup before: %s", previous->name);
	inspect(&request, &result);
	source_close(source);
	if (result.trouble.soundness == SOUND)
		memcpy(previous->sha256, result.digests.sha256, sizeof(previous->sha256));
	else
		previous->trouble = result.trouble.error;
}

static void hash_file(struct run *run, struct previous_backup *previous)
{
	struct source_file_facts facts;
	struct source *source;

	if (source_open_file(previous->name, &source, &facts, &previous->trouble) == 0)
		hash(run, source, previous);
}

/* A store that knows a digest spares the download. */
static void ask_store(struct run *run, struct store *store, struct previous_backup *previous, bool may_read)
{
	struct store_object object;
	struct source *source;

	if (store->head(store, previous->name, &object, &previous->trouble) != STORE_OK)
		return;
	if (object.uploader_sha256[0] != '\0')
		memcpy(previous->sha256, object.uploader_sha256, sizeof(previous->sha256));
	else if (object.etag_may_be_md5)
		memcpy(previous->md5, object.etag, sizeof(previous->md5) - 1);
	else if (!may_read)
		error_set(&previous->trouble, "the store knows none, and it has been overwritten");
	else if (store->get(store, previous->name, &object, &source, &previous->trouble) == STORE_OK)
		hash(run, source, previous);
}

static void set_item(struct previous_backup *previous, const struct earlier_item *item)
{
	previous->name = memory_string(item->name);
	previous->size_bytes = item->size_bytes;
}

void previous_take_down(struct run *run, size_t artifact)
{
	struct earlier *earlier = &run->state->earlier[artifact];
	const struct run_store *store = earlier_store(run, artifact);

	if (!is_wanted(run, artifact) || earlier->failed || earlier->count != 1)
		return;
	set_item(&earlier->overwritten, &earlier->items[0]);
	if (store == NULL)
		hash_file(run, &earlier->overwritten);
	else if (store->open != NULL)
		ask_store(run, store->open, &earlier->overwritten, false);
}

static void copy(const struct previous_backup *from, struct previous_backup *ret_previous)
{
	*ret_previous = *from;
	ret_previous->name = memory_string(from->name);
}

void previous_find(struct run *run, size_t place, const char *name, int64_t modified_ms, int64_t size_bytes,
		   struct previous_backup *ret_previous)
{
	const struct earlier *earlier = &run->state->earlier[place];
	const struct run_store *store = earlier_store(run, place);
	const struct earlier_item *item = NULL;

	memset(ret_previous, 0, sizeof(*ret_previous));
	ret_previous->is_unknown = earlier->failed;
	ret_previous->trouble = earlier->trouble;
	if (!is_wanted(run, place) || earlier->failed)
		return;
	for (size_t i = 0; i < earlier->count && item == NULL; i++)
		if (strcmp(earlier->items[i].name, name) != 0 || earlier->items[i].modified_ms != modified_ms)
			item = &earlier->items[i];
	if (item == NULL)
		return;
	if (strcmp(item->name, name) == 0 && earlier->overwritten.name != NULL) {
		copy(&earlier->overwritten, ret_previous);
		return;
	}
	set_item(ret_previous, item);
	if (item->size_bytes != size_bytes)
		return;
	if (store == NULL)
		hash_file(run, ret_previous);
	else if (store->open != NULL)
		ask_store(run, store->open, ret_previous, true);
}

void previous_release(struct previous_backup *previous)
{
	free(previous->name);
	previous->name = NULL;
}

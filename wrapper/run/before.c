#include "wrapper/run/evidence.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/glob.h"
#include "assertions/base/memory.h"
#include "wrapper/process/supervise.h"

#define NOTED_MAX 10000 /* of one place */
#define SEEN_MAX 100000 /* of one place that only a step will name */
#define RECENT_MS 3600000 /* as far as clocks may be wrong: what is older is told by its time */
#define CUT_MS 2000 /* until a time that is cut to seconds, of a clock that is known to half of one, is another one */

struct noted {
	char *name;
	struct identity identity;
};

struct noting {
	struct place_before *place;
	int64_t recent_ms; /* what was modified since then may be mistaken for this run's */
	int64_t now_ms; /* by the clock there */
	int64_t *wait_ms;
	size_t seen, seen_max;
};

/* What is written in the same second as what lies there, and is equal, would look the same: such a second is waited for. */
static void wait_for_next_time(const struct noting *noting, const struct identity *identity)
{
	int64_t left_ms = identity->modified_ms / 1000 * 1000 + CUT_MS - noting->now_ms;

	if (identity_is_cut(identity) && left_ms <= CUT_MS && left_ms > *noting->wait_ms)
		*noting->wait_ms = left_ms;
}

static void note(const struct noting *noting, const char *name, const struct identity *identity)
{
	struct place_before *place = noting->place;

	place->items = memory_room(place->items, place->count, sizeof(*place->items));
	place->items[place->count++] = (struct noted){memory_string(name), *identity};
	wait_for_next_time(noting, identity);
}

static int saw(void *context, const char *name, const struct identity *identity)
{
	struct noting *noting = context;
	bool is_recent = identity->modified_ms >= noting->recent_ms;

	/* That a store's object is old needs no memory of it. */
	if (!is_recent && (!identity->is_file || noting->place->count >= NOTED_MAX))
		return ++noting->seen > noting->seen_max;
	if (noting->place->count >= 2 * NOTED_MAX)
		return 1;
	note(noting, name, identity);
	return ++noting->seen > noting->seen_max;
}

/* Without s3:ListBucket a store denies what is not there; had it been there it would have been told. */
static int note_object(struct store *store, const char *key, const struct noting *noting, struct error *err)
{
	struct store_object object;
	enum store_status status = store->head(store, key, &object, err);

	if (status == STORE_OK) {
		const struct identity identity = store_object_identity(&object);
		note(noting, key, &identity);
	}
	return status == STORE_OK || status == STORE_ABSENT || status == STORE_NO_BUCKET || status == STORE_DENIED ? 0
														   : -1;
}

/* What a step will print may be anything. */
static char *pattern_of(const struct text *text, bool is_key)
{
	struct buffer pattern;

	buffer_init(&pattern, GLOB_TEXT_MAX);
	for (size_t i = 0; i < text->count; i++)
		buffer_string(&pattern, text->parts[i].step == NULL ? text->parts[i].literal : is_key ? "**" : "*");
	return buffer_take(&pattern);
}

static int look(struct store *store, const struct text *text, struct noting *noting, struct error *err)
{
	cleanup_free char *pattern = pattern_of(text, store != NULL);
	struct glob *glob = NULL;
	int result;

	if ((store != NULL ? glob_compile_key : glob_compile)(pattern, &glob, err) < 0)
		return -1;
	if (store != NULL && glob_is_literal(glob))
		result = note_object(store, glob_prefix(glob), noting, err);
	else
		result = find_each(store, glob, saw, noting, err);
	glob_free(glob);
	return result > 0 ? error_set(err, "there is too much in its place") : result;
}

static int by_name(const void *left, const void *right)
{
	return strcmp(((const struct noted *)left)->name, ((const struct noted *)right)->name);
}

static void note_place(struct run *run, size_t number, const char *store_name, const struct text *text,
		       int64_t *wait_ms)
{
	struct place_before *place = &run->state->places[number];
	struct store *store = store_name != NULL ? stores_find(run, store_name)->open : NULL;
	int64_t now_ms = clock_now_ms() + (store != NULL ? store->clock_offset_ms : 0);
	struct noting noting = {.place = place,
				.recent_ms = now_ms - RECENT_MS,
				.now_ms = now_ms,
				.wait_ms = wait_ms,
				.seen_max = text_is_known(text) ? SIZE_MAX : SEEN_MAX};

	if (store_name != NULL && store == NULL) {
		error_set(&place->trouble, "the store '%s' could not be opened", store_name);
		return;
	}
	place->is_known = look(store, text, &noting, &place->trouble) == 0;
	if (place->count > 1)
		qsort(place->items, place->count, sizeof(*place->items), by_name);
}

void before_note(struct run *run)
{
	int64_t wait_ms = 0;

	for (size_t i = 0; i < run->artifact_count && !run_is_cancelled(run); i++) {
		const struct manifest_artifact *artifact = run->artifacts[i].artifact;
		if (artifact->file != NULL)
			note_place(run, i, NULL, artifact->file, &wait_ms);
		else
			note_place(run, i, artifact->object->store, artifact->object->key, &wait_ms);
	}
	for (size_t i = 0; i < run->upload_count && !run_is_cancelled(run); i++)
		note_place(run, run->artifact_count + i, run->uploads[i].upload->store, run->uploads[i].upload->key,
			   &wait_ms);
	if (wait_ms > 0)
		supervise_sleep(wait_ms);
}

static const struct noted *find(const struct place_before *place, const char *name)
{
	const struct noted wanted = {.name = (char *)(uintptr_t)name};

	return place->count > 0 ? bsearch(&wanted, place->items, place->count, sizeof(*place->items), by_name) : NULL;
}

enum origin before_origin(const struct run *run, size_t number, const char *name, const struct identity *now,
			  int64_t since_ms)
{
	const struct place_before *place = &run->state->places[number];
	const struct noted *before = find(place, name);
	enum origin origin = identity_origin(now, before != NULL ? &before->identity : NULL, since_ms);

	/* A cut time may be one of before; the tolerance is for what is known not to have been there. */
	if (origin == ORIGIN_THIS_RUN && before == NULL && !place->is_known && identity_is_cut(now) &&
	    now->modified_ms < since_ms)
		return ORIGIN_UNTOLD;
	return origin;
}

void before_release(struct run *run)
{
	for (size_t i = 0; i < run->artifact_count + run->upload_count; i++) {
		struct place_before *place = &run->state->places[i];
		for (size_t j = 0; j < place->count; j++)
			free(place->items[j].name);
		free(place->items);
	}
}

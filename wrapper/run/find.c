#include "wrapper/run/evidence.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/glob.h"
#include "assertions/base/memory.h"
#include "assertions/value/dated.h"

#define FILES_MAX 10000

int64_t found_made_ms(const struct store *store, const struct text *pattern, const char *name,
		      const struct identity *identity)
{
	return store != NULL ? store_made_ms(store, pattern, name, identity->modified_ms)
			     : dated_made_ms(pattern, false, name, identity->modified_ms, clock_now_ms());
}

bool find_is_same(const struct found *a, const struct found *b)
{
	return strcmp(a->name, b->name) == 0 && identity_is_same(&a->identity, &b->identity);
}

struct telling {
	const struct glob *glob;
	int (*saw)(void *context, const char *name, const struct identity *identity);
	void *context;
	struct error *err;
	int stopped;
};

static int tell_object(void *context, const struct store_object *object)
{
	struct telling *telling = context;
	const struct identity identity = store_object_identity(object);

	if (glob_matches(telling->glob, object->key))
		telling->stopped = telling->saw(telling->context, object->key, &identity);
	return telling->stopped;
}

static int tell_file(void *context, const char *path)
{
	const struct telling *telling = context;
	struct identity identity;

	/* What is gone meanwhile is none of them; what cannot be looked at may be the newest. */
	if (identity_of_path(AT_FDCWD, path, &identity) < 0)
		return errno == ENOENT || errno == ENOTDIR
			       ? 0
			       : error_set(telling->err, "cannot look at '%.200s': %s", path, strerror(errno));
	return telling->saw(telling->context, path, &identity);
}

int find_each(struct store *store, const struct glob *glob,
	      int (*saw)(void *context, const char *name, const struct identity *identity), void *context,
	      struct error *err)
{
	struct telling telling = {.glob = glob, .saw = saw, .context = context, .err = err};

	if (store == NULL)
		return glob_files(glob, tell_file, &telling, err);
	return store->list(store, glob_prefix(glob), tell_object, &telling, err) == STORE_OK ? telling.stopped : -1;
}

static struct found *add(struct finds *finds, const char *name, const struct identity *identity)
{
	struct found *found;

	finds->items = memory_grow(finds->items, finds->count + 1, sizeof(*finds->items));
	found = &finds->items[finds->count++];
	*found = (struct found){.name = memory_string(name), .identity = *identity};
	return found;
}

static int add_file(void *context, const char *path, const struct identity *identity)
{
	struct finds *finds = context;

	if (finds->count == FILES_MAX)
		return 1;
	add(finds, path, identity);
	return 0;
}

static void add_object(struct finds *finds, struct store *store, const struct text *pattern,
		       const struct store_object *object, size_t shelf, struct destination *destination)
{
	const struct identity identity = store_object_identity(object);
	struct found *found = add(finds, object->key, &identity);

	found->made_ms = found_made_ms(store, pattern, object->key, &identity);
	found->store = store;
	found->object = object;
	found->shelf = shelf;
	found->destination = destination;
}

int find_by_newest(const void *left, const void *right)
{
	const struct found *a = left, *b = right;

	if (a->made_ms != b->made_ms)
		return a->made_ms < b->made_ms ? 1 : -1;
	return strcmp(b->name, a->name);
}

/* What each night has its own of, in a name: a digit stands for any. */
static const struct {
	const char *variable, *shape;
} night_marks[] = {{"${run.date}", "0000-00-00"}, {"${run.time}", "00000000T000000Z"}};

static const char *find_shape(const char *name, const char *shape)
{
	for (; *name != '\0'; name++) {
		size_t i = 0;
		while (shape[i] != '\0' && (shape[i] == '0' ? name[i] >= '0' && name[i] <= '9' : name[i] == shape[i]))
			i++;
		if (shape[i] == '\0')
			return name;
	}
	return NULL;
}

/* The part of the newest one's name that tells its night, with its length; NULL where nothing does. */
static const char *find_night(const struct text *path, const char *newest, size_t *ret_length)
{
	for (size_t i = 0; i < sizeof(night_marks) / sizeof(night_marks[0]); i++) {
		*ret_length = strlen(night_marks[i].shape);
		if (strstr(path->written, night_marks[i].variable) != NULL)
			return find_shape(newest, night_marks[i].shape);
	}
	return NULL;
}

/*
 * Under verify the backups of other nights lie there too. Where a count is declared all that a run would have found are
 * examined: of the newest night, where ${run...} tells nights apart, and at most as many as there may be.
 */
static void leave_to_other_nights(const struct manifest_artifact *artifact, struct finds *finds)
{
	const struct manifest_count one = {1, 1}, *wanted = artifact->count != NULL ? artifact->count : &one;
	size_t least = wanted->min > 0 ? (size_t)wanted->min : 1, count = 0, length = 0;
	size_t most = wanted->max > 0 ? (size_t)wanted->max : SIZE_MAX;
	bool is_nightly = strstr(artifact->file->written, "${run.") != NULL;

	const char *found = finds->count > 0 ? find_night(artifact->file, finds->items[0].name, &length) : NULL;
	cleanup_free char *night = found != NULL ? memory_substring(found, length) : NULL;
	for (size_t i = 0; i < finds->count; i++) {
		bool is_of_night = !is_nightly || (night != NULL && strstr(finds->items[i].name, night) != NULL);
		if (count < least || (is_of_night && count < most))
			finds->items[count++] = finds->items[i];
		else
			free(finds->items[i].name);
	}
	finds->count = count;
}

struct inode {
	dev_t device;
	ino_t number;
	bool is_link; /* its name is a symbolic one */
};

static bool look_at_inode(const char *path, struct inode *ret_inode)
{
	struct stat status, named;

	if (stat(path, &status) < 0 || lstat(path, &named) < 0)
		return false;
	*ret_inode = (struct inode){status.st_dev, status.st_ino, S_ISLNK(named.st_mode)};
	return true;
}

/* Which of the first `count` is the same file, or `count`. Sorted: names of one file have one time, and lie side by side. */
static size_t find_same_inode(const struct found *items, const struct inode *inodes, size_t count,
			      const struct found *item, const struct inode *inode)
{
	for (size_t i = count; i > 0 && items[i - 1].identity.modified_ms == item->identity.modified_ms; i--)
		if (inodes[i - 1].number == inode->number && inodes[i - 1].device == inode->device)
			return i - 1;
	return count;
}

/* Of a file's several names one is kept, if there is one that is no symbolic link. */
static void leave_out_other_names(struct finds *finds)
{
	cleanup_free struct inode *inodes = memory_array(finds->count, sizeof(*inodes));
	size_t count = 0;

	for (size_t i = 0; i < finds->count; i++) {
		struct found *item = &finds->items[i];
		struct inode inode = {0};
		size_t same = look_at_inode(item->name, &inode)
				      ? find_same_inode(finds->items, inodes, count, item, &inode)
				      : count;
		if (same < count && (inode.is_link || !inodes[same].is_link)) {
			free(item->name);
			continue;
		}
		if (same < count)
			free(finds->items[same].name);
		finds->items[same] = *item;
		inodes[same] = inode;
		count += same == count;
	}
	finds->count = count;
}

static void sort(struct finds *finds)
{
	if (finds->count > 1)
		qsort(finds->items, finds->count, sizeof(*finds->items), find_by_newest);
}

static void find_files(const struct run *run, size_t index, const char *pattern, struct finds *finds)
{
	int result = -1;

	if (glob_compile(pattern, &finds->glob, &finds->trouble) == 0)
		result = find_each(NULL, finds->glob, add_file, finds, &finds->trouble);
	finds->status = result == 0 ? STORE_OK : STORE_BROKEN;
	if (result > 0)
		error_set(&finds->trouble, "more than %d files match", FILES_MAX);
	/* By the clock first: the names of one file lie side by side then. */
	for (size_t i = 0; i < finds->count; i++)
		finds->items[i].made_ms = finds->items[i].identity.modified_ms;
	sort(finds);
	leave_out_other_names(finds);
	for (size_t i = 0; i < finds->count; i++)
		finds->items[i].made_ms = found_made_ms(NULL, run->artifacts[index].artifact->file,
							finds->items[i].name, &finds->items[i].identity);
	sort(finds);
	finds->location = finds->count > 0 ? memory_string(pattern) : glob_whereabouts(pattern);
	finds->matched = (int64_t)finds->count;
	if (run->options.mode == RUN_MODE_VERIFY)
		leave_to_other_nights(run->artifacts[index].artifact, finds);
	for (size_t i = 0; i < finds->count; i++)
		finds->items[i].shelf = index;
}

static void find_object(struct run *run, size_t index, const char *key, struct finds *finds)
{
	const struct manifest_artifact *artifact = run->artifacts[index].artifact;
	struct run_store *place = stores_find(run, artifact->object->store);
	const struct text *pattern = artifact->object->key;
	struct store *store = place->open;

	if (store == NULL) {
		error_set(&finds->trouble, "the store '%s' could not be opened", place->name);
		return;
	}
	finds->location = memory_format("%s%s", store->place, key);
	finds->status = STORE_BROKEN;
	if (glob_compile_key(key, &finds->glob, &finds->trouble) < 0)
		return;
	finds->store = store;
	do {
		finds->trouble.message[0] = '\0';
		finds->status = store_newest(store, finds->glob, pattern, &finds->newest, NULL, &finds->trouble);
	} while (artifact->step != NULL && stores_wait_for(run, place, finds->status, &finds->newest));
	if (finds->status == STORE_OK)
		add_object(finds, store, pattern, &finds->newest, index, NULL);
	else if (finds->status == STORE_ABSENT && glob_is_literal(finds->glob))
		store_find_twin(store, glob_prefix(finds->glob), finds->twin);
	finds->matched = (int64_t)finds->count;
}

static void add_destination(struct finds *finds, struct destination *destination)
{
	add_object(finds, destination->store->open, destination->upload->upload->key, &destination->upload->object,
		   destination->shelf, destination);
}

/* Under verify an artifact that is uploaded is examined where it is kept, not where it once was made. */
static void find_uploaded(const struct destinations *destinations, struct finds *finds)
{
	size_t i = 0;

	while (i + 1 < destinations->count && destinations->items[i].status != STORE_OK)
		i++;
	finds->status = destinations->items[i].status;
	finds->trouble = destinations->items[i].trouble;
	finds->location = uploads_location(&destinations->items[finds->status == STORE_OK ? i : 0]);
	if (finds->status == STORE_OK)
		add_destination(finds, &destinations->items[i]);
	finds->matched = (int64_t)finds->count;
}

/* What lies on a further shelf is a backup of its own, which must stand alone when the others are gone. */
static void add_other_shelves(const struct destinations *destinations, struct finds *finds)
{
	const struct destination *first = finds->own > 0 ? finds->items[0].destination : NULL;

	for (size_t i = 0; i < destinations->count; i++)
		if (destinations->items[i].status == STORE_OK && &destinations->items[i] != first)
			add_destination(finds, &destinations->items[i]);
}

int find_artifact(struct run *run, size_t index, const struct destinations *destinations, struct finds *ret_finds)
{
	const struct manifest_artifact *artifact = run->artifacts[index].artifact;
	bool verify = run->options.mode == RUN_MODE_VERIFY;
	cleanup_free char *where = NULL;

	*ret_finds = (struct finds){.now_ms = clock_now_ms()};
	if (verify && artifact->file != NULL && destinations->count > 0)
		find_uploaded(destinations, ret_finds);
	else if (text_resolve(artifact->file != NULL ? artifact->file : artifact->object->key, steps_lookup, run,
			      &where, &ret_finds->trouble) < 0)
		return -1;
	else if (artifact->file != NULL)
		find_files(run, index, where, ret_finds);
	else
		find_object(run, index, where, ret_finds);
	ret_finds->own = ret_finds->count;
	if (ret_finds->own > 0 && ret_finds->items[0].store != NULL)
		ret_finds->now_ms += ret_finds->items[0].store->clock_offset_ms;
	if (verify)
		add_other_shelves(destinations, ret_finds);
	return 0;
}

void finds_release(struct finds *finds)
{
	for (size_t i = 0; i < finds->count; i++)
		free(finds->items[i].name);
	free(finds->items);
	free(finds->location);
	glob_free(finds->glob);
}

int find_text(struct source *source, struct buffer *text, struct error *err)
{
	const unsigned char *data;
	struct trouble trouble;
	size_t length = 0;
	int result;

	while ((result = source_next(source, &data, &length, &trouble)) == 0 && length > 0)
		buffer_append(text, data, length);
	if (result < 0)
		*err = trouble.error;
	source_close(source);
	return result;
}

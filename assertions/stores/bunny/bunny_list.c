#include "assertions/stores/bunny/bunny_private.h"

#include <string.h>

#include "assertions/base/buffer.h"
#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/stores/bucket.h"

#define FNV_OFFSET UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

struct walk {
	struct bunny *bunny;
	char *prefix; /* whole */
	size_t own_length; /* of the store's prefix: not part of a key */
	int (*found)(void *context, const struct store_object *object);
	void *context;
	bool stopped;
	struct buffer pending; /* keys of folders, each with its NUL: the last is the next */
	unsigned folders;
	char folder[STORE_KEY_MAX]; /* "" or "a/b/" */
	uint64_t told_count, told_digest; /* entries of this folder, in any attempt */
	uint64_t attempt_count, attempt_digest; /* in this attempt */
	struct error trouble; /* what no other attempt could mend; "" */
};

static void digest(uint64_t *sum, const void *data, size_t length)
{
	for (size_t i = 0; i < length; i++)
		*sum = (*sum ^ ((const unsigned char *)data)[i]) * FNV_PRIME;
}

static void digest_entry(uint64_t *sum, const struct bunny_file *entry)
{
	digest(sum, entry->name, strlen(entry->name) + 1);
	digest(sum, &entry->is_folder, sizeof(entry->is_folder));
	digest(sum, &entry->object.size_bytes, sizeof(entry->object.size_bytes));
	digest(sum, &entry->object.modified_ms, sizeof(entry->object.modified_ms));
}

static bool may_lead_to_prefix(const struct walk *walk, const char *path)
{
	size_t length = strlen(path), wanted = strlen(walk->prefix);

	return strncmp(path, walk->prefix, length < wanted ? length : wanted) == 0;
}

static int take_folder(struct walk *walk, const char *path)
{
	if (!may_lead_to_prefix(walk, path))
		return 0;
	if (walk->pending.length + strlen(path) + 1 > BUNNY_PENDING_MAX)
		return error_set(&walk->trouble, "'%s' has more folders than can be remembered",
				 walk->bunny->store.description);
	buffer_append(&walk->pending, path, strlen(path) + 1);
	return 0;
}

static void take_file(struct walk *walk, const char *path, const struct bunny_file *entry)
{
	struct store_object object = entry->object;
	const char *key = path + walk->own_length;

	if (strncmp(path, walk->prefix, strlen(walk->prefix)) != 0 || key[0] == '\0' || bucket_is_probe_key(path))
		return;
	memcpy(object.key, key, strlen(key) + 1);
	walk->stopped = walk->found(walk->context, &object) != 0;
}

static int take_entry(void *context, const struct bunny_file *entry)
{
	struct walk *walk = context;

	walk->attempt_count++;
	digest_entry(&walk->attempt_digest, entry);
	if (walk->attempt_count < walk->told_count)
		return 0;
	if (walk->attempt_count == walk->told_count) {
		if (walk->attempt_digest != walk->told_digest)
			error_set(&walk->trouble, "the folder '%.200s' of '%s' changed while it was listed",
				  walk->folder, walk->bunny->store.description);
		return walk->trouble.message[0] != '\0';
	}
	walk->told_count = walk->attempt_count;
	walk->told_digest = walk->attempt_digest;

	cleanup_free char *path = memory_format("%s%s%s", walk->folder, entry->name, entry->is_folder ? "/" : "");

	if (strlen(path) >= STORE_KEY_MAX)
		return error_set(&walk->trouble, "a key is longer than %d bytes: '%.100s...'", STORE_KEY_MAX - 1, path);
	if (entry->is_folder)
		return take_folder(walk, path);
	take_file(walk, path, entry);
	return walk->stopped;
}

static int read_folder(void *context, struct bunny_json *json, struct error *err)
{
	struct walk *walk = context;

	walk->attempt_count = 0;
	walk->attempt_digest = FNV_OFFSET;
	if (bunny_json_read_all(json, take_entry, walk, err) != 0)
		return -1;
	if (!walk->stopped && walk->trouble.message[0] == '\0' && walk->attempt_count < walk->told_count)
		error_set(&walk->trouble, "the folder '%.200s' of '%s' changed while it was listed", walk->folder,
			  walk->bunny->store.description);
	return 0;
}

/* A folder that is not there is an empty one: folders exist by their files, and backups are being rotated. */
static void list_folder(struct walk *walk, struct bunny_answer *answer)
{
	const struct bunny_request request = {
		.method = "GET",
		.key = walk->folder,
		.headers = {"Accept: application/json"},
		.read = read_folder,
		.context = walk,
		.what = "listing",
	};

	walk->told_count = 0;
	walk->told_digest = FNV_OFFSET;
	bunny_ask(walk->bunny, &request, answer);
	bunny_answer_release(answer);
	if (answer->status == STORE_ABSENT)
		answer->status = walk->told_count == 0 ? STORE_OK : STORE_UNREACHABLE;
	if (walk->trouble.message[0] != '\0') {
		answer->status = STORE_BROKEN;
		answer->error = walk->trouble;
	}
}

static void take_next_folder(struct walk *walk)
{
	struct buffer *pending = &walk->pending;
	size_t begin = --pending->length;

	while (begin > 0 && pending->data[begin - 1] != '\0')
		begin--;
	memcpy(walk->folder, pending->data + begin, pending->length - begin + 1);
	pending->length = begin;
}

static void run(struct walk *walk, struct bunny_answer *answer)
{
	while (walk->pending.length > 0 && !walk->stopped) {
		take_next_folder(walk);
		list_folder(walk, answer);
		if (answer->status != STORE_OK)
			return;
		if (++walk->folders == BUNNY_FOLDERS_MAX && walk->pending.length > 0) {
			answer->status = STORE_BROKEN;
			error_set(&answer->error, "'%s' has more than %u folders", walk->bunny->store.description,
				  BUNNY_FOLDERS_MAX);
			return;
		}
	}
}

static void ask_for_list(struct bunny *bunny, const char *prefix,
			 int (*found)(void *context, const struct store_object *object), void *context,
			 struct bunny_answer *ret_answer)
{
	cleanup_free struct walk *walk = memory_alloc(sizeof(*walk));
	cleanup_free char *whole = bunny_whole_key(bunny, prefix);
	cleanup_free char *example = memory_format("%sx", whole);
	const char *slash = strrchr(whole, '/');

	*ret_answer = (struct bunny_answer){.status = STORE_OK};
	if (!bunny_is_key(example))
		return;
	walk->bunny = bunny;
	walk->prefix = whole;
	walk->own_length = strlen(bunny->prefix);
	walk->found = found;
	walk->context = context;
	buffer_init(&walk->pending, BUNNY_PENDING_MAX);
	buffer_append(&walk->pending, whole, slash != NULL ? (size_t)(slash - whole) + 1 : 0);
	buffer_append(&walk->pending, "", 1);
	run(walk, ret_answer);
	buffer_release(&walk->pending);
}

enum store_status bunny_list(struct store *store, const char *prefix,
			     int (*found)(void *context, const struct store_object *object), void *context,
			     struct error *err)
{
	struct bunny_answer answer;

	ask_for_list((struct bunny *)store, prefix, found, context, &answer);
	if (answer.status != STORE_OK)
		error_set(err, "%s", answer.error.message);
	return answer.status;
}

void bunny_probe(struct store *store, struct store_probe *ret_probe)
{
	struct bunny *bunny = (struct bunny *)store;
	struct bunny_answer answer;

	*ret_probe = (struct store_probe){.region_status = STORE_UNSUPPORTED};
	ask_for_list(bunny, "", store_note_object, &ret_probe->not_empty, &answer);
	ret_probe->status = answer.status;
	if (answer.status != STORE_OK) {
		ret_probe->trouble = answer.error;
		memcpy(ret_probe->hint, answer.hint, sizeof(answer.hint));
	}
	ret_probe->clock_known = bunny->clock_known;
	ret_probe->clock_offset_ms = store->clock_offset_ms;
	error_set(&ret_probe->region_trouble, "Bunny does not say where a zone is");
}

#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/glob.h"
#include "assertions/base/memory.h"
#include "assertions/stores/bucket.h"
#include "assertions/stores/store.h"
#include "wrapper/manifest/manifest.h"
#include "wrapper/roll.h"
#include "wrapper/verbs/learn/learn.h"

#define PG_NUMBERS "[0-9]*"

struct place_of_backups {
	char *folder; /* NULL: a bucket */
	char *name; /* of the store in the manifest */
	struct manifest *manifest; /* holds its configuration, read as any manifest's */
	struct store *store;
};

/* The store is opened with what the manifest will say of it. */
static int open_declared(struct place_of_backups *place, const char *declaration, struct error *err)
{
	const struct manifest_options options = {.run_id = "learn"};
	struct diagnostics diagnostics = {0};
	cleanup_free char *text = memory_format(
		"muster: 1\nname: learn\nstores:\n  %s:\n%sartifacts: [{name: a, object: {store: %s, key: a}}]\n",
		place->name, declaration, place->name);
	const struct manifest_store *declared;

	place->manifest = manifest_parse("learn", text, strlen(text), &options, &diagnostics);
	if (place->manifest == NULL)
		error_set(err, "%s", diagnostics.count > 0 ? diagnostics.items[0].message : "it cannot be declared");
	diagnostics_release(&diagnostics);
	if (place->manifest == NULL)
		return -1;
	declared = manifest_store(place->manifest, place->name);
	return declared->driver->open(declared->config, &place->store, err);
}

static struct place_of_backups *open_place(struct draft *draft, const char *declaration, struct error *err)
{
	struct place_of_backups *place = memory_alloc(sizeof(*place));

	place->name = draft->store_count == 0 ? memory_string("backups")
					      : memory_format("backups%zu", draft->store_count + 1);
	if (open_declared(place, declaration, err) == 0) {
		buffer_print(&draft->stores, "  %s:\n%s", place->name, declaration);
		draft->store_count++;
		return place;
	}
	places_close(place);
	return NULL;
}

struct place_of_backups *places_open_directory(struct draft *draft, const char *path, struct error *err)
{
	cleanup_buffer struct buffer text;

	buffer_init(&text, DRAFT_BYTES_MAX);
	buffer_string(&text, "    directory: {path: ");
	yaml_text_scalar(path, &text);
	buffer_string(&text, "}\n");
	struct place_of_backups *place = open_place(draft, text.data, err);
	if (place != NULL)
		place->folder = memory_string(path);
	return place;
}

static void append_key(struct buffer *text, const char *key, const char *value)
{
	if (value == NULL)
		return;
	buffer_print(text, "%s: ", key);
	yaml_text_scalar(value, text);
	buffer_string(text, ", ");
}

/* What the store can prove today may be asked of it every night. */
static void expect_privacy(struct draft *draft, struct place_of_backups *place)
{
	const struct bucket_calls *calls = place->store->about_bucket;
	struct bucket_sample sample;
	struct error ignored;

	if (calls == NULL || calls->unsigned_listing == NULL || calls->unsigned_object == NULL)
		return;
	bucket_take_sample(place->store, "", &sample);
	if (sample.status == STORE_OK && calls->unsigned_listing(place->store, &ignored) == BUCKET_DOOR_SHUT &&
	    calls->unsigned_object(place->store, sample.object.key, &ignored) == BUCKET_DOOR_SHUT)
		buffer_string(&draft->stores,
			      "    expect: {not_empty: true, private: true}  # a stranger is refused\n");
	else
		buffer_string(&draft->stores, "    expect: {not_empty: true}\n");
}

struct place_of_backups *places_open_bucket(struct draft *draft, const char *bucket,
					    const struct command_options *options, struct error *err)
{
	cleanup_buffer struct buffer text;
	struct place_of_backups *place;

	buffer_init(&text, DRAFT_BYTES_MAX);
	buffer_string(&text, "    s3: {");
	append_key(&text, "endpoint", options->endpoint);
	append_key(&text, "region", options->region);
	buffer_string(&text, "bucket: ");
	yaml_text_scalar(bucket, &text);
	buffer_string(&text, "}\n");
	place = open_place(draft, text.data, err);
	if (place != NULL)
		expect_privacy(draft, place);
	return place;
}

void places_close(struct place_of_backups *place)
{
	if (place == NULL)
		return;
	store_close(place->store);
	manifest_free(place->manifest);
	free(place->name);
	free(place->folder);
	free(place);
}

struct listing {
	struct path_groups *groups;
	struct draft_history *history;
	const struct glob *glob;
};

static int add_to_history(void *context, const struct store_object *object)
{
	const struct listing *listing = context;

	if (glob_matches(listing->glob, object->key))
		draft_history_add(listing->history, object->key, object->modified_ms, object->size_bytes);
	return 0;
}

/* With the history, unless that is NULL: all that the manifest's glob will match, whatever the key was that made it. */
static enum store_status find_newest(struct place_of_backups *place, const char *text, struct store_object *ret_object,
				     struct draft_history *history, struct error *err)
{
	struct glob *glob = NULL;
	enum store_status status;

	if (glob_compile_key(text, &glob, err) < 0)
		return STORE_BROKEN;
	status = store_newest(place->store, glob, NULL, ret_object, NULL, err);
	if (status == STORE_OK && history != NULL)
		status = place->store->list(place->store, glob_prefix(glob), add_to_history,
					    &(struct listing){.history = history, .glob = glob}, err);
	glob_free(glob);
	return status;
}

char *places_newest(struct place_of_backups *place, const char *glob)
{
	struct store_object object;
	struct error ignored;

	return find_newest(place, glob, &object, NULL, &ignored) == STORE_OK ? memory_string(object.key) : NULL;
}

bool places_has(struct place_of_backups *place, const char *key)
{
	struct store_object object;
	struct error ignored;

	return key[0] != '\0' && place->store->head(place->store, key, &object, &ignored) == STORE_OK;
}

static int code_of(enum store_status status)
{
	return status == STORE_ABSENT || status == STORE_NO_BUCKET ? EXIT_USAGE : EXIT_UNPROVEN;
}

static char *declare(const struct place_of_backups *place, const char *glob)
{
	struct buffer text;

	buffer_init(&text, DRAFT_BYTES_MAX);
	buffer_print(&text, "object: {store: %s, key: ", place->name);
	yaml_text_scalar(glob, &text);
	buffer_string(&text, "}");
	return buffer_take(&text);
}

static const char *const checksum_endings[] = {".sha256", ".md5", ".sha1", ".sha512", ".asc", ".sig", NULL};

static const char *find_sidecar(struct place_of_backups *place, const char *key)
{
	for (size_t i = 0; i < 2; i++) {
		cleanup_free char *beside = memory_format("%s%s", key, checksum_endings[i]);
		if (places_has(place, beside))
			return checksum_endings[i];
	}
	return NULL;
}

int places_learn_glob(struct draft *draft, struct place_of_backups *place, const char *glob, int *ret_code,
		      struct error *err)
{
	struct draft_artifact artifact = {0};
	struct store_object newest;
	struct source *source = NULL;
	enum store_status status = find_newest(place, glob, &newest, &artifact.history, err);

	if (status == STORE_OK && draft_leave_out(draft, place->store->place, newest.key, &artifact.history))
		status = place->store->head(place->store, artifact.history.keys[0], &newest, err);
	if (status == STORE_OK)
		status = place->store->get(place->store, newest.key, &newest, &source, err);
	if (status != STORE_OK) {
		*ret_code = code_of(status);
		draft_history_release(&artifact.history);
		return error_wrap(err, "'%s%s'", place->store->place, glob);
	}
	artifact.location = memory_format("%s%s", place->store->place, newest.key);
	artifact.traits = traits_new();
	traits_find(&(struct traits_request){.path = artifact.location, .source = source}, artifact.traits);
	source_close(source);
	artifact.name = path_glob_name(glob);
	artifact.place = declare(place, glob);
	artifact.sidecar = find_sidecar(place, newest.key);
	learn_know_contents(draft, artifact.location, artifact.traits);
	int result = learn_judge(artifact.location, artifact.traits, ret_code, err);
	draft_add(draft, artifact);
	return result;
}

struct gathering { /* of every file that a glob matches */
	struct place_of_backups *place;
	const struct glob *glob;
	struct draft_artifact *artifact;
	int *ret_code;
	struct error *err;
	int result;
};

static int learn_one_of_many(void *context, const struct store_object *object)
{
	struct gathering *gathering = context;
	struct place_of_backups *place = gathering->place;
	struct source *source = NULL;
	struct store_object file = *object;

	if (!glob_matches(gathering->glob, object->key))
		return 0;
	cleanup_free char *location = memory_format("%s%s", place->store->place, object->key);
	gathering->result = -1;
	if (place->store->get(place->store, object->key, &file, &source, gathering->err) != STORE_OK)
		return -1;
	struct traits *traits = traits_new();
	traits_find(&(struct traits_request){.path = location, .source = source}, traits);
	source_close(source);
	gathering->result = learn_judge(location, traits, gathering->ret_code, gathering->err);
	traits_merge(gathering->artifact->traits, traits);
	traits_free(traits);
	gathering->artifact->files++;
	return gathering->result;
}

static char *declare_files(const struct place_of_backups *place, const char *glob)
{
	struct buffer path, text;

	buffer_init(&path, DRAFT_BYTES_MAX);
	buffer_init(&text, DRAFT_BYTES_MAX);
	glob_quote(place->folder, &path);
	buffer_print(&path, "%s%s", path.length > 0 && path.data[path.length - 1] == '/' ? "" : "/", glob);
	buffer_string(&text, "file: ");
	yaml_text_scalar(path.data, &text);
	buffer_release(&path);
	return buffer_take(&text);
}

/* Files that are like one another and no sequence in time: each of them counts, whichever is the newest. */
static int learn_files(struct draft *draft, struct place_of_backups *place, const char *text, int *ret_code,
		       struct error *err)
{
	struct draft_artifact artifact = {.traits = traits_new()};
	struct glob *glob = NULL;
	struct store_object newest;
	int result = -1;

	*ret_code = EXIT_UNPROVEN;
	artifact.name = strstr(text, PG_NUMBERS) != NULL ? memory_string("tables") : path_glob_name(text);
	artifact.place = declare_files(place, text);
	artifact.location = memory_format("%s%s", place->store->place, text);
	enum store_status status = find_newest(place, text, &newest, NULL, err);
	if (status == STORE_OK && glob_compile_key(text, &glob, err) < 0)
		status = STORE_BROKEN;
	if (status == STORE_OK) {
		draft_history_add(&artifact.history, newest.key, newest.modified_ms, newest.size_bytes);
		struct gathering gathering = {place, glob, &artifact, ret_code, err, 0};
		status = place->store->list(place->store, glob_prefix(glob), learn_one_of_many, &gathering, err);
		result = gathering.result;
	}
	glob_free(glob);
	draft_add(draft, artifact);
	return status == STORE_OK ? result : -1;
}

static int add_key(void *context, const struct store_object *object)
{
	/* A key that ends in a slash is a folder's marker. */
	if (object->key[0] != '\0' && object->key[strlen(object->key) - 1] != '/')
		path_groups_add(((const struct listing *)context)->groups, object->key);
	return 0;
}

/* "x.sql.gz.sha256" where "x.sql.gz" is there: it is no backup of its own. */
static bool is_beside_another(const struct path_groups *groups, const struct path_group *group)
{
	size_t length = strlen(group->glob);

	for (const char *const *ending = checksum_endings; *ending != NULL; ending++) {
		size_t rest = length - strlen(*ending);
		if (length <= strlen(*ending) || strcmp(group->glob + rest, *ending) != 0)
			continue;
		for (size_t i = 0; i < groups->count; i++)
			if (strlen(groups->items[i]->glob) == rest &&
			    strncmp(groups->items[i]->glob, group->glob, rest) == 0)
				return true;
	}
	return false;
}

static bool is_many(const struct place_of_backups *place, const struct path_group *group)
{
	return place->folder != NULL && group->level > PATH_GLOB_STABLE && group->count > 1;
}

static size_t length_of_folder(const char *glob)
{
	const char *slash = strrchr(glob, '/');

	return slash != NULL ? (size_t)(slash - glob) + 1 : 0;
}

static bool is_beside_contents(const struct path_groups *groups, const char *glob)
{
	size_t length = length_of_folder(glob);

	for (size_t i = 0; i < groups->count; i++)
		if (length_of_folder(groups->items[i]->glob) == length &&
		    strncmp(groups->items[i]->glob, glob, length) == 0 &&
		    strcmp(groups->items[i]->glob + length, LEARN_PG_CONTENTS) == 0)
			return true;
	return false;
}

/* In a folder of pg_dump's numbers are given anew with every dump: for its files, of tables and of large objects. NULL: it is none. */
static char *glob_of_pg_dump(const struct place_of_backups *place, const struct path_groups *groups, const char *glob)
{
	size_t length = length_of_folder(glob);
	const char *name = glob + length, *ending = strchr(name, '.');

	if (place->folder == NULL || ending == NULL || !is_beside_contents(groups, glob))
		return NULL;
	if (strncmp(name, "blob", 4) == 0)
		return memory_format("%.*sblob*%s", (int)length, glob, ending);
	return name[0] == '*' || (name[0] >= '0' && name[0] <= '9')
		       ? memory_format("%.*s" PG_NUMBERS "%s", (int)length, glob, ending)
		       : NULL;
}

static int learn_group(struct draft *draft, struct place_of_backups *place, const struct path_groups *groups, size_t i,
		       int *ret_code, struct error *err)
{
	cleanup_free char *glob = glob_of_pg_dump(place, groups, groups->items[i]->glob);

	for (size_t k = 0; glob != NULL && k < i; k++) {
		cleanup_free char *other = glob_of_pg_dump(place, groups, groups->items[k]->glob);
		if (other != NULL && strcmp(other, glob) == 0)
			return 0;
	}
	if (glob != NULL)
		return learn_files(draft, place, glob, ret_code, err);
	return (is_many(place, groups->items[i]) ? learn_files : places_learn_glob)(draft, place,
										    groups->items[i]->glob, ret_code,
										    err);
}

static int learn_groups(struct draft *draft, struct place_of_backups *place, struct path_groups *groups, int *ret_code,
			struct error *err)
{
	path_groups_sort(groups);
	for (size_t i = 0; i < groups->count; i++)
		if (!is_beside_another(groups, groups->items[i]) &&
		    learn_group(draft, place, groups, i, ret_code, err) < 0)
			return -1;
	return 0;
}

int places_learn_prefix(struct draft *draft, struct place_of_backups *place, const char *prefix, int *ret_code,
			struct error *err)
{
	struct path_groups *groups = path_groups_new();
	enum store_status status =
		place->store->list(place->store, prefix, add_key, &(struct listing){.groups = groups}, err);
	int result = -1;

	*ret_code = code_of(status);
	if (place->folder != NULL)
		path_groups_join_numbers(groups);
	path_groups_reduce(groups, LEARN_ARTIFACTS_MAX);
	if (status != STORE_OK) {
		error_wrap(err, "'%s%s'", place->store->place, prefix);
	} else if (groups->count == 0) {
		*ret_code = EXIT_USAGE;
		error_set(err, "there is nothing to learn from at '%s%s'", place->store->place, prefix);
	} else {
		result = learn_groups(draft, place, groups, ret_code, err);
	}
	path_groups_free(groups);
	return result;
}

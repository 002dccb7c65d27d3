#include "wrapper/manifest/manifest_private.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/glob.h"
#include "assertions/base/memory.h"
#include "assertions/base/suggest.h"
#include "assertions/checks/registry.h"

#define NAMES_MAX BIND_RECORDS_MAX
#define HINT_MAX 256
#define ID_MAX 65536

struct declared_names {
	const struct value_type *type; /* of what refers to them */
	const char *list[NAMES_MAX];
	size_t count;
	bool complete; /* false: some could not be read, so that none can be called unknown */
};

struct checker {
	struct manifest *manifest;
	struct diagnostics *diagnostics;
	struct declared_names names[3];
	size_t clean_up; /* index of the first of the steps at the end that are all `always` */
};

static struct manifest_step *step_at(const struct manifest *manifest, size_t i)
{
	return ((struct manifest_step *const *)manifest->steps.items)[i];
}

/* Where the section itself could not be read nothing is known of its names. */
static bool is_readable(const struct manifest *manifest, const char *section, size_t count)
{
	return count > 0 || node_get(manifest->document.root, section) == NULL;
}

static void collect_map(struct checker *checker, struct declared_names *names, const struct value_type *type,
			const char *section, const struct parameter_map *map)
{
	names->type = type;
	names->complete = is_readable(checker->manifest, section, map->count);
	for (size_t i = 0; i < map->count && names->count < NAMES_MAX; i++)
		names->list[names->count++] = map->entries[i].name;
}

static void collect_steps(struct checker *checker)
{
	const struct manifest *manifest = checker->manifest;
	struct declared_names *names = &checker->names[2];

	names->type = &value_step;
	names->complete = is_readable(manifest, "steps", manifest->steps.count);
	for (size_t i = 0; i < manifest->steps.count; i++) {
		const char *name = step_at(manifest, i)->name;
		/* With a variable in it that is not set here it may be any. */
		if (name != NULL && strstr(name, "${env.") == NULL)
			names->list[names->count++] = name;
		else
			names->complete = false;
	}
	checker->clean_up = manifest->steps.count;
	while (checker->clean_up > 0 && step_at(manifest, checker->clean_up - 1)->always)
		checker->clean_up--;
}

static bool is_declared(const struct declared_names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->list[i], name) == 0)
			return true;
	return false;
}

static void check_declared(struct checker *checker, const struct declared_names *names,
			   const struct bind_reference *reference)
{
	cleanup_buffer struct buffer hint;

	buffer_init(&hint, HINT_MAX);
	if (!names->complete || is_declared(names, reference->name))
		return;
	const char *nearest = suggest_nearest(reference->name, names->list, names->count);
	if (nearest != NULL)
		buffer_print(&hint, "did you mean '%s'?", nearest);
	else if (names->count == 0)
		buffer_print(&hint, "the manifest declares no %s", names->type->refers_to);
	for (size_t i = 0; nearest == NULL && i < names->count; i++)
		buffer_print(&hint, "%s'%s'", i == 0 ? "declared: " : ", ", names->list[i]);
	diagnostics_error(checker->diagnostics, reference->place, hint.data, "no %s '%.100s' is declared",
			  names->type->refers_to, reference->name);
}

/* The step's number, or the number of steps. */
static size_t find_step(const struct manifest *manifest, const char *name)
{
	size_t i = 0;

	while (i < manifest->steps.count &&
	       (step_at(manifest, i)->name == NULL || strcmp(step_at(manifest, i)->name, name) != 0))
		i++;
	return i;
}

static const struct manifest_inventory *find_inventory(const struct manifest *manifest, const char *name)
{
	for (size_t i = 0; i < manifest->inventories.count; i++)
		if (strcmp(manifest->inventories.entries[i].name, name) == 0)
			return manifest->inventories.entries[i].value;
	return NULL;
}

/* A list that is asked after a step is there for the steps behind it, and for artifacts. */
static void check_asked_in_time(struct checker *checker, const struct bind_reference *reference)
{
	const struct manifest_inventory *inventory = find_inventory(checker->manifest, reference->name);

	if (inventory == NULL || inventory->after == NULL || strcmp(reference->section, "steps") != 0 ||
	    find_step(checker->manifest, inventory->after) < reference->index)
		return;
	diagnostics_error(checker->diagnostics, reference->place,
			  "what a step prints is judged as it goes by: use the list in a later step, or in an artifact",
			  "the inventory '%s' is asked after the step '%s', and not known yet at this point",
			  reference->name, inventory->after);
}

/* The step that an inventory is asked after, which may refer to that one's output and to those before. */
static void check_order_of_inventory(struct checker *checker, const struct bind_reference *reference, size_t step)
{
	const struct parameter_map *map = &checker->manifest->inventories;
	const struct manifest_inventory *inventory =
		reference->index < map->count ? map->entries[reference->index].value : NULL;
	const char *after = inventory != NULL ? inventory->after : NULL;

	if (!reference->output && step >= checker->clean_up)
		diagnostics_error(checker->diagnostics, reference->place,
				  "the last steps with 'always' clean up after artifacts were examined",
				  "the step '%s' has not run yet when the inventory is needed", reference->name);
	else if (reference->output && (after == NULL || find_step(checker->manifest, after) < step))
		diagnostics_error(checker->diagnostics, reference->place,
				  "'after' says which step the inventory is asked after",
				  "the step '%s' has not run yet when this is looked at", reference->name);
}

/* A step refers to steps before it; an artifact to those that have run when it is looked at. */
static void check_order(struct checker *checker, const struct bind_reference *reference)
{
	struct manifest *manifest = checker->manifest;
	size_t step = find_step(manifest, reference->name);

	if (step == manifest->steps.count)
		return;
	if (reference->output)
		step_at(manifest, step)->stdout_wanted = true;
	if (strcmp(reference->section, "steps") == 0 && step == reference->index)
		diagnostics_error(checker->diagnostics, reference->place, "name a step that stands before it",
				  "the step '%s' refers to itself", reference->name);
	else if (strcmp(reference->section, "steps") == 0 && step > reference->index)
		diagnostics_error(checker->diagnostics, reference->place,
				  "steps are run in the order in which they are written",
				  "the step '%s' has not run yet at this point", reference->name);
	else if (strcmp(reference->section, "artifacts") == 0 && step >= checker->clean_up)
		diagnostics_error(checker->diagnostics, reference->place,
				  "the last steps with 'always' clean up after artifacts were examined",
				  "the step '%s' has not run yet when this is looked at", reference->name);
	else if (strcmp(reference->section, "inventories") == 0)
		check_order_of_inventory(checker, reference, step);
	else if (strcmp(reference->section, "steps") != 0 && strcmp(reference->section, "artifacts") != 0)
		diagnostics_error(checker->diagnostics, reference->place, NULL,
				  "the step '%s' has not run yet when this is looked at", reference->name);
}

/* Whoever runs the manifest is to know all of them before anything is printed. */
static void collect_secret(struct manifest *manifest, const struct secret *secret)
{
	const struct secret **secrets = manifest->secrets.items;

	secrets[manifest->secrets.count++] = secret;
}

/* What only muster needs: nobody else is to have the keys of a store, or the URL that a run's success is told to. */
static void withhold(struct manifest *manifest, const struct bind_reference *reference)
{
	const char **names = manifest->withheld.items;

	if (reference->name == NULL ||
	    (strcmp(reference->section, "stores") != 0 && strcmp(reference->section, "notify") != 0))
		return;
	if (!manifest_withholds(manifest, reference->name))
		names[manifest->withheld.count++] = reference->name;
}

static void check_reference(struct checker *checker, const struct bind_reference *reference)
{
	for (size_t i = 0; i < sizeof(checker->names) / sizeof(checker->names[0]); i++)
		if (checker->names[i].type == reference->type)
			check_declared(checker, &checker->names[i], reference);
	if (reference->type == &value_step)
		check_order(checker, reference);
	if (reference->type == &value_inventory)
		check_asked_in_time(checker, reference);
	if (reference->type != &value_secret)
		return;
	collect_secret(checker->manifest, reference->secret);
	withhold(checker->manifest, reference);
}

/* A step writes its output to a file, or keeps it for others. */
static void check_output(struct checker *checker, const struct bind_reference *reference)
{
	size_t step = reference->output ? find_step(checker->manifest, reference->name) : 0;

	if (reference->output && step < checker->manifest->steps.count &&
	    step_at(checker->manifest, step)->output != NULL)
		diagnostics_error(checker->diagnostics, reference->place,
				  "a step without 'stdout' keeps its output for those that come after it",
				  "the output of the step '%s' goes to a file or a store, and cannot be used here",
				  reference->name);
}

static void check_references(struct manifest *manifest, const struct binder *binder)
{
	struct checker *checker = arena_alloc(binder->arena, sizeof(*checker));

	checker->manifest = manifest;
	checker->diagnostics = binder->diagnostics;
	collect_map(checker, &checker->names[0], &value_store, "stores", &manifest->stores);
	collect_map(checker, &checker->names[1], &value_inventory, "inventories", &manifest->inventories);
	collect_steps(checker);
	manifest->withheld.items = arena_array(binder->arena, binder->reference_count, sizeof(const char *));
	manifest->secrets.items = arena_array(binder->arena, binder->reference_count, sizeof(const struct secret *));
	for (size_t i = 0; i < binder->reference_count; i++) {
		check_reference(checker, &binder->references[i]);
		check_output(checker, &binder->references[i]);
	}
}

struct check_id {
	char *id;
	struct place place;
};

struct check_ids {
	struct check_id *items;
	size_t count, capacity;
};

struct branch { /* the checks below one prefix */
	struct check_ids *ids;
	const char *prefix;
};

static void add_id(struct check_ids *ids, const char *prefix, const char *rest, struct place place)
{
	if (ids->count == ids->capacity) {
		ids->capacity = ids->capacity == 0 ? 64 : ids->capacity * 2;
		ids->items = memory_grow(ids->items, ids->capacity, sizeof(*ids->items));
	}
	ids->items[ids->count++] = (struct check_id){memory_format("%s%s", prefix, rest), place};
}

static void add_list(const struct branch *branch, const struct check_list *list);

static void add_child(void *context, const char *segment, const struct check_list *list)
{
	const struct branch *outer = context;
	cleanup_free char *prefix = memory_format("%s%s/", outer->prefix, segment);
	const struct branch inner = {outer->ids, prefix};

	add_list(&inner, list);
}

static void add_list(const struct branch *branch, const struct check_list *list)
{
	for (size_t i = 0; list != NULL && i < list->count; i++) {
		const struct check *check = list->items[i];
		for (size_t row = 0; row < check->rows; row++) {
			cleanup_buffer struct buffer name;
			buffer_init(&name, ID_MAX);
			check_row_name(check, row, &name);
			add_id(branch->ids, branch->prefix, name.data, check->place);
		}
		struct branch parent = *branch;
		if (check->kind->children != NULL)
			check->kind->children(check->parameters, add_child, &parent);
	}
}

/* What stands for the subject whether it is declared or not, and what is declared. */
static void add_subject(struct check_ids *ids, const char *prefix, enum subject subject,
			const struct check_list *declared, struct place place)
{
	const struct branch branch = {ids, prefix};

	for (const struct assertion_kind *const *kind = registry_kinds; *kind != NULL; kind++)
		if ((*kind)->subject == subject && (*kind)->always && check_list_find(declared, (*kind)->name) == NULL)
			add_id(ids, prefix, (*kind)->name, place);
	add_list(&branch, declared);
}

static void add_artifact(struct check_ids *ids, const struct manifest_artifact *artifact)
{
	struct manifest_upload *const *uploads = artifact->uploads.items;
	cleanup_free char *prefix = memory_format("artifact:%s/", artifact->name);

	add_subject(ids, prefix, SUBJECT_ARTIFACT, NULL, artifact->place);
	add_subject(ids, prefix, SUBJECT_BYTES, artifact->expect, artifact->place);
	for (size_t i = 0; i < artifact->uploads.count; i++) {
		if (uploads[i]->store == NULL)
			continue;
		cleanup_free char *upload = memory_format("upload:%s@%s/", artifact->name, uploads[i]->store);
		add_subject(ids, upload, SUBJECT_UPLOAD, uploads[i]->expect, uploads[i]->place);
	}
}

static void add_all(struct check_ids *ids, const struct manifest *manifest)
{
	struct check_list *const *preflight = manifest->preflight.items;
	struct manifest_artifact *const *artifacts = manifest->artifacts.items;
	struct manifest_step *const *steps = manifest->steps.items;

	for (size_t i = 0; i < manifest->stores.count; i++) {
		const struct parameter_map_entry *entry = &manifest->stores.entries[i];
		const struct manifest_store *store = entry->value;
		cleanup_free char *prefix = memory_format("store:%s/", entry->name);
		add_subject(ids, prefix, SUBJECT_STORE, store->expect, entry->place);
	}
	for (size_t i = 0; i < manifest->preflight.count; i++) {
		cleanup_free char *prefix = memory_format("preflight:%zu/", i);
		add_subject(ids, prefix, SUBJECT_SURROUNDINGS, preflight[i], manifest->place);
	}
	for (size_t i = 0; i < manifest->inventories.count; i++) {
		cleanup_free char *prefix = memory_format("inventory:%s/", manifest->inventories.entries[i].name);
		add_subject(ids, prefix, SUBJECT_INVENTORY, NULL, manifest->inventories.entries[i].place);
	}
	for (size_t i = 0; i < manifest->steps.count; i++) {
		if (steps[i]->name == NULL)
			continue;
		cleanup_free char *prefix = memory_format("step:%s/", steps[i]->name);
		add_subject(ids, prefix, SUBJECT_STEP, steps[i]->expect, steps[i]->place);
	}
	for (size_t i = 0; i < manifest->artifacts.count; i++)
		if (artifacts[i]->name != NULL)
			add_artifact(ids, artifacts[i]);
}

static int compare_ids(const void *left_item, const void *right_item)
{
	const struct check_id *left = left_item, *right = right_item;
	int order = strcmp(left->id, right->id);

	return order != 0 ? order : (left->place.line > right->place.line) - (left->place.line < right->place.line);
}

/* Only where names hold the very characters that ids are made of. */
static void check_ids(const struct manifest *manifest, struct diagnostics *diagnostics)
{
	struct check_ids ids = {0};

	add_all(&ids, manifest);
	if (ids.count > 0)
		qsort(ids.items, ids.count, sizeof(*ids.items), compare_ids);
	for (size_t i = 1; i < ids.count; i++)
		if (strcmp(ids.items[i - 1].id, ids.items[i].id) == 0)
			diagnostics_error(diagnostics, ids.items[i].place, "name one of them differently",
					  "two checks have the id '%s', the other is declared on line %d",
					  ids.items[i].id, ids.items[i - 1].place.line);
	for (size_t i = 0; i < ids.count; i++)
		free(ids.items[i].id);
	free(ids.items);
}

/* Steps and artifacts both begin with their place and their name. */
struct named {
	struct place place;
	const char *name;
};

static bool check_names(const char *what, const struct parameter_list *list, struct diagnostics *diagnostics)
{
	struct named *const *items = list->items;
	bool fit = true;

	for (size_t i = 0; i < list->count; i++) {
		size_t first = 0;
		if (items[i]->name == NULL)
			continue;
		while (items[first]->name == NULL || strcmp(items[first]->name, items[i]->name) != 0)
			first++;
		if (first < i)
			diagnostics_error(diagnostics, items[i]->place,
					  "a name stands for one: ids of checks are made of it",
					  "two %ss are called '%s', the other on line %d", what, items[i]->name,
					  items[first]->place.line);
		if (!bind_is_fit_name(items[i]->name))
			diagnostics_error(diagnostics, items[i]->place, NULL,
					  "the name of %s %s holds a control character", what[0] == 'a' ? "an" : "a",
					  what);
		fit = fit && first == i && bind_is_fit_name(items[i]->name);
	}
	return fit;
}

static bool check_uploads(const struct manifest_artifact *artifact, struct diagnostics *diagnostics)
{
	struct manifest_upload *const *uploads = artifact->uploads.items;
	bool fit = true;

	for (size_t i = 0; i < artifact->uploads.count; i++) {
		for (size_t j = 0; j < i; j++) {
			if (uploads[i]->store == NULL || uploads[j]->store == NULL ||
			    strcmp(uploads[i]->store, uploads[j]->store) != 0)
				continue;
			diagnostics_error(diagnostics, uploads[i]->place, "an artifact has one upload in each store",
					  "the artifact '%s' is uploaded to '%s' twice, first on line %d",
					  artifact->name != NULL ? artifact->name : "?", uploads[i]->store,
					  uploads[j]->place.line);
			fit = false;
			break;
		}
	}
	return fit;
}

_Static_assert(offsetof(struct manifest_step, place) == offsetof(struct named, place) &&
		       offsetof(struct manifest_step, name) == offsetof(struct named, name) &&
		       offsetof(struct manifest_artifact, place) == offsetof(struct named, place) &&
		       offsetof(struct manifest_artifact, name) == offsetof(struct named, name),
	       "steps and artifacts begin with their place and their name");

static void check_identities(const struct manifest *manifest, struct diagnostics *diagnostics)
{
	struct manifest_artifact *const *artifacts = manifest->artifacts.items;
	bool fit = check_names("step", &manifest->steps, diagnostics);

	fit = check_names("artifact", &manifest->artifacts, diagnostics) && fit;
	for (size_t i = 0; i < manifest->artifacts.count; i++)
		fit = check_uploads(artifacts[i], diagnostics) && fit;
	if (fit)
		check_ids(manifest, diagnostics);
}

static void check_declares_something(const struct manifest *manifest, struct diagnostics *diagnostics)
{
	const struct node *root = manifest->document.root;

	if (node_get(root, "steps") == NULL && node_get(root, "artifacts") == NULL)
		diagnostics_error(diagnostics, root->place, "declare 'steps', 'artifacts' or both",
				  "the manifest declares nothing that could be checked");
}

static void check_put_key(const struct manifest_upload *upload, struct diagnostics *diagnostics)
{
	cleanup_free char *key = NULL;
	struct glob *glob = NULL;
	struct error err;

	if (!upload->put || upload->key == NULL || !text_is_known(upload->key) ||
	    text_resolve(upload->key, NULL, NULL, &key, &err) < 0 || glob_compile_key(key, &glob, &err) < 0)
		return;
	if (!glob_is_literal(glob))
		diagnostics_error(diagnostics, upload->place,
				  "a character that a glob knows stands for itself after a '\\'",
				  "what muster uploads gets one key, and '%s' may be several", key);
	glob_free(glob);
}

/* Under verify ${run...} stands for anything, and nothing is uploaded. */
static void check_put_keys(const struct manifest *manifest, struct diagnostics *diagnostics)
{
	struct manifest_artifact *const *artifacts = manifest->artifacts.items;

	for (size_t i = 0; i < manifest->artifacts.count; i++)
		for (size_t u = 0; u < artifacts[i]->uploads.count; u++)
			check_put_key(((struct manifest_upload *const *)artifacts[i]->uploads.items)[u], diagnostics);
}

void consistency_check(struct manifest *manifest, const struct binder *binder)
{
	check_declares_something(manifest, binder->diagnostics);
	check_references(manifest, binder);
	check_identities(manifest, binder->diagnostics);
	stages_check(manifest, binder->diagnostics);
	if (!binder->expander->options->verify)
		check_put_keys(manifest, binder->diagnostics);
}

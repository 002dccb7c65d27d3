#include "wrapper/manifest/identities.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/checks/registry.h"

#define ID_MAX 65536

struct identity {
	char *id;
	struct place place;
};

struct identities {
	struct identity *items;
	size_t count, capacity;
};

struct branch { /* the checks below one prefix */
	struct identities *identities;
	const char *prefix;
};

static void add(struct identities *identities, const char *prefix, const char *rest, struct place place)
{
	if (identities->count == identities->capacity) {
		identities->capacity = identities->capacity == 0 ? 64 : identities->capacity * 2;
		identities->items = memory_grow(identities->items, identities->capacity, sizeof(*identities->items));
	}
	identities->items[identities->count++] = (struct identity){memory_format("%s%s", prefix, rest), place};
}

static void add_list(const struct branch *branch, const struct check_list *list);

static void add_child(void *context, const char *segment, const struct check_list *list)
{
	const struct branch *outer = context;
	cleanup_free char *prefix = memory_format("%s%s/", outer->prefix, segment);
	const struct branch inner = {outer->identities, prefix};

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
			add(branch->identities, branch->prefix, name.data, check->place);
		}
		struct branch parent = *branch;
		if (check->kind->children != NULL)
			check->kind->children(check->parameters, add_child, &parent);
	}
}

/* What stands for the subject whether it is declared or not, and what is declared. */
static void add_subject(struct identities *identities, const char *prefix, enum subject subject,
			const struct check_list *declared, struct place place)
{
	const struct branch branch = {identities, prefix};

	for (const struct assertion_kind *const *kind = registry_kinds; *kind != NULL; kind++)
		if ((*kind)->subject == subject && (*kind)->always && check_list_find(declared, (*kind)->name) == NULL)
			add(identities, prefix, (*kind)->name, place);
	add_list(&branch, declared);
}

static void add_artifact(struct identities *identities, const struct manifest_artifact *artifact)
{
	struct manifest_upload *const *uploads = artifact->uploads.items;
	cleanup_free char *prefix = memory_format("artifact:%s/", artifact->name);

	add_subject(identities, prefix, SUBJECT_ARTIFACT, NULL, artifact->place);
	add_subject(identities, prefix, SUBJECT_BYTES, artifact->expect, artifact->place);
	for (size_t i = 0; i < artifact->uploads.count; i++) {
		if (uploads[i]->store == NULL)
			continue;
		cleanup_free char *upload = memory_format("upload:%s@%s/", artifact->name, uploads[i]->store);
		add_subject(identities, upload, SUBJECT_UPLOAD, uploads[i]->expect, uploads[i]->place);
	}
}

static void add_all(struct identities *identities, const struct manifest *manifest)
{
	struct check_list *const *preflight = manifest->preflight.items;
	struct manifest_artifact *const *artifacts = manifest->artifacts.items;
	struct manifest_step *const *steps = manifest->steps.items;

	for (size_t i = 0; i < manifest->stores.count; i++) {
		const struct parameter_map_entry *entry = &manifest->stores.entries[i];
		const struct manifest_store *store = entry->value;
		cleanup_free char *prefix = memory_format("store:%s/", entry->name);
		add_subject(identities, prefix, SUBJECT_STORE, store->expect, entry->place);
	}
	for (size_t i = 0; i < manifest->preflight.count; i++) {
		cleanup_free char *prefix = memory_format("preflight:%zu/", i);
		add_subject(identities, prefix, SUBJECT_SURROUNDINGS, preflight[i], manifest->place);
	}
	for (size_t i = 0; i < manifest->inventories.count; i++) {
		cleanup_free char *prefix = memory_format("inventory:%s/", manifest->inventories.entries[i].name);
		add_subject(identities, prefix, SUBJECT_INVENTORY, NULL, manifest->inventories.entries[i].place);
	}
	for (size_t i = 0; i < manifest->steps.count; i++) {
		if (steps[i]->name == NULL)
			continue;
		cleanup_free char *prefix = memory_format("step:%s/", steps[i]->name);
		add_subject(identities, prefix, SUBJECT_STEP, steps[i]->expect, steps[i]->place);
	}
	for (size_t i = 0; i < manifest->artifacts.count; i++)
		if (artifacts[i]->name != NULL)
			add_artifact(identities, artifacts[i]);
}

static int compare(const void *left_item, const void *right_item)
{
	const struct identity *left = left_item, *right = right_item;
	int order = strcmp(left->id, right->id);

	return order != 0 ? order : (left->place.line > right->place.line) - (left->place.line < right->place.line);
}

/* Only where names hold the very characters that ids are made of. */
static void check_ids(const struct manifest *manifest, struct diagnostics *diagnostics)
{
	struct identities identities = {0};

	add_all(&identities, manifest);
	if (identities.count > 0)
		qsort(identities.items, identities.count, sizeof(*identities.items), compare);
	for (size_t i = 1; i < identities.count; i++)
		if (strcmp(identities.items[i - 1].id, identities.items[i].id) == 0)
			diagnostics_error(diagnostics, identities.items[i].place, "name one of them differently",
					  "two checks have the id '%s', the other is declared on line %d",
					  identities.items[i].id, identities.items[i - 1].place.line);
	for (size_t i = 0; i < identities.count; i++)
		free(identities.items[i].id);
	free(identities.items);
}

/* Steps and artifacts both begin with their place and their name. */
struct named {
	struct place place;
	const char *name;
};

static bool is_fit_name(const char *name)
{
	for (; *name != '\0'; name++)
		if ((unsigned char)*name < ' ' || *name == 0x7f)
			return false;
	return true;
}

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
		if (!is_fit_name(items[i]->name))
			diagnostics_error(diagnostics, items[i]->place, NULL,
					  "the name of %s %s holds a control character", what[0] == 'a' ? "an" : "a",
					  what);
		fit = fit && first == i && is_fit_name(items[i]->name);
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

void identities_check(const struct manifest *manifest, struct diagnostics *diagnostics)
{
	struct manifest_artifact *const *artifacts = manifest->artifacts.items;
	bool fit = check_names("step", &manifest->steps, diagnostics);

	fit = check_names("artifact", &manifest->artifacts, diagnostics) && fit;
	for (size_t i = 0; i < manifest->artifacts.count; i++)
		fit = check_uploads(artifacts[i], diagnostics) && fit;
	if (fit)
		check_ids(manifest, diagnostics);
}

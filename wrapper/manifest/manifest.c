#include "wrapper/manifest/manifest_private.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/memory.h"
#include "assertions/base/units.h"

/* A manifest of another version may have other words: then nothing else is said of it. */
static bool is_of_this_version(const struct document *document, struct diagnostics *diagnostics)
{
	const struct node *version = node_get(document->root, "muster");
	struct error err;
	int64_t number;

	if (version == NULL || version->kind != NODE_SCALAR || !version->plain ||
	    units_parse_integer(version->value, &number, &err) < 0 || number == MANIFEST_VERSION)
		return true;
	diagnostics_error(diagnostics, version->place, "a newer muster may read it",
			  "version %lld of the manifest is not known to this muster, which reads version %d",
			  (long long)number, MANIFEST_VERSION);
	return false;
}

static void choose_drivers(struct manifest *manifest)
{
	for (size_t i = 0; i < manifest->stores.count; i++) {
		struct manifest_store *store = manifest->stores.entries[i].value;
		for (size_t driver = 0; store_drivers[driver] != NULL; driver++) {
			if (store->drivers[driver] == NULL)
				continue;
			store->driver = store_drivers[driver];
			store->config = store->drivers[driver];
		}
	}
}

static void read_manifest(struct manifest *manifest, const struct manifest_options *options,
			  struct diagnostics *diagnostics)
{
	struct document *document = &manifest->document;

	if (!is_of_this_version(document, diagnostics))
		return;
	override_vars(document, options->vars, options->var_count, diagnostics);
	struct expander *expander = expand_new(document, options, &manifest->arena, diagnostics);
	struct binder binder = {.arena = &manifest->arena, .diagnostics = diagnostics, .expander = expander};
	bind_record(&binder, &manifest_record, document->root, manifest);
	if (document->root->kind == NODE_MAPPING) {
		choose_drivers(manifest);
		consistency_check(manifest, &binder);
		expand_report_unused(expander);
	}
	expand_free(expander);
}

static struct manifest *finish(struct manifest *manifest, int loaded, const struct manifest_options *options,
			       struct diagnostics *diagnostics)
{
	if (loaded == 0)
		read_manifest(manifest, options, diagnostics);
	if (loaded == 0 && diagnostics->errors == 0)
		return manifest;
	manifest_free(manifest);
	return NULL;
}

struct manifest *manifest_load(const char *path, const struct manifest_options *options,
			       struct diagnostics *diagnostics)
{
	struct manifest *manifest = memory_alloc(sizeof(*manifest));

	return finish(manifest, document_load(path, &manifest->document, diagnostics), options, diagnostics);
}

struct manifest *manifest_parse(const char *name, const char *text, size_t length,
				const struct manifest_options *options, struct diagnostics *diagnostics)
{
	struct manifest *manifest = memory_alloc(sizeof(*manifest));

	return finish(manifest, document_parse(name, text, length, &manifest->document, diagnostics), options,
		      diagnostics);
}

void manifest_free(struct manifest *manifest)
{
	if (manifest == NULL)
		return;
	arena_release(&manifest->arena);
	document_release(&manifest->document);
	free(manifest);
}

const struct manifest_store *manifest_store(const struct manifest *manifest, const char *name)
{
	for (size_t i = 0; i < manifest->stores.count; i++)
		if (strcmp(manifest->stores.entries[i].name, name) == 0)
			return manifest->stores.entries[i].value;
	return NULL;
}

const struct manifest_step *manifest_step(const struct manifest *manifest, const char *name)
{
	struct manifest_step *const *steps = manifest->steps.items;

	for (size_t i = 0; i < manifest->steps.count; i++)
		if (steps[i]->name != NULL && strcmp(steps[i]->name, name) == 0)
			return steps[i];
	return NULL;
}

bool manifest_withholds(const struct manifest *manifest, const char *variable)
{
	const char *const *names = manifest->withheld.items;

	for (size_t i = 0; i < manifest->withheld.count; i++)
		if (strcmp(names[i], variable) == 0)
			return true;
	return false;
}

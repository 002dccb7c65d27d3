#include "wrapper/manifest/manifest.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/glob.h"
#include "assertions/base/memory.h"
#include "assertions/base/units.h"
#include "wrapper/manifest/bind.h"
#include "wrapper/manifest/identities.h"
#include "wrapper/manifest/override.h"
#include "wrapper/manifest/references.h"

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
		check_declares_something(manifest, diagnostics);
		references_check(manifest, &binder);
		identities_check(manifest, diagnostics);
		if (!options->verify)
			check_put_keys(manifest, diagnostics);
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

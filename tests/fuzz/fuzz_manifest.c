/* test: runs 5000 */
/* Any text is read as a manifest, or refused with a reason; what is read can be walked. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/buffer.h"
#include "assertions/base/secrets.h"
#include "wrapper/manifest/manifest.h"

static void walk_list(void *context, const char *segment, const struct check_list *list)
{
	(void)segment;
	for (size_t i = 0; list != NULL && i < list->count; i++) {
		const struct check *check = list->items[i];
		for (size_t row = 0; row < check->rows; row++) {
			struct buffer text;
			buffer_init(&text, 65536);
			check_row_name(check, row, &text);
			check_expect(check, row, &text);
			buffer_release(&text);
		}
		if (check->kind->children != NULL)
			check->kind->children(check->parameters, walk_list, context);
	}
}

static void walk(const struct manifest *manifest)
{
	struct manifest_step *const *steps = manifest->steps.items;
	struct manifest_artifact *const *artifacts = manifest->artifacts.items;

	for (size_t i = 0; i < manifest->stores.count; i++) {
		const struct manifest_store *store = manifest->stores.entries[i].value;
		if (store->driver == NULL || store->config == NULL)
			abort();
		walk_list(NULL, "", store->expect);
	}
	for (size_t i = 0; i < manifest->steps.count; i++) {
		if (steps[i]->name == NULL ||
		    (steps[i]->run.count > 0) + (steps[i]->pipe.count > 0) + (steps[i]->shell != NULL) != 1)
			abort();
		walk_list(NULL, "", steps[i]->expect);
	}
	for (size_t i = 0; i < manifest->artifacts.count; i++) {
		if (artifacts[i]->name == NULL || (artifacts[i]->file == NULL) == (artifacts[i]->object == NULL))
			abort();
		walk_list(NULL, "", artifacts[i]->expect);
	}
}

static void read_as(const uint8_t *data, size_t size, bool verify, bool lint)
{
	static const char *const settings[] = {"set=outside ${vars.x} *"};
	const struct manifest_options options = {.verify = verify,
						 .unset_env_is_warning = lint,
						 .vars = settings,
						 .var_count = verify ? 1 : 0,
						 .run_id = "id",
						 .run_started_ms = 1776738600000};
	struct diagnostics diagnostics = {0};
	struct manifest *manifest = manifest_parse("fuzz", (const char *)data, size, &options, &diagnostics);
	FILE *nowhere = fopen("/dev/null", "w");

	if ((manifest == NULL) != (diagnostics.errors > 0))
		abort();
	if (manifest != NULL && diagnostics.warnings == 0)
		walk(manifest);
	diagnostics_print(&diagnostics, nowhere);
	fclose(nowhere);
	diagnostics_release(&diagnostics);
	manifest_free(manifest);
	secrets_forget_all();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_as(data, size, size % 3 == 1, size % 3 == 2);
	return 0;
}

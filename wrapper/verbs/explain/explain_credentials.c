#include "wrapper/verbs/explain/explain_credentials.h"

#include <stdio.h>

#include "assertions/base/buffer.h"
#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/secrets.h"
#include "assertions/stores/store.h"
#include "wrapper/manifest/manifest.h"
#include "wrapper/roll.h"

#define SUBJECT_WIDTH 18
#define LINE_MAX 4096

static void print_note(void *context, const char *subject, const char *finding)
{
	cleanup_buffer struct buffer line, masked;

	(void)context;
	buffer_init(&line, LINE_MAX);
	buffer_init(&masked, LINE_MAX);
	buffer_print(&line, "    %-*s %s\n", SUBJECT_WIDTH, subject, finding);
	secrets_mask(line.data, line.length, &masked);
	fputs(masked.data, stdout);
}

void explain_credentials_here(void)
{
	const struct store_driver *driver = store_driver_find("s3");

	printf("Here, for an S3 store of which a manifest says nothing else, in this order:\n");
	driver->explain(NULL, print_note, NULL);
	printf("'muster explain credentials MANIFEST' says the same of each of its stores.\n");
}

/* 0 where a store has no credentials. */
static int explain_stores(const struct manifest *manifest)
{
	int good = 1;

	for (size_t i = 0; i < manifest->stores.count; i++) {
		const struct manifest_store *store = manifest->stores.entries[i].value;
		const struct store_driver *driver = store->driver;

		printf("%s%s: %s\n", i > 0 ? "\n" : "", manifest->stores.entries[i].name, driver->help);
		if (driver->explain != NULL)
			good = driver->explain(store->config, print_note, NULL) && good;
		else
			print_note(NULL, "credentials",
				   driver->has_server ? "what the manifest names, and nothing else"
						      : "none are needed");
	}
	if (manifest->stores.count == 0)
		printf("the manifest declares no stores\n");
	return good;
}

int explain_credentials_of(const char *path, const struct command_options *options)
{
	const struct manifest_options how = {.vars = options->vars,
					     .var_count = options->var_count,
					     .unset_env_is_warning = true,
					     .run_id = "explain",
					     .run_started_ms = clock_now_ms()};
	struct diagnostics diagnostics = {0};
	struct manifest *manifest = manifest_load(path, &how, &diagnostics);
	int code = EXIT_MANIFEST;

	if (manifest != NULL)
		code = explain_stores(manifest) ? EXIT_PASSED : EXIT_PREFLIGHT;
	else
		diagnostics_print(&diagnostics, stderr);
	if (diagnostics.errors > 0 && diagnostics.errors == diagnostics.usage_errors)
		code = EXIT_USAGE;
	manifest_free(manifest);
	diagnostics_release(&diagnostics);
	return code;
}

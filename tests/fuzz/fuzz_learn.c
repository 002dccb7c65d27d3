/* test: runs 600 */
/* Whatever is learnt from is either not sound, or comes to a manifest that is valid and passes on it. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/memory.h"
#include "assertions/checks/examine_bytes.h"
#include "assertions/checks/inventory.h"
#include "wrapper/verbs/learn/draft.h"
#include "wrapper/manifest/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INVENTORIES_MAX 64

static const struct manifest *manifest;
static struct inventory inventories[INVENTORIES_MAX];

static const struct inventory *find_inventory(void *context, const char *name)
{
	(void)context;
	for (size_t i = 0; i < manifest->inventories.count && i < INVENTORIES_MAX; i++)
		if (strcmp(manifest->inventories.entries[i].name, name) == 0)
			return &inventories[i];
	return NULL;
}

static void gather(void)
{
	for (size_t i = 0; i < manifest->inventories.count && i < INVENTORIES_MAX; i++) {
		const struct manifest_inventory *declared = manifest->inventories.entries[i].value;
		struct error err;
		inventories[i] = (struct inventory){.name = manifest->inventories.entries[i].name, .minimum = 1};
		for (size_t item = 0; item < declared->items.count; item++) {
			const char *text = ((const char *const *)declared->items.items)[item];
			inventory_add(&inventories[i], text, strlen(text), &err);
		}
		inventory_sort(&inventories[i]);
	}
}

static void look_at(const struct check_list *list, const char *draft);

static void look_inside(void *context, const char *segment, const struct check_list *list)
{
	(void)segment;
	look_at(list, context);
}

static void look_at(const struct check_list *list, const char *draft)
{
	for (size_t i = 0; list != NULL && i < list->count; i++) {
		const struct check *check = list->items[i];
		for (size_t row = 0; row < check->rows; row++) {
			const struct tally *tally = &check->tallies[row];
			if (tally->worst.verdict == VERDICT_PASS)
				continue;
			printf("%s: verdict %d: %s\n%s\n", check->kind->name, (int)tally->worst.verdict,
			       tally->worst.observed, draft);
			abort();
		}
		if (check->kind->children != NULL) {
			char *text = memory_string(draft);
			check->kind->children(check->parameters, look_inside, text);
			free(text);
		}
	}
}

static void must_pass(const uint8_t *data, size_t size, const char *draft)
{
	const struct manifest_artifact *artifact = ((struct manifest_artifact *const *)manifest->artifacts.items)[0];
	const struct check_context context = {.inventory = find_inventory};
	struct source *source = source_open_memory(data, size, 0);
	static struct inspect_result result;
	const struct examine_request request = {
		.path = "fuzz",
		.source = source,
		.checks = artifact->expect,
		.context = &context,
		.evidence = {.modified_ms = PARAMETER_UNSET,
			     .made_after_ms = PARAMETER_UNSET,
			     .since_ms = PARAMETER_UNSET},
	};

	gather();
	examine(&request, &result);
	source_close(source);
	look_at(artifact->expect, draft);
	for (size_t i = 0; i < manifest->inventories.count && i < INVENTORIES_MAX; i++)
		inventory_release(&inventories[i]);
}

static void read_draft(const uint8_t *data, size_t size, const char *text, size_t length)
{
	const struct manifest_options options = {.run_id = "fuzz"};
	struct diagnostics diagnostics = {0};
	struct manifest *read = manifest_parse("draft", text, length, &options, &diagnostics);

	if (read == NULL) {
		diagnostics_print(&diagnostics, stdout);
		printf("%s\n", text);
		abort();
	}
	manifest = read;
	must_pass(data, size, text);
	diagnostics_release(&diagnostics);
	manifest_free(read);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct draft_artifact artifact = {.name = memory_string("a"),
					  .place = memory_string("file: a"),
					  .location = memory_string("a"),
					  .traits = traits_new()};
	bool is_log = size > 0 && data[0] == 'L';
	struct draft draft;
	struct buffer text;

	data += size > 0;
	size -= size > 0;
	struct source *source = source_open_memory(data, size, 0);
	traits_find(&(struct traits_request){.path = "fuzz", .source = source, .is_log = is_log}, artifact.traits);
	source_close(source);
	draft_init(&draft, 1776738600000);
	buffer_init(&text, DRAFT_BYTES_MAX);
	draft_history_add(&artifact.history, "a", 1776738600000, (int64_t)size);
	bool is_sound = artifact.traits->trouble.soundness == SOUND;
	draft_add(&draft, artifact);
	draft_write(&draft, &text);
	if (is_sound && !text.truncated)
		read_draft(data, size, text.data, text.length);
	buffer_release(&text);
	draft_release(&draft);
	return 0;
}

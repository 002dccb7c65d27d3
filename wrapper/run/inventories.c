#include "wrapper/run/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/glob.h"
#include "assertions/base/memory.h"
#include "assertions/checks/observation.h"
#include "wrapper/process/execute.h"
#include "wrapper/run/launch.h"

#define OUTPUT_MAX ((size_t)64 << 20)
#define TROUBLE_MAX 400
#define COMMAND_TIMEOUT_MS 600000

static int add_lines(struct inventory *inventory, const char *data, size_t length, struct error *err)
{
	while (length > 0) {
		const char *end = memchr(data, '\n', length);
		size_t line = end != NULL ? (size_t)(end - data) : length;
		size_t item = line > 0 && data[line - 1] == '\r' ? line - 1 : line;
		if (inventory_add(inventory, data, item, err) < 0)
			return -1;
		line += end != NULL;
		data += line;
		length -= line;
	}
	return 0;
}

static int gather_command(struct run *run, const struct manifest_inventory *from, struct inventory *inventory,
			  struct error *err)
{
	char **argv, **environment = NULL;
	char text[PROCESS_END_TEXT_MAX];
	struct process_end end = {0};
	cleanup_buffer struct buffer output, trouble;
	int result;

	buffer_init(&output, OUTPUT_MAX);
	buffer_init(&trouble, TROUBLE_MAX);
	result = launch_resolve_argv(run, &from->run, &argv, err);
	if (result == 0)
		result = child_environment_prepare(run, &from->env, false, &environment, err);
	if (result == 0)
		result = process_capture_apart(argv, environment, COMMAND_TIMEOUT_MS, &output, &trouble, &end, err);
	if (result == 0 && (end.outcome != PROCESS_EXITED || end.code != 0))
		result = error_set(err, "'%s' %s%s%s", argv[0], process_end_text(&end, text),
				   trouble.length > 0 ? ": " : "", trouble.data);
	else if (result == 0 && err->message[0] != '\0')
		result = error_wrap(err, "'%s'", argv[0]);
	else if (result == 0 && output.truncated)
		result = output.length < OUTPUT_MAX
				 ? error_set(err, "not all was seen of what '%s' prints", argv[0])
				 : error_set(err, "'%s' prints more than %zu MiB", argv[0], OUTPUT_MAX >> 20);
	launch_free_argv(argv);
	child_environment_free(environment);
	return result == 0 ? add_lines(inventory, output.data, output.length, err) : -1;
}

static int gather_file(struct run *run, const struct manifest_inventory *from, struct inventory *inventory,
		       struct error *err)
{
	cleanup_free char *path = NULL;
	struct source_file_facts facts;
	struct source *source = NULL;
	cleanup_buffer struct buffer text;

	buffer_init(&text, OUTPUT_MAX);
	if (text_resolve(from->file, steps_lookup, run, &path, err) < 0 ||
	    source_open_file(path, &source, &facts, err) < 0)
		return -1;
	if (find_text(source, &text, err) < 0)
		return -1;
	if (text.truncated)
		return error_set(err, "'%s' has more than %zu MiB", path, OUTPUT_MAX >> 20);
	return add_lines(inventory, text.data, text.length, err);
}

/* What is there after a step may not be what there was before; verify runs none. */
static bool is_asked_late(const struct run *run, const struct manifest_inventory *from)
{
	return from->after != NULL && run->options.mode == RUN_MODE_RUN;
}

struct listing {
	struct inventory *inventory;
	int64_t until_ms; /* what is of then, or younger, is no item */
	struct error *err;
};

static int add_key(void *context, const char *key, const struct identity *identity)
{
	const struct listing *listing = context;

	if (identity->modified_ms >= listing->until_ms) {
		listing->inventory->later++;
		return 0;
	}
	return inventory_add(listing->inventory, key, strlen(key), listing->err);
}

/* When the run began, by the store's clock: a server tells its time, and that of its objects, in whole seconds. */
static int64_t began_ms(const struct run *run, const struct store *store)
{
	return run->started_ms + store->clock_offset_ms - (store->driver->has_server ? 1000 : 0);
}

static int gather_objects(struct run *run, const struct manifest_inventory *declared, struct inventory *inventory,
			  struct error *err)
{
	const struct manifest_object *from = declared->objects;
	const struct run_store *store = stores_find(run, from->store);
	cleanup_free char *key = NULL;
	struct glob *glob = NULL;
	struct listing listing = {inventory, INT64_MAX, err};
	int result;

	if (store->open == NULL)
		return error_set(err, "the store '%s' could not be opened", from->store);
	if (is_asked_late(run, declared))
		listing.until_ms = began_ms(run, store->open);
	if (text_resolve(from->key, steps_lookup, run, &key, err) < 0 || glob_compile_key(key, &glob, err) < 0)
		return -1;
	result = find_each(store->open, glob, add_key, &listing, err);
	glob_free(glob);
	return result;
}

static int gather(struct run *run, const struct manifest_inventory *from, struct inventory *inventory,
		  struct error *err)
{
	if (from->run.count > 0)
		return gather_command(run, from, inventory, err);
	if (from->file != NULL)
		return gather_file(run, from, inventory, err);
	if (from->objects != NULL)
		return gather_objects(run, from, inventory, err);
	for (size_t i = 0; i < from->items.count; i++) {
		const char *item = ((const char *const *)from->items.items)[i];
		if (inventory_add(inventory, item, strlen(item), err) < 0)
			return -1;
	}
	return 0;
}

static void take_exceptions(struct arena *arena, const struct manifest_inventory *from, struct inventory *inventory)
{
	struct inventory_exception *exceptions = arena_array(arena, from->except.count, sizeof(*exceptions));

	for (size_t i = 0; i < from->except.count; i++) {
		const struct manifest_exception *exception =
			((struct manifest_exception *const *)from->except.items)[i];
		exceptions[i] = (struct inventory_exception){exception->item, exception->reason, exception->until_ms};
	}
	inventory->exceptions = exceptions;
	inventory->exception_count = from->except.count;
}

static char *describe_source(const struct manifest_inventory *from)
{
	cleanup_free char *text = NULL;

	if (from->run.count > 0)
		text = text_describe(((struct text *const *)from->run.items)[0]);
	else if (from->file != NULL)
		text = text_describe(from->file);
	else if (from->objects != NULL)
		text = memory_format("store %s", from->objects->store);
	else
		return memory_string("the manifest");
	return memory_format("'%s'", text);
}

static void judge(struct run *run, size_t i, double seconds)
{
	const struct check_list *list = &run->state->inventories[i].checks;

	observation_make(list, &run->state->context,
			 &(struct evidence){SUBJECT_INVENTORY, .inventory = &run->state->inventories[i].inventory},
			 seconds);
	roll_call_answer(run, list, "not reached");
}

static void release_inventory(void *inventory)
{
	inventory_release(inventory);
}

static void prepare(struct run *run, size_t i)
{
	const struct parameter_map_entry *entry = &run->manifest->inventories.entries[i];
	const struct manifest_inventory *from = entry->value;
	struct inventory *inventory = &run->state->inventories[i].inventory;

	inventory->name = entry->name;
	arena_defer(&run->state->arena, release_inventory, inventory);
	char *source = describe_source(from);
	arena_defer(&run->state->arena, free, source);
	inventory->source = source;
	inventory->minimum = from->minimum;
	take_exceptions(&run->state->arena, from, inventory);
}

static void ask(struct run *run, size_t i)
{
	struct inventory *inventory = &run->state->inventories[i].inventory;
	int64_t began_ms = clock_monotonic_ms();

	if (gather(run, run->manifest->inventories.entries[i].value, inventory, &inventory->error) == 0)
		inventory_sort(inventory);
	judge(run, i, (double)(clock_monotonic_ms() - began_ms) / 1000.0);
}

void inventories_gather(struct run *run)
{
	const struct parameter_map *map = &run->manifest->inventories;

	for (size_t i = 0; i < map->count && !run_is_cancelled(run); i++) {
		prepare(run, i);
		if (!is_asked_late(run, map->entries[i].value))
			ask(run, i);
	}
}

void inventories_gather_after(struct run *run, const struct run_step *step)
{
	const struct parameter_map *map = &run->manifest->inventories;
	bool is_done = step->started && (step->verdict == VERDICT_PASS || step->verdict == VERDICT_UNPROVEN);

	for (size_t i = 0; i < map->count && !run_is_cancelled(run); i++) {
		const struct manifest_inventory *from = map->entries[i].value;
		if (from->after == NULL || strcmp(from->after, step->step->name) != 0)
			continue;
		if (is_done) {
			ask(run, i);
		} else {
			error_set(&run->state->inventories[i].inventory.error,
				  "not asked: step '%s', which it is asked after, did not pass", from->after);
			judge(run, i, 0);
		}
	}
}

const struct inventory *inventories_find(void *context, const char *name)
{
	const struct run *run = context;
	const struct parameter_map *map = &run->manifest->inventories;

	for (size_t i = 0; i < map->count; i++)
		if (strcmp(map->entries[i].name, name) == 0)
			return &run->state->inventories[i].inventory;
	return NULL;
}

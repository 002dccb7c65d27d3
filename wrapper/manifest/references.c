#include "wrapper/manifest/references.h"

#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/base/suggest.h"

#define NAMES_MAX BIND_RECORDS_MAX
#define HINT_MAX 256

struct names { /* that are declared */
	const struct value_type *type; /* of what refers to them */
	const char *list[NAMES_MAX];
	size_t count;
	bool complete; /* false: some could not be read, so that none can be called unknown */
};

struct checker {
	struct manifest *manifest;
	const struct binder *binder;
	struct diagnostics *diagnostics;
	struct names names[3];
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

static void collect_map(struct names *names, const struct value_type *type, const struct parameter_map *map,
			bool readable)
{
	names->type = type;
	names->complete = readable;
	for (size_t i = 0; i < map->count && names->count < NAMES_MAX; i++)
		names->list[names->count++] = map->entries[i].name;
}

static void collect_steps(struct checker *checker)
{
	const struct manifest *manifest = checker->manifest;
	struct names *names = &checker->names[2];

	names->type = &value_step;
	names->complete = is_readable(manifest, "steps", manifest->steps.count);
	for (size_t i = 0; i < manifest->steps.count; i++) {
		if (step_at(manifest, i)->name != NULL)
			names->list[names->count++] = step_at(manifest, i)->name;
		else
			names->complete = false;
	}
	checker->clean_up = manifest->steps.count;
	while (checker->clean_up > 0 && step_at(manifest, checker->clean_up - 1)->always)
		checker->clean_up--;
}

static bool is_declared(const struct names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (strcmp(names->list[i], name) == 0)
			return true;
	return false;
}

static void check_declared(struct checker *checker, const struct names *names, const struct bind_reference *reference)
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
	else if (strcmp(reference->section, "steps") != 0 && strcmp(reference->section, "artifacts") != 0)
		diagnostics_error(checker->diagnostics, reference->place, NULL,
				  "the step '%s' has not run yet when this is looked at", reference->name);
}

/* What only muster needs: nobody else is to have the keys of a store, or the URL that a run's success is told to. */
static void withhold(struct manifest *manifest, const struct bind_reference *reference)
{
	const char **names = manifest->withheld.items;

	if (strcmp(reference->section, "stores") != 0 && strcmp(reference->section, "notify") != 0)
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
	if (reference->type == &value_secret)
		withhold(checker->manifest, reference);
}

/* A step writes its output to a file, or keeps it for others. */
static void check_output(struct checker *checker, const struct bind_reference *reference)
{
	size_t step = find_step(checker->manifest, reference->name);

	if (reference->output && step < checker->manifest->steps.count &&
	    step_at(checker->manifest, step)->output != NULL)
		diagnostics_error(checker->diagnostics, reference->place,
				  "a step without 'stdout' keeps its output for those that come after it",
				  "the output of the step '%s' goes to a file or a store, and cannot be used here",
				  reference->name);
}

void references_check(struct manifest *manifest, const struct binder *binder)
{
	struct checker *checker = arena_alloc(binder->arena, sizeof(*checker));

	checker->manifest = manifest;
	checker->binder = binder;
	checker->diagnostics = binder->diagnostics;
	collect_map(&checker->names[0], &value_store, &manifest->stores,
		    is_readable(manifest, "stores", manifest->stores.count));
	collect_map(&checker->names[1], &value_inventory, &manifest->inventories,
		    is_readable(manifest, "inventories", manifest->inventories.count));
	collect_steps(checker);
	manifest->withheld.items = arena_array(binder->arena, binder->reference_count, sizeof(const char *));
	for (size_t i = 0; i < binder->reference_count; i++) {
		check_reference(checker, &binder->references[i]);
		check_output(checker, &binder->references[i]);
	}
}

#include "wrapper/manifest/manifest_private.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/base/suggest.h"
#include "assertions/base/utf8.h"
#include "assertions/stores/store.h"

#define CANDIDATES_MAX 1000

/* Whether a value from outside is UTF-8, as everything that is reported has to be. */
static bool is_text(const char *value)
{
	size_t length = strlen(value), character = 1;

	for (size_t at = 0; at < length && character > 0; at += character)
		character = utf8_character(value + at, length - at, NULL);
	return character > 0;
}

/* Nobody reads what was dropped: then nothing is suggested. */
static const char *suggest_key(const struct expand_job *job, const struct node *mapping, const char *word)
{
	size_t count = mapping != NULL && mapping->kind == NODE_MAPPING ? mapping->count : 0;

	if (job->expander->diagnostics->dropped > 0 || count > CANDIDATES_MAX)
		return NULL;
	cleanup_free const char **names = memory_array(count + 1, sizeof(*names));

	for (size_t i = 0; i < count; i++)
		names[i] = mapping->keys[i]->value;
	return suggest_nearest(word, names, count);
}

/* "did you mean '${...}'?", or NULL where one of its pieces is NULL; as long-lived as the manifest. */
static const char *suggest_variable(struct expand_job *job, const char *root, const char *name, const char *dot,
				    const char *key)
{
	if (name == NULL || key == NULL)
		return NULL;
	cleanup_free char *hint = memory_format("did you mean '${%s%s%s%s}'?", root, name, dot, key);
	return arena_string(job->expander->arena, hint);
}

static void add_var(struct expand_job *job, const char *name)
{
	const struct node *vars = node_get(job->expander->document->root, "vars"), *value = node_get(vars, name);

	if (value == NULL)
		expand_report(job, suggest_variable(job, "vars.", suggest_key(job, vars, name), "", ""),
			      "'vars' has no '%s'", name);
	else if (value->kind == NODE_SCALAR)
		expand_add_scalar(job, value);
	else if (value->kind == NODE_BROKEN)
		job->broken = true;
	else
		expand_report(job, NULL, "the variable '%s' is no text", name);
}

static void add_env(struct expand_job *job, const char *name)
{
	const char *value = getenv(name);

	if (value != NULL && !is_text(value)) {
		expand_report(job, NULL, "the environment variable '%s' is no UTF-8 text", name);
	} else if (value != NULL) {
		expand_add_part(job, EXPANSION_VALUE, arena_string(job->expander->arena, value));
	} else if (job->expander->options->unset_env_is_warning) {
		diagnostics_warning(job->expander->diagnostics, expand_place(job), NULL,
				    "the environment variable '%s' is not set here", name);
		expand_add_part(job, EXPANSION_VALUE,
				arena_substring(job->expander->arena, job->token, job->token_length));
		job->expansion->unknown = true;
	} else {
		expand_report(job, "set it where muster is started, or declare it in 'vars', which --var sets",
			      "the environment variable '%s' is not set", name);
	}
}

/* The driver's mapping in a store, or the scalar that is its shorthand. */
static const struct node *driver_node(const struct node *store, const struct store_driver **ret_driver)
{
	for (size_t i = 0; store->kind == NODE_MAPPING && i < store->count; i++) {
		*ret_driver = store_driver_find(store->keys[i]->value);
		if (*ret_driver != NULL)
			return store->items[i];
	}
	return NULL;
}

static void add_store_key(struct expand_job *job, const char *store, const struct node *config,
			  const struct record *record, const char *key)
{
	const struct parameter *parameter = bind_find_parameter(record, key);
	const struct node *value = config->kind == NODE_MAPPING ? node_get(config, key) : NULL;

	if (config->kind == NODE_SCALAR && parameter != NULL && (parameter->flags & PARAMETER_SHORTHAND) != 0)
		value = config;
	if (config->kind == NODE_BROKEN || (value != NULL && value->kind == NODE_BROKEN))
		job->broken = true;
	else if (value != NULL && value->kind == NODE_SCALAR)
		expand_add_scalar(job, value);
	else if (value != NULL)
		expand_report(job, NULL, "'%s' of the store '%s' is no text", key, store);
	else if (parameter != NULL && parameter->fallback != NULL)
		expand_add_part(job, EXPANSION_VALUE, parameter->fallback);
	else if (parameter != NULL)
		expand_report(job, NULL, "the store '%s' does not say its '%s'", store, key);
	else
		expand_report(job, suggest_variable(job, "stores.", store, ".", bind_suggest_parameter(record, key)),
			      "the store '%s' has no '%s'", store, key);
}

static void add_store(struct expand_job *job, const char *path)
{
	const struct node *stores = node_get(job->expander->document->root, "stores");
	const struct store_driver *driver;
	const char *dot = strrchr(path, '.');

	if (dot == NULL || dot == path || dot[1] == '\0') {
		expand_report(job, NULL,
			      "of a store '${stores.NAME.KEY}' can be had, such as '${stores.offsite.bucket}'");
		return;
	}
	const char *name = arena_substring(job->expander->arena, path, (size_t)(dot - path));
	const struct node *store = node_get(stores, name);
	const struct node *config = store != NULL ? driver_node(store, &driver) : NULL;
	if (store == NULL)
		expand_report(job, suggest_variable(job, "stores.", suggest_key(job, stores, name), dot, ""),
			      "no store '%s' is declared", name);
	else if (config == NULL)
		job->broken = true;
	else
		add_store_key(job, name, config, driver->parameters, dot + 1);
}

static void add_run(struct expand_job *job, const char *name)
{
	const struct manifest_options *options = job->expander->options;
	static const char *const names[] = {"id", "date", "time"};
	char text[CLOCK_TEXT_MAX];
	const char *value = strcmp(name, "id") == 0     ? options->run_id != NULL ? options->run_id : ""
			    : strcmp(name, "date") == 0 ? clock_format_date(options->run_started_ms, text)
			    : strcmp(name, "time") == 0 ? clock_format_basic(options->run_started_ms, text)
							: NULL;

	if (value != NULL)
		expand_add_part(job, EXPANSION_RUN, arena_string(job->expander->arena, value));
	else
		expand_report(job, suggest_variable(job, "run.", suggest_nearest(name, names, 3), "", ""),
			      "a run has 'id', 'date' and 'time', no '%s'", name);
}

static void add_step(struct expand_job *job, const char *path)
{
	static const char suffix[] = ".stdout";
	size_t length = strlen(path), name_length = length - (sizeof(suffix) - 1);

	if (length < sizeof(suffix) || strcmp(path + name_length, suffix) != 0)
		expand_report(job, NULL, "of a step '${step.NAME.stdout}' can be had, its standard output");
	else
		expand_add_part(job, EXPANSION_STEP, arena_substring(job->expander->arena, path, name_length));
}

/* What was most likely meant by a name of no known kind. */
static const char *unknown_hint(struct expand_job *job)
{
	static const char *const roots[] = {"vars", "env", "stores", "run", "step"};
	const struct node *vars = node_get(job->expander->document->root, "vars");
	size_t root_length = strcspn(job->name, ".");

	if (job->name[root_length] == '.') {
		const char *root = arena_substring(job->expander->arena, job->name, root_length);
		const char *nearest = suggest_nearest(root, roots, sizeof(roots) / sizeof(roots[0]));
		const char *hint = suggest_variable(job, "", nearest, job->name + root_length, "");
		if (hint != NULL)
			return hint;
	} else if (node_get(vars, job->name) != NULL) {
		return suggest_variable(job, "vars.", job->name, "", "");
	} else if (getenv(job->name) != NULL) {
		return suggest_variable(job, "env.", job->name, "", "");
	}
	return "there are ${vars.X}, ${env.X}, ${stores.S.KEY}, ${run.date} and ${step.S.stdout}; '$${' stands for "
	       "'${' itself";
}

void variable_add(struct expand_job *job)
{
	static const struct {
		const char *root;
		void (*add)(struct expand_job *job, const char *rest);
	} roots[] = {
		{"vars.", add_var}, {"env.", add_env}, {"stores.", add_store}, {"run.", add_run}, {"step.", add_step},
	};

	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
		size_t length = strlen(roots[i].root);
		if (strncmp(job->name, roots[i].root, length) == 0 && job->name[length] != '\0') {
			roots[i].add(job, job->name + length);
			return;
		}
	}
	expand_report(job, unknown_hint(job), "unknown variable '${%s}'", job->name);
}

static struct node *new_scalar(struct arena *arena, const char *value, size_t length)
{
	struct node *node = arena_alloc(arena, sizeof(*node));

	node->kind = NODE_SCALAR;
	node->value = arena_substring(arena, value, length);
	node->literal = true;
	return node;
}

static void set_entry(struct node *mapping, struct node *key, struct node *item, struct arena *arena)
{
	for (size_t i = 0; i < mapping->count; i++) {
		if (strcmp(mapping->keys[i]->value, key->value) == 0) {
			mapping->items[i] = item;
			return;
		}
	}
	struct node **keys = arena_array(arena, mapping->count + 1, sizeof(struct node *));
	struct node **items = arena_array(arena, mapping->count + 1, sizeof(struct node *));
	for (size_t i = 0; i < mapping->count; i++) {
		keys[i] = mapping->keys[i];
		items[i] = mapping->items[i];
	}
	keys[mapping->count] = key;
	items[mapping->count++] = item;
	mapping->keys = keys;
	mapping->items = items;
	node_sort(mapping, arena);
}

static struct node *find_vars(struct document *document)
{
	struct node *vars = node_get(document->root, "vars");

	if (vars != NULL)
		return vars;
	vars = arena_alloc(&document->arena, sizeof(*vars));
	vars->kind = NODE_MAPPING;
	set_entry(document->root, new_scalar(&document->arena, "vars", strlen("vars")), vars, &document->arena);
	return vars;
}

void override_vars(struct document *document, const char *const *settings, size_t count,
		   struct diagnostics *diagnostics)
{
	struct arena *arena = &document->arena;

	for (size_t i = 0; i < count; i++) {
		const char *value = strchr(settings[i], '=');
		if (value == NULL || value == settings[i]) {
			diagnostics_usage_error(diagnostics, "write --var NAME=VALUE", "'--var %s' has no %s",
						settings[i], value == NULL ? "value" : "name");
			continue;
		}
		if (!is_text(settings[i])) {
			diagnostics_usage_error(diagnostics, NULL, "--var is given something that is no UTF-8 text");
			continue;
		}
		if (document->root->kind != NODE_MAPPING || find_vars(document)->kind != NODE_MAPPING)
			return;
		set_entry(find_vars(document), new_scalar(arena, settings[i], (size_t)(value - settings[i])),
			  new_scalar(arena, value + 1, strlen(value + 1)), arena);
	}
}

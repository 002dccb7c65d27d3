#include "wrapper/verbs/lint/lint.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/glob.h"

#define MESSAGE_MAX 2048

const struct weakness *const weaknesses[] = {
	&weakness_no_minimum_size,       &weakness_shrink_without_minimum,
	&weakness_compressed_not_read,   &weakness_glob_of_everything,
	&weakness_artifact_of_no_step,   &weakness_no_max_age,
	&weakness_step_only_its_word,    &weakness_pipe_in_shell,
	&weakness_secret_in_clear,       &weakness_withheld_variable,
	&weakness_store_not_private,     &weakness_pattern_cannot_match,
	&weakness_unbounded_background,  &weakness_has_ended,
	&weakness_inventory_before_step, &weakness_shell_injection,
	&weakness_pattern_spans_window,  NULL,
};

void weakness_say(const struct weakness_search *search, struct place place, const char *hint, const char *format, ...)
{
	char message[MESSAGE_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	diagnostics_weakness(search->diagnostics, place, search->weakness->name, hint, message);
}

struct visiting {
	const struct weakness_search *search;
	void (*bytes)(const struct weakness_search *search, const struct weakness_bytes *bytes);
	void (*check)(const struct weakness_search *search, const struct check *check);
	const struct manifest_artifact *artifact;
};

static void visit_list(const struct visiting *visiting, const struct check_list *list);

static const struct parameter *find_parameter(const struct record *record, const char *name)
{
	for (const struct parameter *parameter = record->parameters; parameter->name != NULL; parameter++)
		if (strcmp(parameter->name, name) == 0)
			return parameter;
	return NULL;
}

/* What stands at a parameter of a record, by the parameter's name. */
static const void *value_at(const struct record *record, const char *values, const char *name)
{
	const struct parameter *parameter = find_parameter(record, name);

	return parameter != NULL ? values + parameter->offset : NULL;
}

/* Those of an `archive`, also where nothing is expected of them. */
static void visit_members(const struct visiting *visiting, const struct check *check)
{
	const struct parameter_list *members = weakness_parameter(check, "members");
	const struct parameter *declared = find_parameter(check->kind->parameters, "members");
	const struct record *member = declared != NULL ? declared->item->record : NULL;

	for (size_t i = 0; member != NULL && i < members->count; i++) {
		const char *item = ((const char *const *)members->items)[i];
		const struct glob *const *path = value_at(member, item, "path");
		const struct check_list *const *expect = value_at(member, item, "expect");
		const struct check_list *list = expect != NULL ? *expect : NULL;
		if (path == NULL)
			continue;
		const char *name = glob_text(*path);
		struct place place = weakness_locate(visiting->search->manifest, check->place, name);
		if (visiting->bytes != NULL)
			visiting->bytes(visiting->search,
					&(struct weakness_bytes){visiting->artifact, list, name, place, true});
		visit_list(visiting, list);
	}
}

static void visit_list(const struct visiting *visiting, const struct check_list *list)
{
	for (size_t i = 0; list != NULL && i < list->count; i++) {
		if (visiting->check != NULL)
			visiting->check(visiting->search, list->items[i]);
		if (weakness_parameter(list->items[i], "members") != NULL)
			visit_members(visiting, list->items[i]);
	}
}

static void visit_artifacts(const struct visiting *visiting)
{
	const struct parameter_list *artifacts = &visiting->search->manifest->artifacts;

	for (size_t i = 0; i < artifacts->count; i++) {
		const struct manifest_artifact *artifact = ((struct manifest_artifact *const *)artifacts->items)[i];
		cleanup_free char *path =
			text_describe(artifact->file != NULL ? artifact->file : artifact->object->key);
		struct visiting inside = *visiting;
		inside.artifact = artifact;
		if (visiting->bytes != NULL)
			visiting->bytes(visiting->search, &(struct weakness_bytes){artifact, artifact->expect, path,
										   artifact->place, false});
		visit_list(&inside, artifact->expect);
	}
}

/* Every check that the manifest declares, members' included. */
static void visit_checks(const struct weakness_search *search)
{
	const struct manifest *manifest = search->manifest;
	const struct visiting visiting = {.search = search, .check = search->weakness->find_in_check};

	for (size_t i = 0; i < manifest->stores.count; i++)
		visit_list(&visiting, ((const struct manifest_store *)manifest->stores.entries[i].value)->expect);
	for (size_t i = 0; i < manifest->preflight.count; i++)
		visit_list(&visiting, ((struct check_list *const *)manifest->preflight.items)[i]);
	for (size_t i = 0; i < manifest->steps.count; i++)
		visit_list(&visiting, ((struct manifest_step *const *)manifest->steps.items)[i]->expect);
	visit_artifacts(&visiting);
	for (size_t i = 0; i < manifest->artifacts.count; i++) {
		const struct parameter_list *uploads =
			&((struct manifest_artifact *const *)manifest->artifacts.items)[i]->uploads;
		for (size_t u = 0; u < uploads->count; u++)
			visit_list(&visiting, ((struct manifest_upload *const *)uploads->items)[u]->expect);
	}
}

void weakness_find_all(const struct manifest *manifest, struct diagnostics *diagnostics)
{
	for (const struct weakness *const *weakness = weaknesses; *weakness != NULL; weakness++) {
		const struct weakness_search search = {manifest, diagnostics, *weakness};
		if ((*weakness)->find != NULL)
			(*weakness)->find(&search);
		else if ((*weakness)->find_in_bytes != NULL)
			visit_artifacts(&(struct visiting){.search = &search, .bytes = (*weakness)->find_in_bytes});
		else if ((*weakness)->find_in_check != NULL)
			visit_checks(&search);
	}
}

const void *weakness_parameter(const struct check *check, const char *name)
{
	if (check == NULL || check->kind->parameters == NULL)
		return NULL;
	return value_at(check->kind->parameters, check->parameters, name);
}

bool weakness_is_given(const struct check *check, const char *name)
{
	const int64_t *value = weakness_parameter(check, name);

	return value != NULL && *value != PARAMETER_UNSET;
}

static bool is_at(struct place left, struct place right)
{
	return left.line == right.line && left.column == right.column;
}

/* The value of a key, or the mapping, that stands at the place. */
static const struct node *find_place(const struct node *node, struct place place)
{
	const struct node *found = NULL;

	if (node == NULL || is_at(node->place, place))
		return node;
	for (size_t i = 0; i < node->count && found == NULL; i++)
		found = node->kind == NODE_MAPPING && is_at(node->keys[i]->place, place)
				? node->items[i]
				: find_place(node->items[i], place);
	return found;
}

static const struct node *find_text(const struct node *node, const char *text)
{
	const struct node *found = NULL;

	if (node == NULL || (node->kind == NODE_SCALAR && strcmp(node->value, text) == 0))
		return node;
	for (size_t i = 0; i < node->count && found == NULL; i++)
		found = find_text(node->items[i], text);
	return found;
}

struct place weakness_locate(const struct manifest *manifest, struct place below, const char *text)
{
	const struct node *found = find_text(find_place(manifest->document.root, below), text);

	return found != NULL ? found->place : below;
}

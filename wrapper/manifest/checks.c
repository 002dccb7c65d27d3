#include "wrapper/manifest/checks.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/suggest.h"
#include "assertions/checks/registry.h"

#define HINT_MAX 512
#define KINDS_MAX 64

const char *checks_subject(enum subject subject, char text[CHECKS_SUBJECT_MAX])
{
	const char *name = registry_subject_name(subject);

	snprintf(text, CHECKS_SUBJECT_MAX, "%.*s", (int)strcspn(name, ":("), name);
	size_t length = strlen(text);
	if (length > 0 && text[length - 1] == ' ')
		text[length - 1] = '\0';
	return text;
}

static const struct assertion_kind *find_kind(enum subject subject, const char *name)
{
	const struct assertion_kind *kind = registry_find(subject, name);

	return kind != NULL && !kind->never_written && kind->parameters != NULL ? kind : NULL;
}

/* "there are 'exit', 'output' and 'duration'". */
static void list_kinds(enum subject subject, struct buffer *out)
{
	const char *names[KINDS_MAX];
	size_t count = 0;

	for (const struct assertion_kind *const *kind = registry_kinds; *kind != NULL && count < KINDS_MAX; kind++)
		if (find_kind(subject, (*kind)->name) == *kind)
			names[count++] = (*kind)->name;
	for (size_t i = 0; i < count; i++)
		buffer_print(out, "%s'%s'",
			     i == 0           ? (count == 1 ? "there is " : "there are ")
			     : i + 1 == count ? " and "
					      : ", ",
			     names[i]);
}

static void report_unknown(struct binder *binder, enum subject subject, const struct node *key)
{
	char here[CHECKS_SUBJECT_MAX], there[CHECKS_SUBJECT_MAX];
	cleanup_buffer struct buffer hint;
	const char *names[KINDS_MAX];
	size_t count = 0;

	buffer_init(&hint, HINT_MAX);
	for (enum subject other = 0; other < SUBJECT_COUNT; other++) {
		if (find_kind(other, key->value) == NULL)
			continue;
		list_kinds(subject, &hint);
		diagnostics_error(binder->diagnostics, key->place, hint.data, "'%s' is a check on %s, not on %s",
				  key->value, checks_subject(other, there), checks_subject(subject, here));
		return;
	}
	for (const struct assertion_kind *const *kind = registry_kinds; *kind != NULL && count < KINDS_MAX; kind++)
		if ((*kind)->subject == subject && !(*kind)->never_written)
			names[count++] = (*kind)->name;
	const char *nearest = suggest_nearest(key->value, names, count);
	if (nearest != NULL)
		buffer_print(&hint, "did you mean '%s'?", nearest);
	else
		list_kinds(subject, &hint);
	diagnostics_error(binder->diagnostics, key->place, count > 0 ? hint.data : NULL, "unknown check '%.100s' on %s",
			  key->value, checks_subject(subject, here));
}

/* Examples are written with the name of the kind in front. */
static const char *example_value(const struct assertion_kind *kind)
{
	size_t length = strlen(kind->name);

	if (kind->example == NULL || strncmp(kind->example, kind->name, length) != 0 ||
	    strncmp(kind->example + length, ": ", 2) != 0 || strchr(kind->example, '\n') != NULL)
		return NULL;
	return kind->example + length + 2;
}

static void free_check(void *check)
{
	check_free(check);
}

static void release_list(void *list)
{
	check_list_release(list);
}

static int bind_check(struct binder *binder, enum subject subject, const struct node *key, const struct node *node,
		      struct check_list *list)
{
	const struct assertion_kind *kind = find_kind(subject, key->value);

	if (kind == NULL) {
		report_unknown(binder, subject, key);
		return -1;
	}
	if (node->kind == NODE_BROKEN)
		return -1;
	const struct parameter parameter = {.type = &value_record,
					    .record = kind->parameters,
					    .example = example_value(kind)};
	void *parameters = arena_alloc(binder->arena, kind->parameters->size);
	if (bind_nested(binder, &parameter, node, key, parameters) < 0)
		return -1;
	struct check *check = check_new(kind, parameters, key->place);
	arena_defer(binder->arena, free_check, check);
	check_list_add(list, check);
	return 0;
}

int checks_bind(struct binder *binder, const struct parameter *parameter, const struct node *node,
		const struct bind_site *site, void *target)
{
	struct check_list **ret_list = target;
	char name[SCALAR_SITE_MAX];
	int result = 0;

	if (node->kind != NODE_MAPPING)
		return scalar_wrong_type(binder, parameter, node, site, "a mapping of checks");
	if (node->count == 0) {
		cleanup_buffer struct buffer hint;
		buffer_init(&hint, HINT_MAX);
		list_kinds(parameter->subject, &hint);
		diagnostics_error(binder->diagnostics, node->place, hint.data,
				  "%s is an empty mapping: it checks nothing", scalar_site(site, name));
		return -1;
	}
	*ret_list = arena_alloc(binder->arena, sizeof(**ret_list));
	arena_defer(binder->arena, release_list, *ret_list);
	for (size_t i = 0; i < node->count; i++)
		if (bind_check(binder, parameter->subject, node->keys[i], node->items[i], *ret_list) < 0)
			result = -1;
	return result;
}

#include "wrapper/manifest/manifest_private.h"

#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/suggest.h"
#include "assertions/checks/assertion.h"
#include "assertions/checks/registry.h"

#define NAMES_MAX 128

static int bind_value(struct binder *binder, const struct parameter *parameter, const struct node *node,
		      const struct bind_site *site, void *target);

static void *field(void *record, const struct parameter *parameter)
{
	return (char *)record + parameter->offset;
}

static bool has_flag(const struct parameter *parameter, enum parameter_flags flag)
{
	return (parameter->flags & (unsigned)flag) != 0;
}

const struct parameter *bind_find_parameter(const struct record *record, const char *name)
{
	for (const struct parameter *parameter = record->parameters; parameter->name != NULL; parameter++)
		if (strcmp(parameter->name, name) == 0 && !has_flag(parameter, PARAMETER_REST))
			return parameter;
	return NULL;
}

/* Those that carry a flag; all of them where it is 0. */
static size_t collect_names(const struct record *record, unsigned flag, const char *ret_names[NAMES_MAX])
{
	size_t count = 0;

	for (const struct parameter *parameter = record->parameters; parameter->name != NULL && count < NAMES_MAX;
	     parameter++)
		if (flag == 0 || (parameter->flags & flag) != 0)
			ret_names[count++] = parameter->name;
	return count;
}

const char *bind_suggest_parameter(const struct record *record, const char *name)
{
	const char *names[NAMES_MAX];

	return suggest_nearest(name, names, collect_names(record, 0, names));
}

void bind_list_names(const char *const *names, size_t count, const char *last, struct buffer *out)
{
	for (size_t i = 0; i < count; i++)
		buffer_print(out, "%s'%s'", i == 0 ? "" : i + 1 == count ? last : ", ", names[i]);
}

static void list_parameters(const struct record *record, unsigned flag, const char *last, struct buffer *out)
{
	const char *names[NAMES_MAX];

	bind_list_names(names, collect_names(record, flag, names), last, out);
}

/* A check that was written beside `expect` instead of in it. */
static bool is_check_of(const struct record *record, const char *key)
{
	for (const struct parameter *parameter = record->parameters; parameter->name != NULL; parameter++)
		if (parameter->type == &value_checks && registry_find(parameter->subject, key) != NULL)
			return true;
	return false;
}

static void report_unknown_key(struct binder *binder, const struct record *record, const struct node *key)
{
	cleanup_buffer struct buffer hint;
	const char *names[NAMES_MAX];
	size_t count = collect_names(record, 0, names);
	const char *nearest = suggest_nearest(key->value, names, count);

	buffer_init(&hint, BIND_HINT_MAX);
	if (is_check_of(record, key->value))
		buffer_print(&hint, "it is a check: it stands under 'expect'");
	else if (nearest != NULL)
		buffer_print(&hint, "did you mean '%s'?", nearest);
	else
		bind_list_names(names, count, " and ", &hint);
	if (nearest == NULL && !is_check_of(record, key->value))
		buffer_string(&hint, count == 1 ? " is known here" : " are known here");
	diagnostics_error(binder->diagnostics, key->place, hint.data, "unknown key '%.100s' in %s", key->value,
			  record->name);
}

static bool is_given(const struct node *node, const struct parameter *parameter)
{
	return node->kind == NODE_MAPPING ? node_get(node, parameter->name) != NULL
					  : has_flag(parameter, PARAMETER_SHORTHAND);
}

/* How it could be written; NULL where no example fits on the line. */
static const char *missing_hint(const struct parameter *parameter, char hint[BIND_HINT_MAX])
{
	if (parameter == NULL || parameter->example == NULL || strchr(parameter->example, '\n') != NULL)
		return NULL;
	snprintf(hint, BIND_HINT_MAX, "for example %s: %s", parameter->name, parameter->example);
	return hint;
}

/* Which of the alternatives stand there: exactly one should. */
static int check_alternatives(struct binder *binder, const struct record *record, const struct node *node,
			      struct place place)
{
	const struct parameter *given = NULL, *first = NULL;
	char hint[BIND_HINT_MAX];

	for (const struct parameter *parameter = record->parameters; parameter->name != NULL; parameter++) {
		if (!has_flag(parameter, PARAMETER_ALTERNATIVE))
			continue;
		first = first != NULL ? first : parameter;
		if (!is_given(node, parameter))
			continue;
		if (given != NULL) {
			diagnostics_error(binder->diagnostics, place, "leave one of them out",
					  "'%s' and '%s' exclude each other in %s", given->name, parameter->name,
					  record->name);
			return -1;
		}
		given = parameter;
	}
	if (first == NULL || given != NULL)
		return 0;
	cleanup_buffer struct buffer names;
	buffer_init(&names, BIND_HINT_MAX);
	list_parameters(record, PARAMETER_ALTERNATIVE, " or ", &names);
	diagnostics_error(binder->diagnostics, place, missing_hint(first, hint), "%s is missing in %s", names.data,
			  record->name);
	return -1;
}

/* What stands there excludes another key, or needs one. */
static int check_companions(struct binder *binder, const struct record *record, const struct node *node)
{
	char hint[BIND_HINT_MAX];
	int result = 0;

	for (const struct parameter *parameter = record->parameters; parameter->name != NULL; parameter++) {
		const struct node *key = node_key(node, parameter->name);
		if (key == NULL)
			continue;
		if (parameter->excludes != NULL && node_get(node, parameter->excludes) != NULL) {
			diagnostics_error(binder->diagnostics, key->place, "leave one of them out",
					  "'%s' and '%s' exclude each other in %s", parameter->excludes,
					  parameter->name, record->name);
			result = -1;
		}
		if (parameter->needs != NULL && node_get(node, parameter->needs) == NULL) {
			const struct parameter *needed = bind_find_parameter(record, parameter->needs);
			diagnostics_error(binder->diagnostics, key->place, missing_hint(needed, hint),
					  "'%s' needs '%s' beside it", parameter->name, parameter->needs);
			result = -1;
		}
	}
	return result;
}

static int check_presence(struct binder *binder, const struct record *record, const struct node *node,
			  struct place place)
{
	int result = check_alternatives(binder, record, node, place);
	char hint[BIND_HINT_MAX];
	bool given = false;

	if (check_companions(binder, record, node) < 0)
		result = -1;
	for (const struct parameter *parameter = record->parameters; parameter->name != NULL; parameter++) {
		if (is_given(node, parameter)) {
			given = true;
		} else if (has_flag(parameter, PARAMETER_REQUIRED)) {
			diagnostics_error(binder->diagnostics, place, missing_hint(parameter, hint),
					  "'%s' is missing in %s", parameter->name, record->name);
			result = -1;
		}
	}
	if (record->needs_one && !given) {
		cleanup_buffer struct buffer names;
		buffer_init(&names, BIND_HINT_MAX);
		list_parameters(record, 0, " or ", &names);
		diagnostics_error(binder->diagnostics, place, NULL, "%s is empty: it needs %s", record->name,
				  names.data);
		result = -1;
	}
	return result;
}

static void free_document(void *pointer)
{
	document_release(pointer);
}

/* What is not written, as if it had been. */
static const struct node *fallback_node(struct binder *binder, const char *fallback)
{
	struct node *node = arena_alloc(binder->arena, sizeof(*node));

	if (strchr("[{\"'", fallback[0]) != NULL) {
		struct document *document = arena_alloc(binder->arena, sizeof(*document));
		struct diagnostics none = {0};
		int result = document_parse("fallback", fallback, strlen(fallback), document, &none);
		arena_defer(binder->arena, free_document, document);
		diagnostics_release(&none);
		if (result == 0)
			return document->root;
	}
	node->kind = NODE_SCALAR;
	node->value = arena_string(binder->arena, fallback);
	node->plain = node->literal = true;
	return node;
}

static bool takes_rest(const struct record *record)
{
	const char *names[NAMES_MAX];

	return collect_names(record, PARAMETER_REST, names) > 0;
}

/* The keys that no parameter has, as a mapping of their own. */
static int bind_rest(struct binder *binder, const struct record *record, const struct parameter *parameter,
		     const struct node *node, const struct bind_site *site, void *target)
{
	struct node rest = *node;

	value_unset(parameter->type, target);
	if (node->kind != NODE_MAPPING)
		return 0;
	rest.count = 0;
	rest.keys = arena_array(binder->arena, node->count, sizeof(*rest.keys));
	rest.items = arena_array(binder->arena, node->count, sizeof(*rest.items));
	for (size_t i = 0; i < node->count; i++) {
		if (bind_find_parameter(record, node->keys[i]->value) != NULL)
			continue;
		rest.keys[rest.count] = node->keys[i];
		rest.items[rest.count++] = node->items[i];
	}
	return rest.count > 0 ? bind_value(binder, parameter, &rest, site, target) : 0;
}

static int bind_field(struct binder *binder, const struct parameter *parameter, const struct node *node,
		      const struct bind_site *site, void *record)
{
	const struct bind_site own = {.key = parameter->name};
	const struct node *value = NULL;

	value_unset(parameter->type, field(record, parameter));
	if (is_given(node, parameter))
		value = node->kind == NODE_MAPPING ? node_get(node, parameter->name) : node;
	else if (parameter->fallback != NULL)
		value = fallback_node(binder, parameter->fallback);
	return value == NULL
		       ? 0
		       : bind_value(binder, parameter, value, value == node ? site : &own, field(record, parameter));
}

/* Whether what stands instead of a mapping can be its shorthand. */
static bool is_shorthand(const struct record *record, const struct node *node)
{
	bool has_shorthand = false, takes_list = false;

	for (const struct parameter *parameter = record->parameters; parameter->name != NULL; parameter++) {
		if (has_flag(parameter, PARAMETER_SHORTHAND)) {
			has_shorthand = true;
			takes_list |= parameter->type == &value_list;
		}
	}
	return node->kind == NODE_SCALAR ? has_shorthand : takes_list;
}

static int bind_fields(struct binder *binder, const struct record *record, const struct node *node, struct place place,
		       const struct bind_site *site, void *ret_struct)
{
	int result = 0;

	for (size_t i = 0; node->kind == NODE_MAPPING && i < node->count && !takes_rest(record); i++) {
		if (bind_find_parameter(record, node->keys[i]->value) == NULL) {
			report_unknown_key(binder, record, node->keys[i]);
			result = -1;
		}
	}
	for (const struct parameter *parameter = record->parameters; parameter->name != NULL; parameter++) {
		if (binder->records == 0)
			binder->section = parameter->name;
		binder->records++;
		if ((has_flag(parameter, PARAMETER_REST)
			     ? bind_rest(binder, record, parameter, node, site, field(ret_struct, parameter))
			     : bind_field(binder, parameter, node, site, ret_struct)) < 0)
			result = -1;
		binder->records--;
	}
	if (check_presence(binder, record, node, place) < 0)
		result = -1;
	if (record->has_place)
		*(struct place *)((char *)ret_struct + record->place_offset) = place;
	return result;
}

/* `place` is where the record is said to be: of its key where it has one. */
static int bind_record_at(struct binder *binder, const struct record *record, const struct parameter *parameter,
			  const struct node *node, struct place place, const struct bind_site *site, void *ret_struct)
{
	struct error err;

	if (node->kind != NODE_MAPPING && (node->kind == NODE_BROKEN || !is_shorthand(record, node))) {
		for (const struct parameter *each = record->parameters; each->name != NULL; each++)
			value_unset(each->type, field(ret_struct, each));
		return node->kind == NODE_BROKEN ? -1 : bind_wrong_type(binder, parameter, node, site, "a mapping");
	}
	if (bind_fields(binder, record, node, place, site, ret_struct) < 0)
		return -1;
	if (record->validate == NULL || record->validate(ret_struct, &err) == 0)
		return 0;
	diagnostics_error(binder->diagnostics, place, NULL, "%s", err.message);
	return -1;
}

int bind_nested(struct binder *binder, const struct parameter *parameter, const struct node *node,
		const struct node *key, void *ret_struct)
{
	const struct bind_site site = {.key = key->value};

	return bind_record_at(binder, parameter->record, parameter, node, key->place, &site, ret_struct);
}

int bind_record(struct binder *binder, const struct record *record, const struct node *node, void *ret_struct)
{
	const struct parameter whole = {.type = &value_record, .record = record};
	const struct bind_site site = {0};

	return bind_record_at(binder, record, &whole, node, node->place, &site, ret_struct);
}

static int bind_new_record(struct binder *binder, const struct parameter *parameter, const struct node *node,
			   struct place place, const struct bind_site *site, void **ret_struct)
{
	*ret_struct = arena_alloc(binder->arena, parameter->record->size);
	return bind_record_at(binder, parameter->record, parameter, node, place, site, *ret_struct);
}

static int refuse_empty(struct binder *binder, const struct parameter *parameter, const struct node *node,
			const struct bind_site *site)
{
	char name[BIND_SITE_MAX];

	if (node->count > 0 || node->kind == NODE_SCALAR || has_flag(parameter, PARAMETER_MAY_BE_EMPTY))
		return 0;
	diagnostics_error(binder->diagnostics, node->place, "leave it out, or put something in it", "%s is an empty %s",
			  bind_site_text(site, name), node->kind == NODE_SEQUENCE ? "list" : "mapping");
	return -1;
}

static int refuse_many(struct binder *binder, const struct node *node, const struct bind_site *site)
{
	char name[BIND_SITE_MAX];

	if (node->count <= BIND_RECORDS_MAX)
		return 0;
	diagnostics_error(binder->diagnostics, node->place, NULL, "%s holds %zu entries, more than %d",
			  bind_site_text(site, name), node->count, BIND_RECORDS_MAX);
	return -1;
}

/* Of records and checks there are few, and what is broken is kept: it has a place, and often a name. */
static bool has_place(const struct parameter *item)
{
	return item->type == &value_record || item->type == &value_checks;
}

static int bind_list(struct binder *binder, const struct parameter *parameter, const struct node *node,
		     const struct bind_site *site, void *target)
{
	struct parameter_list *ret_list = target;
	const struct parameter *item = parameter->item;
	const struct bind_site item_site = {.key = site->key, .item = true};
	size_t size = item->type->size, count = node->kind == NODE_SEQUENCE ? node->count : 1;
	char type[PARAMETER_TYPE_NAME_MAX];
	int result = 0;

	if (node->kind != NODE_SEQUENCE && has_flag(parameter, PARAMETER_STRICT_LIST))
		return bind_wrong_type(binder, parameter, node, site, parameter_type_name(parameter, type));
	if (node->kind == NODE_SEQUENCE && refuse_empty(binder, parameter, node, site) < 0)
		return -1;
	if (has_place(item) && refuse_many(binder, node, site) < 0)
		return -1;
	ret_list->items = arena_array(binder->arena, count, size);
	binder->lists++;
	for (size_t i = 0; i < count; i++) {
		char *slot = (char *)ret_list->items + ret_list->count * size;
		if (binder->lists == 1)
			binder->index = i;
		value_unset(item->type, slot);
		bool bound = bind_value(binder, item, node->kind == NODE_SEQUENCE ? node->items[i] : node,
					node->kind == NODE_SEQUENCE ? &item_site : site, slot) == 0;
		if (!bound)
			result = -1;
		if (bound || ((has_place(item) || item->type->late) && *(void *const *)slot != NULL))
			ret_list->count++;
	}
	binder->lists--;
	return result;
}

bool bind_is_fit_name(const char *name)
{
	for (; *name != '\0'; name++)
		if ((unsigned char)*name < ' ' || *name == 0x7f)
			return false;
	return true;
}

static int check_name(struct binder *binder, const struct node *key, const struct bind_site *site)
{
	char name[BIND_SITE_MAX];
	bool fit = bind_is_fit_name(key->value);

	if (key->value[0] != '\0' && fit)
		return 0;
	diagnostics_error(binder->diagnostics, key->place, "names go into ids, such as step:dump/exit",
			  "a name in %s %s", bind_site_text(site, name),
			  fit ? "is empty" : "holds a control character");
	return -1;
}

static int bind_entry(struct binder *binder, const struct parameter *item, const struct node *key,
		      const struct node *node, struct parameter_map_entry *entry)
{
	const struct bind_site site = {.key = key->value};

	entry->name = arena_string(binder->arena, key->value);
	entry->place = key->place;
	if (item->type == &value_record)
		return bind_new_record(binder, item, node, key->place, &site, &entry->value);
	entry->value = arena_alloc(binder->arena, item->type->size);
	value_unset(item->type, entry->value);
	return bind_value(binder, item, node, &site, entry->value);
}

static int bind_map(struct binder *binder, const struct parameter *parameter, const struct node *node,
		    const struct bind_site *site, void *target)
{
	struct parameter_map *ret_map = target;
	int result = 0;

	if (node->kind != NODE_MAPPING)
		return bind_wrong_type(binder, parameter, node, site, "a mapping");
	if (refuse_empty(binder, parameter, node, site) < 0 || refuse_many(binder, node, site) < 0)
		return -1;
	ret_map->entries = arena_array(binder->arena, node->count, sizeof(*ret_map->entries));
	binder->lists++;
	for (size_t i = 0; i < node->count; i++) {
		if (binder->lists == 1)
			binder->index = i;
		if (check_name(binder, node->keys[i], site) < 0) {
			result = -1;
			continue;
		}
		if (bind_entry(binder, parameter->item, node->keys[i], node->items[i],
			       &ret_map->entries[ret_map->count++]) < 0)
			result = -1;
	}
	binder->lists--;
	return result;
}

static int bind_pointed(struct binder *binder, const struct parameter *parameter, const struct node *node,
			const struct bind_site *site, void *target)
{
	return bind_new_record(binder, parameter, node, node->place, site, target);
}

/* What is not written as one scalar. */
static const struct {
	const struct value_type *type;
	int (*bind)(struct binder *binder, const struct parameter *parameter, const struct node *node,
		    const struct bind_site *site, void *target);
} composed[] = {
	{&value_record, bind_pointed}, {&value_list, bind_list},     {&value_map, bind_map},
	{&value_checks, bind_checks},  {&value_secret, bind_secret}, {&value_text_or_secret, bind_text_or_secret},
};

static int bind_value(struct binder *binder, const struct parameter *parameter, const struct node *node,
		      const struct bind_site *site, void *target)
{
	if (node->kind == NODE_BROKEN)
		return -1;
	for (size_t i = 0; i < sizeof(composed) / sizeof(composed[0]); i++)
		if (composed[i].type == parameter->type)
			return composed[i].bind(binder, parameter, node, site, target);
	return bind_scalar(binder, parameter, node, site, target);
}

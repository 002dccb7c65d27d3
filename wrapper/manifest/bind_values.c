#include "wrapper/manifest/manifest_private.h"

#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/secrets.h"
#include "assertions/base/suggest.h"
#include "assertions/checks/registry.h"
#include "wrapper/manifest/script.h"

#define KINDS_MAX 64
#define SUBJECT_MAX 64
#define MOMENTS_MAX 8 /* of one name */

struct scalar_job { /* one value, while it is read */
	struct binder *binder;
	const struct parameter *parameter;
	const struct node *node;
	const struct bind_site *site;
	struct expansion expansion;
};

const char *bind_site_text(const struct bind_site *site, char text[BIND_SITE_MAX])
{
	if (site->key == NULL)
		return "the manifest";
	snprintf(text, BIND_SITE_MAX, "%s'%s'", site->item ? "an item of " : "", site->key);
	return text;
}

static const char *example_hint(const struct parameter *parameter, const struct bind_site *site,
				char hint[BIND_HINT_MAX])
{
	const char *example = parameter->example != NULL ? parameter->example : parameter->type->example;

	if (example == NULL || site->key == NULL)
		return NULL;
	if (site->item)
		snprintf(hint, BIND_HINT_MAX, "for example - %s", example);
	else
		snprintf(hint, BIND_HINT_MAX, "for example %s: %s", site->key, example);
	return hint;
}

int bind_wrong_type(struct binder *binder, const struct parameter *parameter, const struct node *node,
		    const struct bind_site *site, const char *expected)
{
	char hint[BIND_HINT_MAX], name[BIND_SITE_MAX], given[NODE_TEXT_MAX];

	diagnostics_error(binder->diagnostics, node->place, example_hint(parameter, site, hint),
			  "%s must be %s, not %s", bind_site_text(site, name), expected, node_describe(node, given));
	return -1;
}

static int refuse_value(const struct scalar_job *job, const struct value_error *err)
{
	char hint[BIND_HINT_MAX], name[BIND_SITE_MAX];

	diagnostics_error(job->binder->diagnostics, job->node->place,
			  err->show_example      ? example_hint(job->parameter, job->site, hint)
			  : err->hint[0] != '\0' ? err->hint
						 : NULL,
			  "%s%s %s", bind_site_text(job->site, name), err->is_predicate ? "" : ":", err->why.message);
	return -1;
}

static void add_reference(struct binder *binder, struct bind_reference reference)
{
	reference.section = binder->section;
	reference.index = binder->index;
	binder->references = arena_grow(binder->arena, binder->references, binder->reference_count, sizeof(reference));
	binder->references[binder->reference_count++] = reference;
}

/* What is known already: numbers, true and false are told from texts by their lack of quotes; a variable has to be written in some. */
static int parse_value(const struct scalar_job *job, const char *text, void *ret_value)
{
	char given[NODE_TEXT_MAX];
	const struct value_written written = {text, node_describe(job->node, given),
					      job->node->plain || job->expansion.variable, job->node->place.line > 0};
	const struct value_type *type = job->parameter->type;
	struct value_error err = {0};

	return type->parse(job->parameter, &written, ret_value, &err) < 0 ? refuse_value(job, &err) : 0;
}

static void keep(const struct scalar_job *job, void *target)
{
	if (job->parameter->type->release != NULL)
		arena_defer(job->binder->arena, job->parameter->type->release, *(void **)target);
}

static int bind_known(const struct scalar_job *job, void *target)
{
	const struct value_type *type = job->parameter->type;
	const char *text = expand_range(job->binder->expander, &job->expansion, 0, job->expansion.count, type->quoting);

	if (parse_value(job, text, target) < 0)
		return -1;
	keep(job, target);
	if (type->refers_to != NULL)
		add_reference(job->binder,
			      (struct bind_reference){.type = type, .name = text, .place = job->node->place});
	return 0;
}

/* Which of a run's values are moments they say themselves. */
static bool is_moment(const struct expansion_part *part)
{
	int64_t begin_ms, end_ms;
	size_t length = part->origin == EXPANSION_RUN ? clock_read_name(part->text, &begin_ms, &end_ms) : 0;

	return length > 0 && part->text[length] == '\0';
}

/* What it is in any run. */
static void set_anywhen(const struct scalar_job *job, struct text *text)
{
	const struct expansion *expansion = &job->expansion;
	struct binder *binder = job->binder;
	size_t count = expansion->count;

	text->anywhen = expand_anywhen(binder->expander, expansion, 0, count);
	text->moments = arena_array(binder->arena, MOMENTS_MAX, sizeof(*text->moments));
	for (size_t i = 0; i < count && text->moment_count < MOMENTS_MAX; i++)
		if (is_moment(&expansion->parts[i]))
			text->moments[text->moment_count++] =
				(struct text_moment){expand_anywhen(binder->expander, expansion, 0, i),
						     expand_anywhen(binder->expander, expansion, i + 1, count)};
}

/* What is not merged with the text around it. */
static bool stands_alone(const struct scalar_job *job, const struct expansion_part *part)
{
	return part->origin == EXPANSION_STEP ||
	       (job->parameter->type->quoting == TEXT_SCRIPT && part->origin != EXPANSION_WRITTEN);
}

static struct text *make_late(const struct scalar_job *job)
{
	const struct expansion *expansion = &job->expansion;
	enum text_quoting quoting = job->parameter->type->quoting;
	struct binder *binder = job->binder;
	struct text *text = arena_alloc(binder->arena, sizeof(*text));

	text->parts = arena_array(binder->arena, expansion->count + 1, sizeof(*text->parts));
	text->quoting = quoting;
	text->written = job->node->value;
	if (quoting == TEXT_GLOB && expansion_find_step(expansion) == NULL)
		set_anywhen(job, text);
	for (size_t i = 0, from = 0; i <= expansion->count; i++) {
		if (i < expansion->count && !stands_alone(job, &expansion->parts[i]))
			continue;
		if (i > from || expansion->count == 0)
			text->parts[text->count++].literal =
				expand_range(binder->expander, expansion, from, i, quoting);
		if (i < expansion->count) {
			const struct expansion_part *part = &expansion->parts[i];
			struct text_part *alone = &text->parts[text->count++];
			from = i + 1;
			if (part->origin != EXPANSION_STEP) {
				*alone = (struct text_part){.literal = part->text, .is_value = true};
				continue;
			}
			alone->step = part->text;
			add_reference(binder, (struct bind_reference){.type = &value_step,
								      .output = true,
								      .name = part->text,
								      .place = part->place});
		}
		from = i + 1;
	}
	return text;
}

/* A value that is executed is no value: the variables of a script can stand only where a shell reads one. */
static int check_script(const struct scalar_job *job, const struct text *text)
{
	cleanup_free struct script_variable *variables = NULL;
	const struct expansion_part *part = job->expansion.parts;
	size_t count;
	cleanup_free char *script = script_of_text(text, &variables, &count);
	int result = 0;

	script_read(script, variables, count);
	for (size_t i = 0; i < count; i++, part++) {
		while (part->token == NULL)
			part++;
		struct expand_job where = {.expander = job->binder->expander,
					   .node = job->node,
					   .token = part->token,
					   .token_length = part->token_length};
		if (variables[i].refused == NULL)
			continue;
		diagnostics_refusal(job->binder->diagnostics, expand_place(&where), SCRIPT_INJECTION, variables[i].hint,
				    "'%.*s' %s", (int)part->token_length, part->token, variables[i].refused);
		result = -1;
	}
	return result;
}

static int bind_late(const struct scalar_job *job, struct text **ret_text)
{
	struct text *text = make_late(job);
	cleanup_free char *described = text_describe(text);

	if (text->quoting == TEXT_SCRIPT && check_script(job, text) < 0)
		return -1;
	if (parse_value(job, described, NULL) < 0)
		return -1;
	*ret_text = text;
	return 0;
}

/*
 * What hangs on a variable that is not set here reads as it is written, where a text can stand there: whoever reads the manifest relies
 * on a file's having a path. Nothing is concluded of it: always -1.
 */
static int bind_unknown(const struct scalar_job *job, void *target)
{
	const struct value_type *type = job->parameter->type;
	const struct value_written written = {expand_range(job->binder->expander, &job->expansion, 0,
							   job->expansion.count, type->quoting),
					      "", true, false};
	struct value_error ignored = {0};

	if (type->late) {
		struct text *text = make_late(job);
		if (text->quoting == TEXT_SCRIPT)
			check_script(job, text);
		*(struct text **)target = text;
	} else if (type->parse(job->parameter, &written, target, &ignored) == 0) {
		keep(job, target);
	}
	return -1;
}

/* Where a step's output cannot be waited for it is an error to ask for it. */
static int refuse_output(const struct scalar_job *job)
{
	const struct expansion_part *output = expansion_find_step(&job->expansion);

	if (output == NULL || job->parameter->type->late)
		return 0;
	diagnostics_error(job->binder->diagnostics, output->place,
			  "it can stand in commands, in paths and in keys, which are looked at after that step has run",
			  "'${step.%s.stdout}' is not known yet when this is read", output->text);
	return -1;
}

int bind_scalar(struct binder *binder, const struct parameter *parameter, const struct node *node,
		const struct bind_site *site, void *target)
{
	struct scalar_job job = {.binder = binder, .parameter = parameter, .node = node, .site = site};
	char type[PARAMETER_TYPE_NAME_MAX];

	if (node->kind == NODE_BROKEN)
		return -1;
	if (node->kind != NODE_SCALAR)
		return bind_wrong_type(binder, parameter, node, site, parameter_type_name(parameter, type));
	if (expand_scalar(binder->expander, node, &job.expansion) < 0 || refuse_output(&job) < 0)
		return -1;
	if (job.expansion.unknown)
		return bind_unknown(&job, target);
	return parameter->type->late ? bind_late(&job, target) : bind_known(&job, target);
}

int bind_secret(struct binder *binder, const struct parameter *parameter, const struct node *node,
		const struct bind_site *site, void *target)
{
	struct secret **ret_secret = target;
	char name[BIND_SITE_MAX];

	if (node->kind == NODE_SCALAR) {
		secrets_register(node->value);
		diagnostics_error(binder->diagnostics, node->place, "write {env: NAME} or {file: PATH}",
				  "%s is a secret, which is not written in the manifest", bind_site_text(site, name));
		return -1;
	}
	if (node->kind != NODE_MAPPING)
		return bind_wrong_type(binder, parameter, node, site, "{env: NAME} or {file: PATH}");
	*ret_secret = arena_alloc(binder->arena, sizeof(**ret_secret));
	if (bind_record(binder, parameter->type->record, node, *ret_secret) < 0)
		return -1;
	add_reference(binder, (struct bind_reference){.type = &value_secret,
						      .name = (*ret_secret)->env,
						      .secret = *ret_secret,
						      .place = node->place});
	return 0;
}

int bind_text_or_secret(struct binder *binder, const struct parameter *parameter, const struct node *node,
			const struct bind_site *site, void *target)
{
	struct text_or_secret *ret_value = target;
	struct parameter text = *parameter;

	if (node->kind == NODE_MAPPING)
		return bind_secret(binder, parameter, node, site, &ret_value->secret);
	if (node->kind == NODE_SEQUENCE)
		return bind_wrong_type(binder, parameter, node, site, "a string, {env: NAME} or {file: PATH}");
	text.type = &value_text;
	return bind_scalar(binder, &text, node, site, &ret_value->text);
}

/* "a step", "bytes": a subject in few words. */
static const char *subject_text(enum subject subject, char text[SUBJECT_MAX])
{
	const char *name = registry_subject_name(subject);

	snprintf(text, SUBJECT_MAX, "%.*s", (int)strcspn(name, ":("), name);
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

static size_t collect_kinds(enum subject subject, const char *ret_names[KINDS_MAX])
{
	size_t count = 0;

	for (const struct assertion_kind *const *kind = registry_kinds; *kind != NULL && count < KINDS_MAX; kind++)
		if (find_kind(subject, (*kind)->name) == *kind)
			ret_names[count++] = (*kind)->name;
	return count;
}

/* "there are 'exit', 'output' and 'duration'". */
static void list_kinds(enum subject subject, struct buffer *out)
{
	const char *names[KINDS_MAX];
	size_t count = collect_kinds(subject, names);

	buffer_string(out, count == 0 ? "" : count == 1 ? "there is " : "there are ");
	bind_list_names(names, count, " and ", out);
}

static void report_unknown(struct binder *binder, enum subject subject, const struct node *key)
{
	char here[SUBJECT_MAX], there[SUBJECT_MAX];
	cleanup_buffer struct buffer hint;
	const char *names[KINDS_MAX];
	size_t count = collect_kinds(subject, names);

	buffer_init(&hint, BIND_HINT_MAX);
	for (enum subject other = 0; other < SUBJECT_COUNT; other++) {
		if (find_kind(other, key->value) == NULL)
			continue;
		list_kinds(subject, &hint);
		diagnostics_error(binder->diagnostics, key->place, hint.data, "'%s' is a check on %s, not on %s",
				  key->value, subject_text(other, there), subject_text(subject, here));
		return;
	}
	const char *nearest = suggest_nearest(key->value, names, count);
	if (nearest != NULL)
		buffer_print(&hint, "did you mean '%s'?", nearest);
	else
		list_kinds(subject, &hint);
	diagnostics_error(binder->diagnostics, key->place, count > 0 ? hint.data : NULL, "unknown check '%.100s' on %s",
			  key->value, subject_text(subject, here));
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

int bind_checks(struct binder *binder, const struct parameter *parameter, const struct node *node,
		const struct bind_site *site, void *target)
{
	struct check_list **ret_list = target;
	char name[BIND_SITE_MAX];
	int result = 0;

	if (node->kind != NODE_MAPPING)
		return bind_wrong_type(binder, parameter, node, site, "a mapping of checks");
	if (node->count == 0) {
		cleanup_buffer struct buffer hint;
		buffer_init(&hint, BIND_HINT_MAX);
		list_kinds(parameter->subject, &hint);
		diagnostics_error(binder->diagnostics, node->place, hint.data,
				  "%s is an empty mapping: it checks nothing", bind_site_text(site, name));
		return -1;
	}
	*ret_list = arena_alloc(binder->arena, sizeof(**ret_list));
	arena_defer(binder->arena, release_list, *ret_list);
	for (size_t i = 0; i < node->count; i++)
		if (bind_check(binder, parameter->subject, node->keys[i], node->items[i], *ret_list) < 0)
			result = -1;
	return result;
}

#include "wrapper/manifest/scalar.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/secrets.h"
#include "assertions/value/text.h"

#define HINT_MAX 512

struct job { /* one value, while it is read */
	struct binder *binder;
	const struct parameter *parameter;
	const struct node *node;
	const struct bind_site *site;
	struct expansion expansion;
};

const char *scalar_site(const struct bind_site *site, char text[SCALAR_SITE_MAX])
{
	if (site->key == NULL)
		return "the manifest";
	snprintf(text, SCALAR_SITE_MAX, "%s'%s'", site->item ? "an item of " : "", site->key);
	return text;
}

static const char *example_hint(const struct parameter *parameter, const struct bind_site *site, char hint[HINT_MAX])
{
	const char *example = parameter->example != NULL ? parameter->example : parameter->type->example;

	if (example == NULL || site->key == NULL)
		return NULL;
	if (site->item)
		snprintf(hint, HINT_MAX, "for example - %s", example);
	else
		snprintf(hint, HINT_MAX, "for example %s: %s", site->key, example);
	return hint;
}

int scalar_wrong_type(struct binder *binder, const struct parameter *parameter, const struct node *node,
		      const struct bind_site *site, const char *expected)
{
	char hint[HINT_MAX], name[SCALAR_SITE_MAX], seen[NODE_TEXT_MAX];

	diagnostics_error(binder->diagnostics, node->place, example_hint(parameter, site, hint),
			  "%s must be %s, not %s", scalar_site(site, name), expected, node_describe(node, seen));
	return -1;
}

static int refuse(const struct job *job, const struct value_error *err)
{
	char hint[HINT_MAX], name[SCALAR_SITE_MAX];

	diagnostics_error(job->binder->diagnostics, job->node->place,
			  err->show_example      ? example_hint(job->parameter, job->site, hint)
			  : err->hint[0] != '\0' ? err->hint
						 : NULL,
			  "%s%s %s", scalar_site(job->site, name), err->is_predicate ? "" : ":", err->why.message);
	return -1;
}

static void add_reference(struct binder *binder, struct bind_reference reference)
{
	size_t count = binder->reference_count;

	reference.section = binder->section;
	reference.index = binder->index;
	if ((count & (count - 1)) == 0) {
		size_t room = count == 0 ? 1 : count * 2;
		struct bind_reference *larger = arena_array(binder->arena, room, sizeof(*larger));
		if (count > 0)
			memcpy(larger, binder->references, count * sizeof(*larger));
		binder->references = larger;
	}
	binder->references[binder->reference_count++] = reference;
}

/* What is known already: numbers, true and false are told from texts by their lack of quotes; a variable has to be written in some. */
static int parse(const struct job *job, const char *text, void *ret_value)
{
	char seen[NODE_TEXT_MAX];
	const struct value_written written = {text, node_describe(job->node, seen),
					      job->node->plain || job->expansion.variable};
	const struct value_type *type = job->parameter->type;
	struct value_error err = {0};

	return type->parse(job->parameter, &written, ret_value, &err) < 0 ? refuse(job, &err) : 0;
}

static int bind_known(const struct job *job, void *target)
{
	const struct value_type *type = job->parameter->type;
	const char *text = expand_text(job->binder->expander, &job->expansion, type->quoting);

	if (parse(job, text, target) < 0)
		return -1;
	if (type->release != NULL)
		arena_defer(job->binder->arena, type->release, *(void **)target);
	if (type->refers_to != NULL)
		add_reference(job->binder,
			      (struct bind_reference){.type = type, .name = text, .place = job->node->place});
	return 0;
}

static int bind_late(const struct job *job, struct text **ret_text)
{
	const struct expansion *expansion = &job->expansion;
	enum text_quoting quoting = job->parameter->type->quoting;
	struct binder *binder = job->binder;
	struct text *text = arena_alloc(binder->arena, sizeof(*text));

	text->parts = arena_array(binder->arena, expansion->count + 1, sizeof(*text->parts));
	text->quoting = quoting;
	text->written = job->node->value;
	if (quoting == TEXT_GLOB && expansion_find_step(expansion) == NULL)
		text->anywhen = expand_anywhen(binder->expander, expansion);
	for (size_t i = 0, from = 0; i <= expansion->count; i++) {
		if (i < expansion->count && expansion->parts[i].origin != EXPANSION_STEP)
			continue;
		if (i > from || expansion->count == 0)
			text->parts[text->count++].literal =
				expand_range(binder->expander, expansion, from, i, quoting);
		if (i < expansion->count) {
			const struct expansion_part *part = &expansion->parts[i];
			text->parts[text->count++].step = part->text;
			add_reference(binder, (struct bind_reference){.type = &value_step,
								      .output = true,
								      .name = part->text,
								      .place = part->place});
		}
		from = i + 1;
	}
	cleanup_free char *described = text_describe(text);
	if (parse(job, described, NULL) < 0)
		return -1;
	*ret_text = text;
	return 0;
}

/* Where a step's output cannot be waited for it is an error to ask for it. */
static int refuse_output(const struct job *job)
{
	const struct expansion_part *output = expansion_find_step(&job->expansion);

	if (output == NULL || job->parameter->type->late)
		return 0;
	diagnostics_error(job->binder->diagnostics, output->place,
			  "it can stand in commands, in paths and in keys, which are looked at after that step has run",
			  "'${step.%s.stdout}' is not known yet when this is read", output->text);
	return -1;
}

int scalar_bind(struct binder *binder, const struct parameter *parameter, const struct node *node,
		const struct bind_site *site, void *target)
{
	struct job job = {.binder = binder, .parameter = parameter, .node = node, .site = site};
	char type[PARAMETER_TYPE_NAME_MAX];

	if (node->kind == NODE_BROKEN)
		return -1;
	if (node->kind != NODE_SCALAR)
		return scalar_wrong_type(binder, parameter, node, site, parameter_type_name(parameter, type));
	if (expand_scalar(binder->expander, node, &job.expansion) < 0 || refuse_output(&job) < 0)
		return -1;
	if (job.expansion.unknown)
		return -1;
	return parameter->type->late ? bind_late(&job, target) : bind_known(&job, target);
}

int scalar_bind_secret(struct binder *binder, const struct parameter *parameter, const struct node *node,
		       const struct bind_site *site, void *target)
{
	struct secret **ret_secret = target;
	char name[SCALAR_SITE_MAX];

	if (node->kind == NODE_SCALAR) {
		secrets_register(node->value);
		diagnostics_error(binder->diagnostics, node->place, "write {env: NAME} or {file: PATH}",
				  "%s is a secret, which is not written in the manifest", scalar_site(site, name));
		return -1;
	}
	if (node->kind != NODE_MAPPING)
		return scalar_wrong_type(binder, parameter, node, site, "{env: NAME} or {file: PATH}");
	*ret_secret = arena_alloc(binder->arena, sizeof(**ret_secret));
	if (bind_record(binder, parameter->type->record, node, *ret_secret) < 0)
		return -1;
	if ((*ret_secret)->env != NULL)
		add_reference(binder, (struct bind_reference){.type = &value_secret,
							      .name = (*ret_secret)->env,
							      .place = node->place});
	return 0;
}

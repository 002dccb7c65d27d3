#include "scalar.h"

#include <stdlib.h>
#include <string.h>

#include "../../assertions/base/cleanup.h"
#include "../../assertions/base/glob.h"
#include "../../assertions/base/memory.h"
#include "../../assertions/base/pattern.h"
#include "../../assertions/base/secrets.h"
#include "../../assertions/base/suggest.h"
#include "../../assertions/base/units.h"
#include "../../assertions/base/version.h"
#include "../../assertions/text.h"

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

void scalar_unset(const struct parameter *parameter, void *target)
{
	switch (parameter->type) {
	case PARAMETER_INTEGER:
	case PARAMETER_SIZE:
	case PARAMETER_DURATION:
	case PARAMETER_DATE:
		*(int64_t *)target = PARAMETER_UNSET;
		break;
	case PARAMETER_PERCENT:
		*(double *)target = -1;
		break;
	case PARAMETER_CHOICE:
		*(int *)target = -1;
		break;
	default:
		memset(target, 0, parameter_type_size(parameter->type));
	}
}

/* A value that would be right, as it would be written. */
static const char *example_of(const struct parameter *parameter)
{
	if (parameter->example != NULL)
		return parameter->example;
	switch (parameter->type) {
	case PARAMETER_BOOL:
		return "true";
	case PARAMETER_INTEGER:
		return "3";
	case PARAMETER_SIZE:
		return "10KiB";
	case PARAMETER_DURATION:
		return "90s";
	case PARAMETER_PERCENT:
		return "20%";
	case PARAMETER_DATE:
		return "2026-04-21";
	case PARAMETER_PATTERN:
		return "'^dump complete$'";
	case PARAMETER_GLOB:
	case PARAMETER_GLOB_TEXT:
		return "'*.tar.gz'";
	case PARAMETER_VERSION_RANGE:
		return "'>=2.3'";
	case PARAMETER_SECRET:
		return "{env: NAME}";
	default:
		return NULL;
	}
}

static const char *example_hint(const struct parameter *parameter, const struct bind_site *site, char hint[HINT_MAX])
{
	const char *example = example_of(parameter);

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

static int report(const struct job *job, const char *hint, const struct error *err)
{
	char name[SCALAR_SITE_MAX];

	diagnostics_error(job->binder->diagnostics, job->node->place, hint, "%s: %s", scalar_site(job->site, name),
			  err->message);
	return -1;
}

static int wrong(const struct job *job, const struct error *err)
{
	return report(job, NULL, err);
}

static int badly_written(const struct job *job, const struct error *err)
{
	char hint[HINT_MAX];

	return report(job, example_hint(job->parameter, job->site, hint), err);
}

static char *render(const struct job *job, enum text_quoting quoting)
{
	return expand_text(job->binder->expander, &job->expansion, quoting);
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

/* True and false are told from texts by their lack of quotes; a variable has to be written in some. */
static bool may_be_plain(const struct job *job)
{
	return job->node->plain || job->expansion.variable;
}

static int bind_bool(const struct job *job, bool *ret_value)
{
	static const char *const others[] = {"yes", "no", "on", "off", "y", "n", "true", "false"};
	const char *text = render(job, TEXT_PLAIN), *hint = "without the quotes";
	char name[SCALAR_SITE_MAX], seen[NODE_TEXT_MAX];

	if (may_be_plain(job) && (strcmp(text, "true") == 0 || strcmp(text, "false") == 0)) {
		*ret_value = text[0] == 't';
		return 0;
	}
	for (size_t i = 0; may_be_plain(job) && i < sizeof(others) / sizeof(others[0]); i++)
		if (strcasecmp(text, others[i]) == 0)
			hint = "only true and false are booleans, in small letters";
	diagnostics_error(job->binder->diagnostics, job->node->place,
			  strcmp(text, "true") == 0 || strcmp(text, "false") == 0 || hint[0] == 'o' ? hint : NULL,
			  "%s must be true or false, not %s", scalar_site(job->site, name),
			  node_describe(job->node, seen));
	return -1;
}

static int bind_integer(const struct job *job, int64_t *ret_value)
{
	const struct parameter *parameter = job->parameter;
	int64_t maximum = parameter->minimum == 0 && parameter->maximum == 0 ? INT64_MAX : parameter->maximum;
	const char *text = render(job, TEXT_PLAIN);
	struct error err;
	int64_t value;

	if (units_parse_integer(text, &value, &err) < 0)
		return badly_written(job, &err);
	if (text[0] == '0' && text[1] != '\0') {
		error_set(&err, "a number begins with no zero: '%.64s'", text);
		return report(job, NULL, &err);
	}
	if (!may_be_plain(job)) {
		error_set(&err, "'%.64s' in quotes is a text, not a number", text);
		return report(job, "without the quotes", &err);
	}
	if (value < parameter->minimum || value > maximum) {
		if (maximum == INT64_MAX)
			error_set(&err, "%lld is less than %lld", (long long)value, (long long)parameter->minimum);
		else
			error_set(&err, "%lld is not within %lld to %lld", (long long)value,
				  (long long)parameter->minimum, (long long)maximum);
		return wrong(job, &err);
	}
	*ret_value = value;
	return 0;
}

static int bind_number(const struct job *job, void *target)
{
	const char *text = render(job, TEXT_PLAIN);
	struct error err;
	int result = -1;

	if (job->parameter->type == PARAMETER_SIZE)
		result = units_parse_size(text, target, &err);
	else if (job->parameter->type == PARAMETER_DURATION)
		result = units_parse_duration(text, target, &err);
	else if (job->parameter->type == PARAMETER_PERCENT)
		result = units_parse_percent(text, target, &err);
	else if (job->parameter->type == PARAMETER_DATE)
		result = units_parse_date_end(text, target, &err);
	return result < 0 ? badly_written(job, &err) : 0;
}

static int bind_choice(const struct job *job, int *ret_value)
{
	const char *const *choices = job->parameter->choices;
	const char *text = render(job, TEXT_PLAIN);
	char name[SCALAR_SITE_MAX], hint[HINT_MAX];
	cleanup_buffer struct buffer all;
	size_t count = 0;

	buffer_init(&all, HINT_MAX);
	for (; choices[count] != NULL; count++) {
		if (strcmp(choices[count], text) == 0) {
			*ret_value = (int)count;
			return 0;
		}
		buffer_print(&all, "%s%s", count > 0 ? ", " : "", choices[count]);
	}
	const char *nearest = suggest_nearest(text, choices, count);
	if (nearest != NULL)
		snprintf(hint, sizeof(hint), "did you mean '%s'?", nearest);
	diagnostics_error(job->binder->diagnostics, job->node->place, nearest != NULL ? hint : NULL,
			  "%s must be one of %s, not '%.100s'", scalar_site(job->site, name), all.data, text);
	return -1;
}

static int refuse_empty(const struct job *job, const char *text)
{
	char name[SCALAR_SITE_MAX];

	if (text[0] != '\0' || (job->parameter->flags & PARAMETER_MAY_BE_EMPTY) != 0)
		return 0;
	char hint[HINT_MAX];
	diagnostics_error(job->binder->diagnostics, job->node->place, example_hint(job->parameter, job->site, hint),
			  "%s is empty", scalar_site(job->site, name));
	return -1;
}

static int bind_string(const struct job *job, const char **ret_value)
{
	enum parameter_type type = job->parameter->type;
	const char *text = render(job, TEXT_PLAIN);

	if (refuse_empty(job, text) < 0)
		return -1;
	*ret_value = text;
	if (type != PARAMETER_STRING)
		add_reference(job->binder,
			      (struct bind_reference){.type = type, .name = text, .place = job->node->place});
	return 0;
}

static void free_glob(void *glob)
{
	glob_free(glob);
}

static void free_pattern(void *pattern)
{
	pattern_free(pattern);
}

static void free_version_range(void *range)
{
	version_range_free(range);
}

static int bind_glob(const struct job *job, struct glob **ret_glob)
{
	const char *text = render(job, TEXT_GLOB);
	struct error err;

	if (refuse_empty(job, text) < 0)
		return -1;
	if (glob_compile(text, ret_glob, &err) < 0)
		return wrong(job, &err);
	arena_defer(job->binder->arena, free_glob, *ret_glob);
	return 0;
}

static int bind_pattern(const struct job *job, struct pattern **ret_pattern)
{
	const char *text = render(job, TEXT_PATTERN);
	struct error err;

	if (refuse_empty(job, text) < 0)
		return -1;
	if (pattern_compile(text, ret_pattern, &err) < 0)
		return wrong(job, &err);
	arena_defer(job->binder->arena, free_pattern, *ret_pattern);
	return 0;
}

static int bind_version_range(const struct job *job, struct version_range **ret_range)
{
	struct error err;

	if (version_range_parse(render(job, TEXT_PLAIN), ret_range, &err) < 0)
		return badly_written(job, &err);
	arena_defer(job->binder->arena, free_version_range, *ret_range);
	return 0;
}

/* What will be a glob must be one already, with any output of a step. */
static int check_glob(const struct job *job, const struct text *text)
{
	cleanup_free char *written = text_describe(text);
	struct glob *glob;
	struct error err;

	if (text->quoting != TEXT_GLOB)
		return 0;
	if (glob_compile(written, &glob, &err) < 0)
		return wrong(job, &err);
	glob_free(glob);
	return 0;
}

static int bind_text(const struct job *job, struct text **ret_text)
{
	bool is_glob = job->parameter->type == PARAMETER_GLOB_TEXT;
	const struct expansion *expansion = &job->expansion;
	struct binder *binder = job->binder;
	struct text *text = arena_alloc(binder->arena, sizeof(*text));

	text->parts = arena_array(binder->arena, expansion->count + 1, sizeof(*text->parts));
	text->quoting = is_glob ? TEXT_GLOB : TEXT_PLAIN;
	text->written = job->node->value;
	if (is_glob && expansion_find_step(expansion) == NULL)
		text->anywhen = expand_anywhen(binder->expander, expansion);
	for (size_t i = 0, from = 0; i <= expansion->count; i++) {
		if (i < expansion->count && expansion->parts[i].origin != EXPANSION_STEP)
			continue;
		if (i > from || expansion->count == 0)
			text->parts[text->count++].literal =
				expand_range(binder->expander, expansion, from, i, is_glob ? TEXT_GLOB : TEXT_PLAIN);
		if (i < expansion->count) {
			const struct expansion_part *part = &expansion->parts[i];
			text->parts[text->count++].step = part->text;
			add_reference(binder, (struct bind_reference){.type = PARAMETER_STEP,
								      .output = true,
								      .name = part->text,
								      .place = part->place});
		}
		from = i + 1;
	}
	if (text->count == 1 && text->parts[0].step == NULL && refuse_empty(job, text->parts[0].literal) < 0)
		return -1;
	if (check_glob(job, text) < 0)
		return -1;
	*ret_text = text;
	return 0;
}

/* Where a step's output cannot be waited for it is an error to ask for it. */
static int refuse_output(const struct job *job)
{
	const struct expansion_part *output = expansion_find_step(&job->expansion);

	if (output == NULL || job->parameter->type == PARAMETER_TEXT || job->parameter->type == PARAMETER_GLOB_TEXT)
		return 0;
	diagnostics_error(job->binder->diagnostics, output->place,
			  "it can stand in commands, in paths and in keys, which are looked at after that step has run",
			  "'${step.%s.stdout}' is not known yet when this is read", output->text);
	return -1;
}

static int bind_typed(const struct job *job, void *target)
{
	switch (job->parameter->type) {
	case PARAMETER_BOOL:
		return bind_bool(job, target);
	case PARAMETER_INTEGER:
		return bind_integer(job, target);
	case PARAMETER_STRING:
	case PARAMETER_STORE:
	case PARAMETER_INVENTORY:
	case PARAMETER_STEP:
		return bind_string(job, target);
	case PARAMETER_TEXT:
	case PARAMETER_GLOB_TEXT:
		return bind_text(job, target);
	case PARAMETER_GLOB:
		return bind_glob(job, target);
	case PARAMETER_PATTERN:
		return bind_pattern(job, target);
	case PARAMETER_VERSION_RANGE:
		return bind_version_range(job, target);
	case PARAMETER_CHOICE:
		return bind_choice(job, target);
	default:
		return bind_number(job, target);
	}
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
	return job.expansion.unknown ? -1 : bind_typed(&job, target);
}

static const struct parameter secret_table[] = {
	{"env", PARAMETER_STRING, PARAMETER_ALTERNATIVE, offsetof(struct secret, env),
	 .help = "the environment variable that holds it", .example = "AWS_SECRET_ACCESS_KEY"},
	{"file", PARAMETER_STRING, PARAMETER_ALTERNATIVE, offsetof(struct secret, file),
	 .help = "the file that holds it; one line end after it is dropped", .example = "/run/secrets/key"},
	{0},
};

const struct record scalar_secret_record = {
	.name = "a secret",
	.help = "where a secret is read from; it is never written in the manifest, and masked wherever it would appear",
	.size = sizeof(struct secret),
	.parameters = secret_table};

int scalar_bind_secret(struct binder *binder, const struct parameter *parameter, const struct node *node,
		       const struct bind_site *site, struct secret **ret_secret)
{
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
	if (bind_record(binder, &scalar_secret_record, node, *ret_secret) < 0)
		return -1;
	if ((*ret_secret)->env != NULL)
		add_reference(binder, (struct bind_reference){.type = PARAMETER_SECRET,
							      .name = (*ret_secret)->env,
							      .place = node->place});
	return 0;
}

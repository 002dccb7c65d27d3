#include "wrapper/manifest/manifest_private.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/buffer.h"
#include "assertions/base/cleanup.h"
#include "assertions/base/glob.h"
#include "assertions/base/memory.h"
#include "assertions/scan/pattern.h"

#define RENDERED_MAX ((size_t)256 << 20)
#define MESSAGE_MAX 512

const struct expansion_part *expansion_find_step(const struct expansion *expansion)
{
	for (size_t i = 0; i < expansion->count; i++)
		if (expansion->parts[i].origin == EXPANSION_STEP)
			return &expansion->parts[i];
	return NULL;
}

/* Two stars side by side would match across folders: then one that no other star can touch. */
static const char *any_run_glob(const struct expansion_part *next, const struct buffer *out)
{
	bool star_before = out->length > 0 && out->data[out->length - 1] == '*';
	bool star_behind = next != NULL && (next->origin == EXPANSION_RUN ||
					    (next->origin == EXPANSION_WRITTEN && next->text[0] == '*'));

	return star_before || star_behind ? "?*?" : "*";
}

static void render_run(const struct expansion_part *part, const struct expansion_part *next, enum text_quoting quoting,
		       struct buffer *out)
{
	if (quoting == TEXT_GLOB)
		buffer_string(out, any_run_glob(next, out));
	else if (quoting == TEXT_PATTERN)
		buffer_string(out, "[^\\r\\n]*?");
	else
		buffer_string(out, part->text);
}

static void render_part(const struct expansion_part *part, const struct expansion_part *next, enum text_quoting quoting,
			bool any_run, struct buffer *out)
{
	if (part->origin == EXPANSION_STEP)
		return;
	if (part->origin == EXPANSION_RUN && any_run)
		render_run(part, next, quoting, out);
	else if (part->origin == EXPANSION_WRITTEN || quoting == TEXT_PLAIN)
		buffer_string(out, part->text);
	else if (quoting == TEXT_GLOB)
		glob_quote(part->text, out);
	else
		pattern_quote(part->text, out);
}

/* Parts from..to-1. `any_run`: ${run...} matches anything in globs and patterns. */
static char *render_parts(const struct expansion *expansion, size_t from, size_t to, enum text_quoting quoting,
			  bool any_run, struct arena *arena)
{
	cleanup_buffer struct buffer out;

	buffer_init(&out, RENDERED_MAX);
	for (size_t i = from; i < to; i++)
		render_part(&expansion->parts[i], i + 1 < expansion->count ? &expansion->parts[i + 1] : NULL, quoting,
			    any_run, &out);
	return arena_substring(arena, out.data, out.length);
}

/*
 * A variable is looked for in the scalar as it was written, with its quotes and its indentation: the n-th of its
 * kind in the value is the n-th in the text.
 */
struct place expand_place(const struct expand_job *job)
{
	const struct node *node = job->node;
	const struct document *document = job->expander->document;
	size_t ordinal = 0;
	struct position_finder finder;

	if (node->end <= node->begin || node->end > document->length)
		return node->place;
	cleanup_free char *token = memory_substring(job->token, job->token_length);
	for (const char *at = strstr(node->value, token); at != NULL && at < job->token; at = strstr(at + 1, token))
		ordinal++;
	const char *begin = document->text + node->begin, *end = document->text + node->end;
	const char *found = memmem(begin, (size_t)(end - begin), token, job->token_length);
	for (; found != NULL && ordinal > 0; ordinal--)
		found = memmem(found + 1, (size_t)(end - found - 1), token, job->token_length);
	if (found == NULL)
		return node->place;
	position_init(&finder, begin, (size_t)(end - begin));
	struct place inside = position_of_byte(&finder, (size_t)(found - begin)).place;
	if (inside.line == 1)
		return (struct place){node->place.line, node->place.column + inside.column - 1};
	return (struct place){node->place.line + inside.line - 1, inside.column};
}

void expand_report(struct expand_job *job, const char *hint, const char *format, ...)
{
	char message[MESSAGE_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	diagnostics_error(job->expander->diagnostics, expand_place(job), hint, "%s", message);
	job->broken = true;
}

void expand_add_part(struct expand_job *job, enum expansion_origin origin, const char *text)
{
	struct expander *expander = job->expander;
	struct expansion_part part = {.origin = origin, .text = text};
	if (origin != EXPANSION_WRITTEN) {
		part.token = job->token;
		part.token_length = job->token_length;
	}

	expander->total += sizeof(part) + strlen(text);
	if (expander->total <= EXPAND_TOTAL_MAX) {
		if (origin == EXPANSION_STEP)
			part.place = expand_place(job);
		struct expansion *expansion = job->expansion;
		expansion->parts = arena_grow(expander->arena, expansion->parts, expansion->count, sizeof(part));
		expansion->parts[expansion->count++] = part;
		return;
	}
	if (!expander->exceeded)
		diagnostics_error(expander->diagnostics, job->node->place, NULL,
				  "the values of variables and aliases make more than %zu MiB", EXPAND_TOTAL_MAX >> 20);
	expander->exceeded = true;
	job->broken = true;
}

static void add_expansion(struct expand_job *job, const struct expansion *expansion)
{
	for (size_t i = 0; i < expansion->count && !job->broken; i++) {
		enum expansion_origin origin = expansion->parts[i].origin;
		expand_add_part(job, origin == EXPANSION_WRITTEN ? EXPANSION_VALUE : origin, expansion->parts[i].text);
	}
	job->expansion->unknown |= expansion->unknown;
}

static struct expand_known *find_known(struct expander *expander, const struct node *node)
{
	for (size_t i = 0; i < expander->known_count; i++)
		if (expander->known[i]->node == node)
			return expander->known[i];
	return NULL;
}

static struct expand_known *add_known(struct expander *expander, const struct node *node)
{
	struct expand_known *known = arena_alloc(expander->arena, sizeof(*known));

	*known = (struct expand_known){.node = node, .state = EXPAND_STATE_BUSY};
	expander->known = memory_room(expander->known, expander->known_count, sizeof(struct expand_known *));
	expander->known[expander->known_count++] = known;
	return known;
}

/* The value of another scalar of the manifest. */
void expand_add_scalar(struct expand_job *job, const struct node *node)
{
	struct expander *expander = job->expander;
	struct expand_known *known = find_known(expander, node);

	if (known == NULL) {
		if (expander->chain == EXPAND_CHAIN_MAX) {
			expand_report(job, NULL, "more than %d variables refer to one another", EXPAND_CHAIN_MAX);
			return;
		}
		if (expander->known_count == EXPAND_KNOWN_MAX) {
			expand_report(job, NULL, "more than %d values are referred to", EXPAND_KNOWN_MAX);
			return;
		}
		known = add_known(expander, node);
		expander->chain++;
		known->state =
			expand_scalar(expander, node, &known->expansion) == 0 ? EXPAND_STATE_DONE : EXPAND_STATE_BROKEN;
		expander->chain--;
	}
	if (known->state == EXPAND_STATE_BUSY)
		expand_report(job, NULL, "'%.*s' refers to itself", (int)job->token_length, job->token);
	else if (known->state == EXPAND_STATE_BROKEN)
		job->broken = true;
	else
		add_expansion(job, &known->expansion);
}

static void add_written(struct expand_job *job, const char *from, const char *to)
{
	if (to > from && !job->expander->exceeded)
		expand_add_part(job, EXPANSION_WRITTEN,
				arena_substring(job->expander->arena, from, (size_t)(to - from)));
}

/* From a "${" on; what stands behind its brace, or NULL where there is none. */
static const char *add_variable(struct expand_job *job, const char *token)
{
	const char *end = strchr(token, '}');

	job->token = token;
	job->token_length = end != NULL ? (size_t)(end + 1 - token) : 2;
	job->expansion->variable = true;
	if (++job->variables > EXPAND_VARIABLES_MAX) {
		expand_report(job, NULL, "more than %d variables in one text", EXPAND_VARIABLES_MAX);
		return NULL;
	}
	if (end == NULL) {
		expand_report(job, "'$${' stands for '${' itself", "'${' without its '}'");
		return NULL;
	}
	job->name = arena_substring(job->expander->arena, token + 2, (size_t)(end - token) - 2);
	variable_add(job);
	return end + 1;
}

int expand_scalar(struct expander *expander, const struct node *scalar, struct expansion *ret_expansion)
{
	struct expansion expansion = {0};
	struct expand_job job = {.expander = expander, .node = scalar, .expansion = &expansion};
	const char *written = scalar->value, *at = scalar->literal ? NULL : written;

	if (expander->exceeded)
		return -1;
	while (at != NULL && (at = strchr(at, '$')) != NULL) {
		if (at[1] == '$') {
			add_written(&job, written, at + 1);
			written = at += 2;
		} else if (at[1] == '{') {
			add_written(&job, written, at);
			written = at = add_variable(&job, at);
		} else {
			at++;
		}
	}
	if (written != NULL)
		add_written(&job, written, written + strlen(written));
	*ret_expansion = expansion;
	return job.broken ? -1 : 0;
}

char *expand_range(struct expander *expander, const struct expansion *expansion, size_t from, size_t to,
		   enum text_quoting quoting)
{
	return render_parts(expansion, from, to, quoting, expander->options->verify, expander->arena);
}

char *expand_anywhen(struct expander *expander, const struct expansion *expansion, size_t from, size_t to)
{
	return render_parts(expansion, from, to, TEXT_GLOB, true, expander->arena);
}

struct expander *expand_new(const struct document *document, const struct manifest_options *options,
			    struct arena *arena, struct diagnostics *diagnostics)
{
	struct expander *expander = memory_alloc(sizeof(*expander));

	*expander =
		(struct expander){.document = document, .options = options, .arena = arena, .diagnostics = diagnostics};
	return expander;
}

void expand_free(struct expander *expander)
{
	if (expander == NULL)
		return;
	free(expander->known);
	free(expander);
}

void expand_report_unused(struct expander *expander)
{
	const struct node *vars = node_get(expander->document->root, "vars");

	for (size_t i = 0; vars != NULL && vars->kind == NODE_MAPPING && i < vars->count; i++)
		if (vars->items[i]->literal && find_known(expander, vars->items[i]) == NULL)
			diagnostics_usage_error(expander->diagnostics, NULL,
						"--var sets '%s', which nothing in the manifest refers to",
						vars->keys[i]->value);
}

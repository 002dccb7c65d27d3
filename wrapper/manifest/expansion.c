#include "wrapper/manifest/expansion.h"

#include <string.h>

#include "assertions/base/buffer.h"
#include "assertions/base/cleanup.h"
#include "assertions/base/glob.h"
#include "assertions/scan/pattern.h"

#define RENDERED_MAX ((size_t)256 << 20)

/* Room for a power of two of parts, from 4 on. */
void expansion_add(struct expansion *expansion, struct arena *arena, struct expansion_part part)
{
	size_t count = expansion->count;

	if (count == 0 || (count >= 4 && (count & (count - 1)) == 0)) {
		struct expansion_part *larger = arena_array(arena, count == 0 ? 4 : count * 2, sizeof(*larger));
		if (count > 0)
			memcpy(larger, expansion->parts, count * sizeof(*larger));
		expansion->parts = larger;
	}
	expansion->parts[expansion->count++] = part;
}

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

char *expansion_render(const struct expansion *expansion, size_t from, size_t to, enum text_quoting quoting,
		       bool any_run, struct arena *arena)
{
	cleanup_buffer struct buffer out;

	buffer_init(&out, RENDERED_MAX);
	for (size_t i = from; i < to; i++)
		render_part(&expansion->parts[i], i + 1 < expansion->count ? &expansion->parts[i + 1] : NULL, quoting,
			    any_run, &out);
	return arena_substring(arena, out.data, out.length);
}

#include "wrapper/verbs/learn/draft.h"

#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "wrapper/verbs/learn/yaml_text.h"

#define LINES_WORTHWHILE 10
#define PATTERN_BYTES_MAX 4096
#define INVENTORY_NAME_MAX 32

static const struct marker *marker_at(const struct seen *seen, size_t i)
{
	return &(seen->is_log ? markers_of_logs : markers_of_dumps).markers[i];
}

static void write_pattern(const char *pattern, const char *why, unsigned columns, const char *before,
			  struct buffer *out)
{
	buffer_string(out, before);
	draft_indent(columns, out);
	buffer_string(out, "- ");
	yaml_text_scalar(pattern, out);
	if (why != NULL)
		buffer_print(out, "  # %s", why);
	buffer_string(out, "\n");
}

static void write_markers(const struct seen *seen, enum marker_use use, unsigned columns, const char *before,
			  struct buffer *out)
{
	for (size_t i = 0; marker_at(seen, i)->pattern != NULL; i++)
		if (marker_at(seen, i)->use == use && (seen->markers >> i & 1) != 0)
			write_pattern(marker_at(seen, i)->pattern, marker_at(seen, i)->why, columns, before, out);
}

static bool is_listed(const char *list, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = list; (at = strstr(at, name)) != NULL; at += length)
		if ((at == list || at[-1] == ',') && (at[length] == ',' || at[length] == '\0'))
			return true;
	return false;
}

/* What was in it so far must not be among what GitLab says that it left out. */
static void write_components(const struct seen *seen, unsigned columns, const char *before, struct buffer *out)
{
	cleanup_buffer struct buffer pattern;
	size_t count = 0;

	buffer_init(&pattern, PATTERN_BYTES_MAX);
	if (seen->skipped == NULL)
		return;
	buffer_string(&pattern, "^:skipped:.*\\b(?:");
	for (const char *const *name = markers_components; *name != NULL; name++)
		if (!is_listed(seen->skipped, *name))
			buffer_print(&pattern, "%s%s", count++ > 0 ? "|" : "", *name);
	buffer_string(&pattern, ")\\b");
	if (count > 0)
		write_pattern(pattern.data, "none of these was left out", columns, before, out);
}

static void write_list(const char *key, const struct buffer *items, unsigned columns, const char *before,
		       struct buffer *out)
{
	if (items->length == 0)
		return;
	buffer_string(out, before);
	draft_indent(columns, out);
	buffer_print(out, "%s:\n%s", key, items->data);
}

void draft_text_lists(const struct seen *seen, unsigned columns, const char *before, struct buffer *out)
{
	cleanup_buffer struct buffer always, never;

	buffer_init(&always, DRAFT_BYTES_MAX);
	buffer_init(&never, DRAFT_BYTES_MAX);
	write_markers(seen, MARKER_ALWAYS, columns + 2, before, &always);
	for (size_t i = SEEN_LINES_MAX; i > 0; i--)
		if (seen->lines[i - 1] != NULL)
			write_pattern(seen->lines[i - 1], "it says so where it comes to its end", columns + 2, before,
				      &always);
	write_markers(seen, MARKER_NEVER, columns + 2, before, &never);
	write_components(seen, columns + 2, before, &never);
	write_list("always", &always, columns, before, out);
	write_list("never", &never, columns, before, out);
}

void draft_text(const struct seen *seen, unsigned columns, struct buffer *out)
{
	cleanup_buffer struct buffer inner;

	buffer_init(&inner, DRAFT_BYTES_MAX);
	if (!seen->is_text)
		return;
	draft_text_lists(seen, columns + 2, "", &inner);
	if (seen->lines_min >= LINES_WORTHWHILE) {
		draft_indent(columns + 2, &inner);
		buffer_print(&inner, "lines: {min: %llu}  # half of what it has\n",
			     (unsigned long long)(seen->lines_min / 2 + 1));
	}
	if (inner.length == 0)
		return;
	draft_indent(columns, out);
	buffer_print(out, "text:\n%s", inner.data);
}

static void write_inventory(struct draft *draft, const char *name, const struct marker_inventory_kind *kind,
			    const char *items)
{
	buffer_print(
		&draft->inventories,
		"  %s:\n    # What the backup held. The live list notices a database that is new as well; put it in "
		"place of 'items'\n    # where muster can reach %s:\n    # run: %s\n    items:\n%s",
		name, kind->server, kind->command, items);
}

static void name_inventory(size_t index, char name[INVENTORY_NAME_MAX])
{
	if (index == 0)
		snprintf(name, INVENTORY_NAME_MAX, "databases");
	else
		snprintf(name, INVENTORY_NAME_MAX, "databases%zu", index + 1);
}

/* One with the same items serves for both. */
static void find_inventory(struct draft *draft, const struct marker_inventory_kind *kind,
			   const struct seen_items *items, char name[INVENTORY_NAME_MAX])
{
	struct buffer text;
	size_t index = 0;

	buffer_init(&text, DRAFT_BYTES_MAX);
	for (size_t i = 0; i < items->count; i++) {
		buffer_string(&text, "      - ");
		yaml_text_scalar(items->items[i], &text);
		buffer_string(&text, "\n");
	}
	while (index < draft->inventory_count && strcmp(draft->inventory_items[index], text.data) != 0)
		index++;
	name_inventory(index, name);
	if (index < draft->inventory_count) {
		buffer_release(&text);
		return;
	}
	write_inventory(draft, name, kind, text.data);
	draft->inventory_items = memory_grow(draft->inventory_items, index + 1, sizeof(char *));
	draft->inventory_items[draft->inventory_count++] = buffer_take(&text);
}

void draft_covers(struct draft *draft, const struct seen *seen, unsigned columns, struct buffer *out)
{
	for (size_t i = 0; i < MARKERS_INVENTORIES; i++) {
		char name[INVENTORY_NAME_MAX];
		if (seen->items[i].count == 0 || seen->items[i].too_many)
			continue;
		find_inventory(draft, &markers_inventories[i], &seen->items[i], name);
		draft_indent(columns, out);
		buffer_string(out, "covers:  # a database that is missing is named\n");
		draft_indent(columns + 2, out);
		buffer_print(out, "inventory: %s\n", name);
		draft_indent(columns + 2, out);
		buffer_string(out, "line: ");
		yaml_text_scalar(markers_inventories[i].line, out);
		buffer_string(out, "\n");
		return;
	}
}

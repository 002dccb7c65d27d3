#include "wrapper/verbs/learn/draft.h"

#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "wrapper/verbs/learn/yaml_text.h"

#define NESTED_COLUMNS 14 /* from here on an archive is inside of another */

/* How many characters two texts begin, or end, with in common as far as the shorter one goes. */
static bool begins_alike(const char *a, const char *b)
{
	size_t left = strcspn(a, "*\\"), right = strcspn(b, "*\\"), shorter = left < right ? left : right;

	return strncmp(a, b, shorter) == 0;
}

static bool ends_alike(const char *a, const char *b)
{
	size_t left = strlen(a), right = strlen(b);

	while (left > 0 && right > 0 && strchr("*\\", a[left - 1]) == NULL && strchr("*\\", b[right - 1]) == NULL)
		if (a[--left] != b[--right])
			return false;
	return true;
}

/* Whether a path could match both: said too often rather than too seldom. */
static bool may_overlap(const struct group *a, const struct group *b)
{
	return begins_alike(a->glob, b->glob) && ends_alike(a->glob, b->glob);
}

/* A glob's checks are made on every member that it matches, whichever group that was counted in. */
static void weaken_for_overlaps(struct groups *groups)
{
	for (size_t i = 0; i < groups->count; i++)
		for (size_t j = 0; j < groups->count; j++)
			if (i != j && !shape_is_literal(groups->items[i]->glob) &&
			    may_overlap(groups->items[i], groups->items[j]))
				seen_weaken(groups->items[i]->seen, groups->items[j]->seen);
}

static void write_member(struct draft *draft, const struct group *group, unsigned columns, struct buffer *out)
{
	cleanup_buffer struct buffer checks;

	buffer_init(&checks, DRAFT_BYTES_MAX);
	draft_indent(columns, out);
	buffer_string(out, "- path: ");
	yaml_text_scalar(group->glob, out);
	buffer_string(out, "\n");
	if (group->count > 1) {
		draft_indent(columns + 2, out);
		buffer_print(out, "count: {min: %llu}  # half of the %llu that there are\n",
			     (unsigned long long)(group->count / 2 + group->count % 2),
			     (unsigned long long)group->count);
	}
	draft_member_checks(draft, group->seen, columns + 4, &checks);
	if (checks.length == 0)
		return;
	draft_indent(columns + 2, out);
	buffer_print(out, "expect:\n%s", checks.data);
}

static const char *name_in(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

bool draft_is_pg_directory(const struct seen *seen)
{
	for (size_t i = 0; seen->walked && seen->members != NULL && i < seen->members->count; i++) {
		const struct group *group = seen->members->items[i];
		if (group->count == 1 && strcmp(name_in(group->glob), "toc.dat") == 0)
			return group->seen->layer_count == 1 && group->seen->layers[0] == FORMAT_PG_CUSTOM;
	}
	return false;
}

/*
 * What lies in an archive inside of another is somebody's data, unless it is a database or says itself what it is. Whatever there is
 * is counted anyway.
 */
static bool is_worth_naming(const struct group *group, unsigned columns)
{
	enum format last =
		group->seen->layer_count > 0 ? group->seen->layers[group->seen->layer_count - 1] : FORMAT_UNKNOWN;

	if (group->level == SHAPE_EVERYTHING || group->count == 0)
		return false;
	return columns < NESTED_COLUMNS || group->seen->markers != 0 || format_class(last) == FORMAT_VERIFIED;
}

static bool is_repeated(const struct groups *groups, size_t i)
{
	return i > 0 && strcmp(groups->items[i - 1]->glob, groups->items[i]->glob) == 0;
}

static void write_members(struct draft *draft, struct groups *groups, unsigned columns, struct buffer *out)
{
	cleanup_buffer struct buffer members;

	buffer_init(&members, DRAFT_BYTES_MAX);
	groups_join_numbers(groups);
	groups_reduce(groups, columns < NESTED_COLUMNS ? DRAFT_MEMBERS_MAX : DRAFT_INNER_MEMBERS_MAX);
	groups_sort(groups);
	weaken_for_overlaps(groups);
	for (size_t i = 0; i < groups->count; i++)
		if (is_worth_naming(groups->items[i], columns) && !is_repeated(groups, i))
			write_member(draft, groups->items[i], columns + 2, &members);
	if (members.length == 0)
		return;
	if (columns < NESTED_COLUMNS) {
		draft_indent(columns, out);
		buffer_string(out, "# only: true  # a member that is not among these fails too\n");
	}
	draft_indent(columns, out);
	buffer_print(out, "members:\n%s", members.data);
}

void draft_members(struct draft *draft, const struct seen *seen, unsigned columns, struct buffer *out)
{
	if (!seen->walked || seen->members_min == 0)
		return;
	draft_indent(columns, out);
	buffer_string(out, "archive:\n");
	draft_indent(columns + 2, out);
	buffer_print(out, "count: {min: %llu}  # half of its members\n",
		     (unsigned long long)(seen->members_min / 2 + seen->members_min % 2));
	if (seen->members != NULL)
		write_members(draft, seen->members, columns + 2, out);
}

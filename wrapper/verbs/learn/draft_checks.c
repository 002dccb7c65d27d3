#include "wrapper/verbs/learn/draft.h"

#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/base/units.h"

#define LINES_WORTHWHILE 10
#define PATTERN_BYTES_MAX 4096
#define INVENTORY_NAME_MAX 32
#define MEMBERS_MAX 40 /* lines for the members of an artifact */
#define INNER_MEMBERS_MAX 8 /* of an archive inside it */
#define NESTED_COLUMNS 14 /* from here on an archive is inside of another */
#define FLOOR_WORTHWHILE 1024 /* a member that is smaller may well be half as large tomorrow */
#define SHRINK_MIN 10
#define SHRINK_MAX 60

static void write_member_checks(struct draft *draft, const struct traits *traits, int columns, struct buffer *out);

static const struct marker *marker_at(const struct traits *traits, size_t i)
{
	return &(traits->is_log ? markers_of_logs : markers_of_dumps).markers[i];
}

static void write_pattern(const char *pattern, const char *why, int columns, const char *before, struct buffer *out)
{
	buffer_print(out, "%s%*s- ", before, columns, "");
	yaml_text_scalar(pattern, out);
	if (why != NULL)
		buffer_print(out, "  # %s", why);
	buffer_string(out, "\n");
}

static void write_markers(const struct traits *traits, enum marker_use use, int columns, const char *before,
			  struct buffer *out)
{
	for (size_t i = 0; marker_at(traits, i)->pattern != NULL; i++)
		if (marker_at(traits, i)->use == use && (traits->markers >> i & 1) != 0)
			write_pattern(marker_at(traits, i)->pattern, marker_at(traits, i)->why, columns, before, out);
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
static void write_components(const struct traits *traits, int columns, const char *before, struct buffer *out)
{
	cleanup_buffer struct buffer pattern;
	size_t count = 0;

	buffer_init(&pattern, PATTERN_BYTES_MAX);
	if (traits->skipped == NULL)
		return;
	buffer_string(&pattern, "^:skipped:.*\\b(?:");
	for (const char *const *name = markers_components; *name != NULL; name++)
		if (!is_listed(traits->skipped, *name))
			buffer_print(&pattern, "%s%s", count++ > 0 ? "|" : "", *name);
	buffer_string(&pattern, ")\\b");
	if (count > 0)
		write_pattern(pattern.data, "none of these was left out", columns, before, out);
}

static void write_list(const char *key, const struct buffer *items, int columns, const char *before, struct buffer *out)
{
	if (items->length == 0)
		return;
	buffer_print(out, "%s%*s%s:\n%s", before, columns, "", key, items->data);
}

void draft_text_lists(const struct traits *traits, int columns, const char *before, struct buffer *out)
{
	cleanup_buffer struct buffer always, never;

	buffer_init(&always, DRAFT_BYTES_MAX);
	buffer_init(&never, DRAFT_BYTES_MAX);
	write_markers(traits, MARKER_ALWAYS, columns + 2, before, &always);
	for (size_t i = TRAITS_LINES_MAX; i > 0; i--)
		if (traits->lines[i - 1] != NULL)
			write_pattern(traits->lines[i - 1], "it says so where it comes to its end", columns + 2, before,
				      &always);
	write_markers(traits, MARKER_NEVER, columns + 2, before, &never);
	write_components(traits, columns + 2, before, &never);
	write_list("always", &always, columns, before, out);
	write_list("never", &never, columns, before, out);
}

static void write_text(const struct traits *traits, int columns, struct buffer *out)
{
	cleanup_buffer struct buffer inner;

	buffer_init(&inner, DRAFT_BYTES_MAX);
	if (!traits->is_text)
		return;
	draft_text_lists(traits, columns + 2, "", &inner);
	if (traits->lines_min >= LINES_WORTHWHILE) {
		buffer_print(&inner, "%*slines: {min: %llu}  # half of what it has\n", columns + 2, "",
			     (unsigned long long)(traits->lines_min / 2 + 1));
	}
	if (inner.length == 0)
		return;
	buffer_print(out, "%*stext:\n%s", columns, "", inner.data);
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
			   const struct traits_items *items, char name[INVENTORY_NAME_MAX])
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

/* An inventory for each kind of item that was found, and `covers` for it. */
static void write_covers(struct draft *draft, const struct traits *traits, int columns, struct buffer *out)
{
	for (size_t i = 0; i < MARKERS_INVENTORIES; i++) {
		char name[INVENTORY_NAME_MAX];
		if (traits->items[i].count == 0 || traits->items[i].too_many || traits->items[i].cut)
			continue;
		find_inventory(draft, &markers_inventories[i], &traits->items[i], name);
		buffer_print(out, "%*scovers: {inventory: %s, of: databases}  # a database that is missing is named\n",
			     columns, "", name);
		return;
	}
}

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
static bool may_overlap(const struct path_group *a, const struct path_group *b)
{
	return begins_alike(a->glob, b->glob) && ends_alike(a->glob, b->glob);
}

/* A glob's checks are made on every member that it matches, whichever group that was counted in. */
static void weaken_for_overlaps(struct path_groups *groups)
{
	for (size_t i = 0; i < groups->count; i++)
		for (size_t j = 0; j < groups->count; j++)
			if (i != j && !path_glob_is_literal(groups->items[i]->glob) &&
			    may_overlap(groups->items[i], groups->items[j]))
				traits_weaken(groups->items[i]->traits, groups->items[j]->traits);
}

static void write_member(struct draft *draft, const struct path_group *group, int columns, struct buffer *out)
{
	cleanup_buffer struct buffer checks;

	buffer_init(&checks, DRAFT_BYTES_MAX);
	buffer_print(out, "%*s- path: ", columns, "");
	yaml_text_scalar(group->glob, out);
	buffer_string(out, "\n");
	if (group->count > 1) {
		buffer_print(out, "%*scount: {min: %llu}  # half of the %llu that there are\n", columns + 2, "",
			     (unsigned long long)(group->count / 2 + group->count % 2),
			     (unsigned long long)group->count);
	}
	write_member_checks(draft, group->traits, columns + 4, &checks);
	if (checks.length == 0)
		return;
	buffer_print(out, "%*sexpect:\n%s", columns + 2, "", checks.data);
}

static const char *name_in(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

bool draft_is_pg_directory(const struct traits *traits)
{
	for (size_t i = 0; traits->walked && traits->members != NULL && i < traits->members->count; i++) {
		const struct path_group *group = traits->members->items[i];
		if (group->count == 1 && strcmp(name_in(group->glob), "toc.dat") == 0)
			return group->traits->layer_count == 1 && group->traits->layers[0] == FORMAT_PG_CUSTOM;
	}
	return false;
}

/*
 * What lies in an archive inside of another is somebody's data, unless it is a database or says itself what it is. Whatever there is
 * is counted anyway.
 */
static bool is_worth_naming(const struct path_group *group, int columns)
{
	enum format last =
		group->traits->layer_count > 0 ? group->traits->layers[group->traits->layer_count - 1] : FORMAT_UNKNOWN;

	if (group->level == PATH_GLOB_EVERYTHING || group->count == 0)
		return false;
	return columns < NESTED_COLUMNS || group->traits->markers != 0 || format_class(last) == FORMAT_VERIFIED;
}

static bool is_repeated(const struct path_groups *groups, size_t i)
{
	return i > 0 && strcmp(groups->items[i - 1]->glob, groups->items[i]->glob) == 0;
}

static void write_members(struct draft *draft, struct path_groups *groups, int columns, struct buffer *out)
{
	cleanup_buffer struct buffer members;

	buffer_init(&members, DRAFT_BYTES_MAX);
	path_groups_join_numbers(groups);
	path_groups_reduce(groups, columns < NESTED_COLUMNS ? MEMBERS_MAX : INNER_MEMBERS_MAX);
	path_groups_sort(groups);
	weaken_for_overlaps(groups);
	for (size_t i = 0; i < groups->count; i++)
		if (is_worth_naming(groups->items[i], columns) && !is_repeated(groups, i))
			write_member(draft, groups->items[i], columns + 2, &members);
	if (members.length == 0)
		return;
	if (columns < NESTED_COLUMNS) {
		buffer_print(out, "%*s# only: true  # a member that is not among these fails too\n", columns, "");
	}
	buffer_print(out, "%*smembers:\n%s", columns, "", members.data);
}

static void write_archive(struct draft *draft, const struct traits *traits, int columns, struct buffer *out)
{
	if (!traits->walked || traits->members_min == 0)
		return;
	buffer_print(out, "%*sarchive:\n", columns, "");
	buffer_print(out, "%*scount: {min: %llu}  # half of its members\n", columns + 2, "",
		     (unsigned long long)(traits->members_min / 2 + traits->members_min % 2));
	if (traits->members != NULL)
		write_members(draft, traits->members, columns + 2, out);
}

static int64_t more_than_half(int64_t bytes)
{
	return bytes / 2 + 1;
}

/* A backup of exactly half the size is one too small already. */
static const char *floor_of(int64_t bytes, char text[YAML_TEXT_SIZE_MAX])
{
	return yaml_text_size(more_than_half(bytes), bytes, text);
}

static void find_spread(const struct draft_history *history, int64_t *ret_least, int64_t *ret_most)
{
	*ret_least = *ret_most = history->sizes[0];
	for (size_t i = 1; i < history->kept; i++) {
		*ret_least = history->sizes[i] < *ret_least ? history->sizes[i] : *ret_least;
		*ret_most = history->sizes[i] > *ret_most ? history->sizes[i] : *ret_most;
	}
}

/* Below the smallest by as much as they differ, by a tenth at least; never below half of it. */
static void write_size_of_several(const struct draft_history *history, int columns, struct buffer *out)
{
	char text[YAML_TEXT_SIZE_MAX], least_text[UNITS_TEXT_MAX], most_text[UNITS_TEXT_MAX];
	int64_t least, most;

	find_spread(history, &least, &most);
	int64_t margin = most - least > least / 10 ? most - least : least / 10;
	int64_t floor = least - margin > more_than_half(least) ? least - margin : more_than_half(least);
	int64_t shrink = most > 0 ? (int64_t)((double)(most - least) * 150.0 / (double)most) + SHRINK_MIN : SHRINK_MIN;
	units_format_size(least, least_text);
	units_format_size(most, most_text);
	buffer_print(out, "%*ssize: {min: %s", columns, "", yaml_text_size(floor, least, text));
	if (shrink < SHRINK_MAX)
		buffer_print(out, ", shrink: %lld%%", (long long)shrink);
	/* Else the large one would count as what is usual, and those after it as too small. */
	if (history->left_out_larger)
		buffer_string(out, ", grow: 50%");
	buffer_print(out, "}  # %zu backups have %s to %s\n", history->kept, least_text, most_text);
}

static void write_size(const struct draft_artifact *artifact, int columns, struct buffer *out)
{
	char text[YAML_TEXT_SIZE_MAX], has[UNITS_TEXT_MAX];
	int64_t least, most;

	if (artifact->traits->size_min <= 0)
		return;
	if (artifact->history.kept > 1) {
		find_spread(&artifact->history, &least, &most);
		if (least <= 0)
			return;
		write_size_of_several(&artifact->history, columns, out);
		return;
	}
	buffer_print(out, "%*ssize: {min: %s}  # half of the %s that %s\n", columns, "",
		     floor_of(artifact->traits->size_min, text), units_format_size(artifact->traits->size_min, has),
		     artifact->files > 0 ? "the smallest has" : "it has");
}

static bool can_be_declared(const struct traits *traits, bool is_member)
{
	enum format last = traits->layer_count > 0 ? traits->layers[traits->layer_count - 1] : FORMAT_UNKNOWN;

	if (last == FORMAT_UNKNOWN || traits->layers_differ || last == FORMAT_AGE)
		return false;
	return !traits->is_opaque || (last == FORMAT_GPG && !is_member);
}

static void write_format(const struct traits *traits, bool is_member, int columns, struct buffer *out)
{
	bool is_pg = draft_is_pg_directory(traits);

	if (!can_be_declared(traits, is_member))
		return;
	buffer_print(out, "%*sformat: %s", columns, "", traits->layer_count > 1 ? "[" : "");
	for (size_t i = 0; i < traits->layer_count; i++)
		buffer_print(out, "%s%s", i > 0 ? ", " : "",
			     format_name(is_pg && i + 1 == traits->layer_count ? FORMAT_PG_DIRECTORY
									       : traits->layers[i]));
	buffer_print(out, "%s  # read to the last byte\n", traits->layer_count > 1 ? "]" : "");
}

static void write_unpacked(const struct traits *traits, int columns, struct buffer *out)
{
	char text[YAML_TEXT_SIZE_MAX], had[UNITS_TEXT_MAX];

	if (traits->layers_differ || traits->layer_count == 0 || !format_is_compression(traits->layers[0]) ||
	    traits->unpacked_min < FLOOR_WORTHWHILE || traits->is_opaque)
		return;
	buffer_print(out, "%*sunpacked: {min: %s}  # half of %s\n", columns, "", floor_of(traits->unpacked_min, text),
		     units_format_size(traits->unpacked_min, had));
}

static void write_inside(struct draft *draft, const struct traits *traits, int columns, struct buffer *out)
{
	write_unpacked(traits, columns, out);
	if (traits->is_opaque)
		return;
	write_text(traits, columns, out);
	write_covers(draft, traits, columns, out);
	if (!draft_is_pg_directory(traits))
		write_archive(draft, traits, columns, out);
}

void draft_checks(struct draft *draft, const struct draft_artifact *artifact, int columns, struct buffer *out)
{
	write_size(artifact, columns, out);
	write_format(artifact->traits, false, columns, out);
	if (artifact->sidecar != NULL) {
		buffer_print(out, "%*sdigest: {sidecar: %s}  # the checksum that lies beside it\n", columns, "",
			     artifact->sidecar);
	}
	write_inside(draft, artifact->traits, columns, out);
}

static void write_member_size(const struct traits *traits, int columns, struct buffer *out)
{
	char text[YAML_TEXT_SIZE_MAX];

	if (traits->size_min <= 0 || (traits->layer_count > 0 && format_is_compression(traits->layers[0])))
		return;
	if (traits->size_min < FLOOR_WORTHWHILE)
		buffer_print(out, "%*ssize: {min: 1B}  # it was not empty\n", columns, "");
	else
		buffer_print(out, "%*ssize: {min: %s}  # half of what %s\n", columns, "",
			     floor_of(traits->size_min, text), traits->count > 1 ? "the smallest has" : "it has");
}

static void write_member_checks(struct draft *draft, const struct traits *traits, int columns, struct buffer *out)
{
	if (traits->is_link || traits->is_opaque || traits->trouble.soundness != SOUND || traits->count == 0)
		return;
	write_member_size(traits, columns, out);
	write_format(traits, true, columns, out);
	write_inside(draft, traits, columns, out);
}

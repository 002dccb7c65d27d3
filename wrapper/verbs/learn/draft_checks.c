#include "wrapper/verbs/learn/draft.h"

#include "assertions/base/units.h"
#include "wrapper/verbs/learn/yaml_text.h"

#define FLOOR_WORTHWHILE 1024 /* a member that is smaller may well be half as large tomorrow */
#define SHRINK_MIN 10
#define SHRINK_MAX 60

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
static void write_size_of_several(const struct draft_history *history, struct buffer *out)
{
	char text[YAML_TEXT_SIZE_MAX], least_text[UNITS_TEXT_MAX], most_text[UNITS_TEXT_MAX];
	int64_t least, most;

	find_spread(history, &least, &most);
	int64_t margin = most - least > least / 10 ? most - least : least / 10;
	int64_t floor = least - margin > more_than_half(least) ? least - margin : more_than_half(least);
	int64_t shrink = most > 0 ? (int64_t)((double)(most - least) * 150.0 / (double)most) + SHRINK_MIN : SHRINK_MIN;
	units_format_size(least, least_text);
	units_format_size(most, most_text);
	buffer_print(out, "size: {min: %s", yaml_text_size(floor, least, text));
	if (shrink < SHRINK_MAX)
		buffer_print(out, ", shrink: %lld%%", (long long)shrink);
	buffer_print(out, "}  # %zu backups have %s to %s\n", history->kept, least_text, most_text);
}

static void write_size(const struct draft_artifact *artifact, unsigned columns, struct buffer *out)
{
	char text[YAML_TEXT_SIZE_MAX], seen[UNITS_TEXT_MAX];
	int64_t least, most;

	if (artifact->seen->size_min <= 0)
		return;
	if (artifact->history.kept > 1) {
		find_spread(&artifact->history, &least, &most);
		if (least <= 0)
			return;
		draft_indent(columns, out);
		write_size_of_several(&artifact->history, out);
		return;
	}
	draft_indent(columns, out);
	buffer_print(out, "size: {min: %s}  # half of the %s that it has\n", floor_of(artifact->seen->size_min, text),
		     units_format_size(artifact->seen->size_min, seen));
}

static bool can_be_declared(const struct seen *seen, bool is_member)
{
	enum format last = seen->layer_count > 0 ? seen->layers[seen->layer_count - 1] : FORMAT_UNKNOWN;

	if (last == FORMAT_UNKNOWN || seen->layers_differ || last == FORMAT_AGE)
		return false;
	return !seen->is_opaque || (last == FORMAT_GPG && !is_member);
}

static void write_format(const struct seen *seen, bool is_member, unsigned columns, struct buffer *out)
{
	bool is_pg = draft_is_pg_directory(seen);

	if (!can_be_declared(seen, is_member))
		return;
	draft_indent(columns, out);
	buffer_print(out, "format: %s", seen->layer_count > 1 ? "[" : "");
	for (size_t i = 0; i < seen->layer_count; i++)
		buffer_print(out, "%s%s", i > 0 ? ", " : "",
			     format_name(is_pg && i + 1 == seen->layer_count ? FORMAT_PG_DIRECTORY : seen->layers[i]));
	buffer_print(out, "%s  # read to the last byte\n", seen->layer_count > 1 ? "]" : "");
}

static void write_unpacked(const struct seen *seen, unsigned columns, struct buffer *out)
{
	char text[YAML_TEXT_SIZE_MAX], had[UNITS_TEXT_MAX];

	if (seen->layers_differ || seen->layer_count == 0 || !format_is_compression(seen->layers[0]) ||
	    seen->unpacked_min < FLOOR_WORTHWHILE || seen->is_opaque)
		return;
	draft_indent(columns, out);
	buffer_print(out, "unpacked: {min: %s}  # half of %s\n", floor_of(seen->unpacked_min, text),
		     units_format_size(seen->unpacked_min, had));
}

static void write_inside(struct draft *draft, const struct seen *seen, unsigned columns, struct buffer *out)
{
	write_unpacked(seen, columns, out);
	if (seen->is_opaque)
		return;
	draft_text(seen, columns, out);
	draft_covers(draft, seen, columns, out);
	if (!draft_is_pg_directory(seen))
		draft_members(draft, seen, columns, out);
}

void draft_checks(struct draft *draft, const struct draft_artifact *artifact, unsigned columns, struct buffer *out)
{
	write_size(artifact, columns, out);
	write_format(artifact->seen, false, columns, out);
	if (artifact->sidecar != NULL) {
		draft_indent(columns, out);
		buffer_print(out, "digest: {sidecar: %s}  # the checksum that lies beside it\n", artifact->sidecar);
	}
	write_inside(draft, artifact->seen, columns, out);
}

static void write_member_size(const struct seen *seen, unsigned columns, struct buffer *out)
{
	char text[YAML_TEXT_SIZE_MAX];

	if (seen->size_min <= 0 || (seen->layer_count > 0 && format_is_compression(seen->layers[0])))
		return;
	draft_indent(columns, out);
	if (seen->size_min < FLOOR_WORTHWHILE)
		buffer_string(out, "size: {min: 1B}  # it was not empty\n");
	else
		buffer_print(out, "size: {min: %s}  # half of what %s\n", floor_of(seen->size_min, text),
			     seen->count > 1 ? "the smallest has" : "it has");
}

void draft_member_checks(struct draft *draft, const struct seen *seen, unsigned columns, struct buffer *out)
{
	if (seen->is_link || seen->is_opaque || seen->trouble.soundness != SOUND || seen->count == 0)
		return;
	write_member_size(seen, columns, out);
	write_format(seen, true, columns, out);
	write_inside(draft, seen, columns, out);
}

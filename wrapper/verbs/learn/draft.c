#include "wrapper/verbs/learn/draft.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/base/units.h"
#include "assertions/checks/numbers.h"

#define MINUTE_MS INT64_C(60000)
#define NIGHTLY_MS (26 * 60 * MINUTE_MS)
#define NOTE_BYTES_MAX 2000
#define OUTLIER_FACTOR 2 /* smaller, or larger, than the median */
#define OUTLIERS_SHARE 3 /* one in so many at most */

void draft_init(struct draft *draft, int64_t now_ms)
{
	*draft = (struct draft){.now_ms = now_ms};
	buffer_init(&draft->stores, DRAFT_BYTES_MAX);
	buffer_init(&draft->inventories, DRAFT_BYTES_MAX);
	buffer_init(&draft->steps, DRAFT_BYTES_MAX);
	buffer_init(&draft->notes, DRAFT_BYTES_MAX);
}

void draft_release(struct draft *draft)
{
	for (size_t i = 0; i < draft->artifact_count; i++) {
		free(draft->artifacts[i].name);
		free(draft->artifacts[i].place);
		free(draft->artifacts[i].location);
		traits_free(draft->artifacts[i].traits);
		draft_history_release(&draft->artifacts[i].history);
	}
	free(draft->artifacts);
	for (size_t i = 0; i < draft->inventory_count; i++)
		free(draft->inventory_items[i]);
	free(draft->inventory_items);
	buffer_release(&draft->stores);
	buffer_release(&draft->inventories);
	buffer_release(&draft->steps);
	buffer_release(&draft->notes);
}

void draft_history_release(struct draft_history *history)
{
	for (size_t i = 0; i < history->kept; i++)
		free(history->keys[i]);
	history->kept = 0;
}

void draft_history_add(struct draft_history *history, const char *key, int64_t modified_ms, int64_t size_bytes)
{
	size_t at = history->kept;

	history->count++;
	while (at > 0 && history->times_ms[at - 1] < modified_ms)
		at--;
	if (at == DRAFT_TIMES_MAX)
		return;
	if (history->kept < DRAFT_TIMES_MAX)
		history->kept++;
	else
		free(history->keys[DRAFT_TIMES_MAX - 1]);
	memmove(history->times_ms + at + 1, history->times_ms + at, (history->kept - at - 1) * sizeof(int64_t));
	memmove(history->sizes + at + 1, history->sizes + at, (history->kept - at - 1) * sizeof(int64_t));
	memmove(history->keys + at + 1, history->keys + at, (history->kept - at - 1) * sizeof(char *));
	history->keys[at] = memory_string(key);
	history->times_ms[at] = modified_ms;
	history->sizes[at] = size_bytes;
}

static bool is_taken(const struct draft *draft, const char *name)
{
	for (size_t i = 0; i < draft->artifact_count; i++)
		if (strcmp(draft->artifacts[i].name, name) == 0)
			return true;
	return false;
}

void draft_add(struct draft *draft, struct draft_artifact artifact)
{
	char *wanted = artifact.name;

	for (unsigned number = 2; is_taken(draft, artifact.name); number++) {
		if (artifact.name != wanted)
			free(artifact.name);
		artifact.name = memory_format("%s %u", wanted, number);
	}
	if (artifact.name != wanted)
		free(wanted);
	draft->artifacts = memory_grow(draft->artifacts, draft->artifact_count + 1, sizeof(artifact));
	draft->artifacts[draft->artifact_count++] = artifact;
}

void draft_note(struct draft *draft, const char *format, ...)
{
	char text[NOTE_BYTES_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	buffer_string(&draft->notes, "# - ");
	for (const char *at = text; *at != '\0'; at++)
		buffer_append(&draft->notes, (unsigned char)*at < ' ' || *at == 0x7f ? "?" : at, 1);
	buffer_string(&draft->notes, "\n");
}

void draft_forget_store(struct draft *draft, size_t length)
{
	if (draft->stores.length == length)
		return;
	draft->stores.length = length;
	draft->stores.data[length] = '\0';
	draft->store_count--;
}

static int by_size(const void *left, const void *right)
{
	int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

	return (a > b) - (a < b);
}

static bool is_outlier(int64_t size, int64_t median)
{
	return size < median / OUTLIER_FACTOR || size / OUTLIER_FACTOR > median;
}

static void take_out(struct draft_history *history, size_t at)
{
	size_t behind = history->kept - at - 1;

	free(history->keys[at]);
	memmove(history->times_ms + at, history->times_ms + at + 1, behind * sizeof(int64_t));
	memmove(history->sizes + at, history->sizes + at + 1, behind * sizeof(int64_t));
	memmove(history->keys + at, history->keys + at + 1, behind * sizeof(char *));
	history->kept--;
}

static size_t count_outliers(const struct draft_history *history, int64_t median)
{
	size_t count = 0;

	for (size_t i = 0; i < history->kept; i++)
		count += is_outlier(history->sizes[i], median);
	return count;
}

bool draft_leave_out(struct draft *draft, const char *place, const char *newest, struct draft_history *history)
{
	int64_t median = history->kept > 0 ? median_of(history->sizes, history->kept) : 0;
	bool has_newest = false;

	/* Where many differ that is how they are. */
	if (median == 0 || count_outliers(history, median) * OUTLIERS_SHARE > history->kept)
		return false;
	for (size_t i = history->kept; i-- > 0;) {
		char size[UNITS_TEXT_MAX], usual[UNITS_TEXT_MAX];
		bool is_newest = strcmp(history->keys[i], newest) == 0;
		if (!is_outlier(history->sizes[i], median))
			continue;
		draft_note(draft, "'%s%s' was left out: it has %s, where %s are usual%s", place, history->keys[i],
			   units_format_size(history->sizes[i], size), units_format_size(median, usual),
			   is_newest ? "; being the newest, it is what 'muster verify' looks at" : "");
		history->left_out_larger |= history->sizes[i] > median;
		take_out(history, i);
		has_newest |= is_newest;
	}
	return has_newest;
}

/* The time from one backup to the next, as it mostly is; 0 where they tell none, as files do that were copied together. */
static int64_t rhythm_of(const struct draft_history *history)
{
	int64_t gaps[DRAFT_TIMES_MAX];

	if (history->kept < 2)
		return 0;
	for (size_t i = 0; i + 1 < history->kept; i++)
		gaps[i] = history->times_ms[i] - history->times_ms[i + 1];
	qsort(gaps, history->kept - 1, sizeof(*gaps), by_size);
	return (gaps[(history->kept - 1) / 2] + MINUTE_MS / 2) / MINUTE_MS * MINUTE_MS;
}

struct ages {
	int64_t oldest_ms; /* of the newest of each */
	int64_t rhythm_ms; /* the slowest; 0: none is known */
	size_t backups; /* that it was told from */
};

static struct ages find_ages(const struct draft *draft)
{
	struct ages ages = {0};

	for (size_t i = 0; i < draft->artifact_count; i++) {
		const struct draft_history *history = &draft->artifacts[i].history;
		int64_t rhythm_ms = rhythm_of(history), age_ms = draft->now_ms - history->times_ms[0];
		if (rhythm_ms > ages.rhythm_ms) {
			ages.rhythm_ms = rhythm_ms;
			ages.backups = history->kept;
		}
		ages.oldest_ms = age_ms > ages.oldest_ms ? age_ms : ages.oldest_ms;
	}
	return ages;
}

static void write_age(struct draft *draft, struct buffer *out)
{
	struct ages ages = find_ages(draft);
	int64_t slack_ms = ages.rhythm_ms / 12 > 5 * MINUTE_MS ? ages.rhythm_ms / 12 : 5 * MINUTE_MS;
	int64_t max_ms = ages.rhythm_ms > 0 ? ages.rhythm_ms + slack_ms : NIGHTLY_MS;
	bool holds = ages.oldest_ms < max_ms;
	char max[YAML_TEXT_SIZE_MAX], rhythm[UNITS_TEXT_MAX], old[UNITS_TEXT_MAX];

	buffer_print(out, "%smax_age: %s  # ", holds ? "" : "# ", yaml_text_duration(max_ms, max));
	if (ages.rhythm_ms > 0)
		buffer_print(out, "of %zu backups one came every %s", ages.backups,
			     units_format_duration(ages.rhythm_ms, rhythm));
	else
		buffer_string(out, "a guess, for a nightly backup: a single one does not tell how often it is made");
	if (!holds)
		buffer_print(out, "; it is %s old, so this would fail today",
			     units_format_duration(ages.oldest_ms, old));
	buffer_string(out, "\n");
}

static void write_head(const struct draft *draft, struct buffer *out)
{
	char day[CLOCK_TEXT_MAX];

	buffer_print(out, "# Drafted by 'muster learn' on %s, from:\n", clock_format_date(draft->now_ms, day));
	for (size_t i = 0; i < draft->artifact_count; i++) {
		buffer_string(out, "#   ");
		yaml_text_comment(draft->artifacts[i].location, out);
		buffer_string(out, "\n");
	}
	buffer_string(out,
		      "# What is a guess says so. Correct it, then let 'muster lint' and 'muster verify' look at it.\n"
		      "muster: 1\nname: ");
	yaml_text_scalar(draft->artifact_count > 0 ? draft->artifacts[0].name : "backup", out);
	buffer_string(out, "\n");
}

static void note_trouble(struct draft *draft, const char *name, const struct traits *traits)
{
	for (size_t i = 0; traits->members != NULL && i < traits->members->count; i++) {
		const struct path_group *group = traits->members->items[i];
		const struct trouble *trouble = &group->traits->trouble;
		if (trouble->soundness != SOUND && !draft_is_pg_directory(traits))
			draft_note(draft, "nothing is expected of the bytes of '%s' in '%s': %s", group->glob, name,
				   trouble->error.message);
		else if (group->traits->is_zeros)
			draft_note(draft, "'%s' in '%s' holds nothing but zeros: only its size speaks for it",
				   group->glob, name);
		else if (group->traits->is_opaque)
			draft_note(draft, "'%s' in '%s' cannot be looked into: it is encrypted, or of an unknown kind",
				   group->glob, name);
		note_trouble(draft, name, group->traits);
	}
}

static void note_artifact(struct draft *draft, const struct draft_artifact *artifact)
{
	const struct traits *traits = artifact->traits;

	if (traits->is_zeros)
		draft_note(draft, "'%s' holds nothing but zeros: only its size speaks for it", artifact->name);
	else if (traits->is_opaque)
		draft_note(draft,
			   "'%s' cannot be looked into: it is encrypted, or of a kind that is not known here: only its "
			   "size speaks for it",
			   artifact->name);
	else if (!traits->is_text && traits->layer_count == 0 && traits->size_min > 0)
		draft_note(draft, "'%s' is of a kind that is not known here: only its size speaks for it",
			   artifact->name);
	if (traits->size_min <= 0)
		draft_note(draft, "'%s' is empty: there was nothing to learn", artifact->name);
	for (size_t i = 0; traits->is_log && markers_of_logs.markers[i].pattern != NULL; i++)
		if ((traits->found >> i & 1) != 0)
			draft_note(draft, "'%s' matches '%s' already, which is not forbidden therefore", artifact->name,
				   markers_of_logs.markers[i].pattern);
	if (traits->is_text && traits->lines[0] == NULL && (traits->markers == 0 || traits->is_log) &&
	    traits->size_min > 0)
		draft_note(draft,
			   "no line of '%s' says that it is complete: a text that was cut at the end of a line is "
			   "only noticed by its size",
			   artifact->name);
	for (size_t i = 0; i < MARKERS_INVENTORIES; i++) {
		if (traits->items[i].unwritten > 0)
			draft_note(draft, "a database in '%s' has a name that is no UTF-8: it is not in the inventory",
				   artifact->name);
		if (traits->items[i].cut)
			draft_note(draft, "'%s' ends within a statement: which databases it holds cannot be told",
				   artifact->name);
		if (traits->items[i].too_many)
			draft_note(draft,
				   "'%s' holds more than %d databases: declare an inventory that lists them live",
				   artifact->name, TRAITS_ITEMS_MAX);
	}
	note_trouble(draft, artifact->name, traits);
}

static void write_artifact(struct draft *draft, const struct draft_artifact *artifact, struct buffer *out)
{
	cleanup_buffer struct buffer checks;

	buffer_init(&checks, DRAFT_BYTES_MAX);
	draft_checks(draft, artifact, 6, &checks);
	buffer_string(out, "  - name: ");
	yaml_text_scalar(artifact->name, out);
	buffer_print(out, "\n    %s\n", artifact->place);
	if (artifact->files > 0)
		buffer_print(out, "    count: {min: %llu}  # as many as there are: so many of the newest are read\n",
			     (unsigned long long)artifact->files);
	if (checks.length > 0)
		buffer_print(out, "    expect:\n%s", checks.data);
}

void draft_write(struct draft *draft, struct buffer *out)
{
	cleanup_buffer struct buffer artifacts;

	buffer_init(&artifacts, DRAFT_BYTES_MAX);
	for (size_t i = 0; i < draft->artifact_count; i++) {
		note_artifact(draft, &draft->artifacts[i]);
		write_artifact(draft, &draft->artifacts[i], &artifacts);
	}
	write_head(draft, out);
	write_age(draft, out);
	if (draft->stores.length > 0)
		buffer_print(out, "\nstores:\n%s", draft->stores.data);
	if (draft->inventories.length > 0)
		buffer_print(out, "\ninventories:\n%s", draft->inventories.data);
	if (draft->steps.length > 0)
		buffer_print(out, "\n%s", draft->steps.data);
	if (draft->artifact_count > 0)
		buffer_print(out, "\nartifacts:\n%s", artifacts.data);
}

#include "wrapper/verbs/learn/traits.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/memory.h"
#include "assertions/base/utf8.h"
#include "assertions/scan/scanner.h"
#include "assertions/scan/sql_dump.h"
#include "wrapper/process/supervise.h"

#define TAIL_BYTES (2 * MARKERS_LINE_MAX)
#define DEPTH_MAX 3 /* archives in one another whose members are looked at */
#define OTHERS (MARKERS_INVENTORIES + 2) /* whose dump it is, what was skipped, the lines of a log */
#define ITEM_BYTES_MAX 500
#define SKIPPED_BYTES_MAX 400
#define DONE_LINE "^.*" MARKERS_DONE ".*$"

struct traits *traits_new(void)
{
	return memory_alloc(sizeof(struct traits));
}

static void free_items(struct traits_items *items)
{
	for (size_t i = 0; i < items->count; i++)
		free(items->items[i]);
	free(items->items);
	*items = (struct traits_items){0};
}

static void drop_particulars(struct traits *traits)
{
	for (size_t i = 0; i < TRAITS_LINES_MAX; i++) {
		free(traits->lines[i]);
		traits->lines[i] = NULL;
	}
	for (size_t kind = 0; kind < MARKERS_INVENTORIES; kind++)
		free_items(&traits->items[kind]);
	free(traits->skipped);
	traits->skipped = NULL;
	path_groups_free(traits->members);
	traits->members = NULL;
}

void traits_free(struct traits *traits)
{
	if (traits == NULL)
		return;
	drop_particulars(traits);
	free(traits);
}

static int64_t lesser(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static bool same_layers(const struct traits *a, const struct traits *b)
{
	return !a->layers_differ && !b->layers_differ && a->layer_count == b->layer_count &&
	       memcmp(a->layers, b->layers, a->layer_count * sizeof(a->layers[0])) == 0;
}

void traits_weaken(struct traits *traits, const struct traits *other)
{
	drop_particulars(traits);
	traits->layers_differ = !same_layers(traits, other);
	traits->size_min = lesser(traits->size_min, other->size_min);
	traits->size_max = traits->size_max > other->size_max ? traits->size_max : other->size_max;
	traits->unpacked_min = lesser(traits->unpacked_min, other->unpacked_min);
	traits->lines_min = traits->lines_min < other->lines_min ? traits->lines_min : other->lines_min;
	traits->members_min = traits->members_min < other->members_min ? traits->members_min : other->members_min;
	traits->is_text &= other->is_text;
	traits->walked &= other->walked;
	traits->markers &= other->markers;
	traits->found |= other->found;
	traits->is_opaque |= other->is_opaque;
	traits->is_link |= other->is_link;
	traits->is_zeros |= other->is_zeros;
	if (traits->trouble.soundness == SOUND)
		traits->trouble = other->trouble;
}

void traits_merge(struct traits *into, struct traits *from)
{
	if (from->count == 0)
		return;
	if (into->count == 0) {
		drop_particulars(into);
		*into = *from;
		*from = (struct traits){0};
		return;
	}
	into->count += from->count;
	traits_weaken(into, from);
}

/* What is looked for in one whole reading: the markers', then the others. */
struct pattern_set {
	const struct marker_table *table;
	struct pattern *patterns[MARKERS_MAX + OTHERS];
	size_t markers, count;
	bool is_log;
};

/* The bytes at hand: the artifact's, a member's, a member's member's. */
struct observer {
	struct inspect_listener listener;
	const struct pattern_set *set;
	struct traits *traits;
	struct scanner *scanner; /* NULL: it is no text, or there was none yet */
	struct sql_dump *dump; /* of the same text */
	bool begun, has_content; /* something was read; something that is no zero */
	bool has_escapes; /* of a terminal, which the lines of a log are told without */
	char tail[TAIL_BYTES + 1];
	size_t tail_length;
	unsigned depth;
	struct observer *outer, *inner; /* NULL */
};

static struct inspect_listener *observe_member(void *self, const struct inspect_member *member);
static void observe_text(void *self, const char *data, size_t length);
static void observe_end(void *self, const struct inspect_member *member, const struct inspect_result *result);

static void add_pattern(struct pattern_set *set, const char *text)
{
	struct error ignored;

	if (pattern_compile(text, &set->patterns[set->count], &ignored) == 0)
		set->count++;
}

static void pattern_set_init(struct pattern_set *set, bool is_log)
{
	*set = (struct pattern_set){.table = is_log ? &markers_of_logs : &markers_of_dumps, .is_log = is_log};
	for (const struct marker *marker = set->table->markers; marker->pattern != NULL; marker++)
		add_pattern(set, marker->pattern);
	set->markers = set->count;
	if (is_log) {
		add_pattern(set, DONE_LINE);
		return;
	}
	add_pattern(set, MARKERS_OF_PG);
	add_pattern(set, MARKERS_OF_MYSQL);
	add_pattern(set, MARKERS_SKIPPED);
}

static void pattern_set_release(struct pattern_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		pattern_free(set->patterns[i]);
}

static struct observer *observer_new(const struct pattern_set *set, struct observer *outer)
{
	struct observer *observer = memory_alloc(sizeof(*observer));

	observer->set = set;
	observer->outer = outer;
	observer->depth = outer != NULL ? outer->depth + 1 : 0;
	observer->listener = (struct inspect_listener){
		.wants = INSPECT_LAYERS | INSPECT_TEXT | INSPECT_RECOGNISE |
			 (observer->depth < DEPTH_MAX ? INSPECT_MEMBERS : 0U),
		.text = observe_text,
		.member = observe_member,
		.done = observe_end,
		.self = observer,
	};
	return observer;
}

static void observer_free(struct observer *observer)
{
	if (observer == NULL)
		return;
	observer_free(observer->inner);
	traits_free(observer->traits);
	scanner_free(observer->scanner);
	sql_dump_free(observer->dump);
	free(observer);
}

static bool is_ignored(const struct marker_inventory_kind *kind, const char *data, size_t length)
{
	for (const char *const *name = kind->ignored; *name != NULL; name++)
		if (strlen(*name) == length && memcmp(*name, data, length) == 0)
			return true;
	return false;
}

static bool is_utf8(const char *data, size_t length)
{
	for (size_t size; length > 0; data += size, length -= size) {
		size = utf8_character(data, length, NULL);
		if (size == 0)
			return false;
	}
	return true;
}

static void add_item(struct traits_items *items, const char *data, size_t length)
{
	for (size_t i = 0; i < items->count; i++)
		if (strlen(items->items[i]) == length && memcmp(items->items[i], data, length) == 0)
			return;
	if (items->count == TRAITS_ITEMS_MAX || length == 0 || length > ITEM_BYTES_MAX) {
		items->too_many = true;
		return;
	}
	/* No manifest can hold such a name. */
	if (memchr(data, '\0', length) != NULL || !is_utf8(data, length)) {
		items->unwritten++;
		return;
	}
	items->items = memory_grow(items->items, items->count + 1, sizeof(*items->items));
	items->items[items->count++] = memory_substring(data, length);
}

/* Whose database it is is known when all was read. */
static void observe_database(void *self, const char *data, size_t length)
{
	struct traits *traits = ((struct observer *)self)->traits;

	for (size_t kind = 0; kind < MARKERS_INVENTORIES; kind++)
		if (!is_ignored(&markers_inventories[kind], data, length))
			add_item(&traits->items[kind], data, length);
}

static void observe_skipped(void *self, const char *data, size_t length)
{
	struct observer *observer = self;

	if (observer->traits->skipped == NULL)
		observer->traits->skipped =
			memory_substring(data, length < SKIPPED_BYTES_MAX ? length : SKIPPED_BYTES_MAX);
}

/* The last ones are kept, each once. */
static void observe_done(void *self, const char *data, size_t length)
{
	const struct observer *observer = self;
	char **lines = observer->traits->lines;
	char *pattern = markers_line_pattern(data, length, observer->has_escapes);
	size_t last = TRAITS_LINES_MAX - 1;

	for (size_t i = 0; pattern != NULL && i < TRAITS_LINES_MAX; i++)
		if (lines[i] != NULL && strcmp(lines[i], pattern) == 0)
			last = i;
	if (pattern == NULL)
		return;
	free(lines[last]);
	memmove(lines + 1, lines, last * sizeof(*lines));
	lines[0] = pattern;
}

static void begin_text(struct observer *observer)
{
	const struct pattern_set *set = observer->set;

	observer->scanner = scanner_new((const struct pattern *const *)set->patterns, set->count,
					set->is_log ? SCANNER_STRIP_COLOURS : 0);
	observer->traits->is_text = true;
	if (set->is_log) {
		scanner_each(observer->scanner, set->markers, NULL, observe_done, observer);
		return;
	}
	observer->dump = sql_dump_new(observe_database, observer);
	scanner_each(observer->scanner, set->markers + MARKERS_INVENTORIES, "item", observe_skipped, observer);
}

static bool looks_like_text(const char *data, size_t length)
{
	for (size_t i = 0; i < length && i < 4096; i++)
		if (data[i] == 0x7f || (data[i] >= 0 && data[i] < ' ' && strchr("\t\n\r\f\x1b\b", data[i]) == NULL) ||
		    data[i] == '\0')
			return false;
	return true;
}

static void keep_tail(struct observer *observer, const char *data, size_t length)
{
	size_t taken = length < TAIL_BYTES ? length : TAIL_BYTES, kept = TAIL_BYTES - taken;

	if (kept > observer->tail_length)
		kept = observer->tail_length;
	memmove(observer->tail, observer->tail + observer->tail_length - kept, kept);
	memcpy(observer->tail + kept, data + length - taken, taken);
	observer->tail_length = kept + taken;
}

static bool is_zeros(const char *data, size_t length)
{
	return length == 0 || (data[0] == '\0' && memcmp(data, data + 1, length - 1) == 0);
}

static void observe_text(void *self, const char *data, size_t length)
{
	struct observer *observer = self;

	if (!observer->has_content)
		observer->has_content = !is_zeros(data, length);
	if (!observer->begun && looks_like_text(data, length))
		begin_text(observer);
	observer->begun = true;
	if (observer->scanner == NULL)
		return;
	observer->has_escapes |= memchr(data, '\x1b', length) != NULL;
	scanner_feed(observer->scanner, data, length);
	if (observer->dump != NULL)
		sql_dump_feed(observer->dump, data, length);
	keep_tail(observer, data, length);
}

static void observe_last_line(struct observer *observer)
{
	const char *end = observer->tail + observer->tail_length, *begin;

	while (end > observer->tail && strchr("\r\n\t ", end[-1]) != NULL)
		end--;
	for (begin = end; begin > observer->tail && begin[-1] != '\n';)
		begin--;
	if (begin > observer->tail)
		observe_done(observer, begin, (size_t)(end - begin));
}

/* What no dump says of itself is prose, in which "use the" is no database. */
static void conclude_databases(struct observer *observer)
{
	struct traits_items *items = observer->traits->items;
	bool is_whose = false;

	for (size_t kind = 0; kind < MARKERS_INVENTORIES; kind++) {
		bool is_other = is_whose ||
				scanner_result(observer->scanner, observer->set->markers + kind, NULL) != SCAN_FOUND;
		is_whose |= !is_other;
		if (is_other)
			free_items(&items[kind]);
		else
			items[kind].cut = sql_dump_unfinished(observer->dump) != NULL;
	}
	sql_dump_free(observer->dump);
	observer->dump = NULL;
}

static void conclude_text(struct observer *observer)
{
	struct traits *traits = observer->traits;
	unsigned found = 0, absent = 0;

	scanner_finish(observer->scanner);
	for (size_t i = 0; i < observer->set->markers; i++) {
		enum scan_result result = scanner_result(observer->scanner, i, NULL);
		found |= (unsigned)(result == SCAN_FOUND) << i;
		absent |= (unsigned)(result == SCAN_ABSENT) << i;
	}
	for (size_t i = 0; i < observer->set->markers; i++) {
		const struct marker *marker = &observer->set->table->markers[i];
		if (marker->needs < 0 || (found >> marker->needs & 1) != 0)
			traits->markers |= (marker->use == MARKER_ALWAYS  ? found
					    : marker->use == MARKER_NEVER ? absent
									  : 0) &
					   1U << i;
	}
	traits->found = found;
	traits->lines_min = scanner_lines(observer->scanner);
	if (!observer->set->is_log && traits->markers == 0)
		observe_last_line(observer);
	if (observer->dump != NULL)
		conclude_databases(observer);
	scanner_free(observer->scanner);
	observer->scanner = NULL;
}

/* A tar ends in zeros, and what holds nothing else looks like the end of one: it is a file that happens to be so today. */
static void forget_tar(struct traits *traits, const struct inspect_result *result)
{
	size_t sound = 0;

	traits->is_zeros = true;
	if (traits->layer_count == 0 || traits->layers[traits->layer_count - 1] != FORMAT_TAR)
		return;
	traits->layer_count--;
	traits->walked = false;
	traits->members_min = 0;
	while (sound < traits->layer_count && result->layers[sound].trouble.soundness == SOUND)
		sound++;
	if (sound == traits->layer_count && result->layers[sound].trouble.soundness == DAMAGED)
		traits->trouble = (struct trouble){0};
}

static void conclude(struct observer *observer, const struct inspect_result *result)
{
	struct traits *traits = observer->traits;

	if (observer->scanner != NULL)
		conclude_text(observer);
	traits->count = 1;
	traits->is_log = observer->set->is_log;
	traits->size_min = traits->size_max = result->size_bytes;
	traits->unpacked_min = result->unpacked_bytes;
	traits->walked = result->walked;
	traits->members_min = result->members;
	traits->is_opaque = result->trouble.soundness == OPAQUE;
	for (size_t i = 0; i < result->layer_count && result->layers[i].format != FORMAT_UNKNOWN; i++)
		traits->layers[traits->layer_count++] = result->layers[i].format;
	if (!traits->is_opaque)
		traits->trouble = result->trouble;
	if (observer->begun && !observer->has_content)
		forget_tar(traits, result);
}

static void observe_end(void *self, const struct inspect_member *member, const struct inspect_result *result)
{
	struct observer *observer = self;

	conclude(observer, result);
	if (observer->outer == NULL)
		return;
	observer->traits->is_link = member->elsewhere || member->type == MEMBER_OTHER;
	traits_merge(path_groups_add(observer->outer->traits->members, member->path)->traits, observer->traits);
	traits_free(observer->traits);
	observer->traits = NULL;
}

static void begin_bytes(struct observer *observer)
{
	observer->traits = traits_new();
	observer->begun = observer->has_content = false;
	observer->tail_length = 0;
}

/* Neither folders nor symbolic links hold bytes: 'archive' does not count them either. */
static struct inspect_listener *observe_member(void *self, const struct inspect_member *member)
{
	struct observer *observer = self;

	if (member->corrected && observer->traits->members != NULL)
		path_groups_take_back(observer->traits->members, member->path);
	if (member->type == MEMBER_FOLDER || member->symbolic || member->corrected)
		return NULL;
	if (observer->inner == NULL)
		observer->inner = observer_new(observer->set, observer);
	if (observer->traits->members == NULL)
		observer->traits->members = path_groups_new();
	begin_bytes(observer->inner);
	return &observer->inner->listener;
}

bool traits_cancelled(void *context)
{
	(void)context;
	return supervise_signal() != 0;
}

void traits_find(const struct traits_request *request, struct traits *ret_traits)
{
	struct pattern_set set;
	struct inspect_result result;

	pattern_set_init(&set, request->is_log);
	struct observer *observer = observer_new(&set, NULL);
	begin_bytes(observer);
	inspect(&(struct inspect_request){.path = request->path,
					  .source = request->source,
					  .listener = &observer->listener,
					  .cancelled = traits_cancelled},
		&result);
	traits_merge(ret_traits, observer->traits);
	observer_free(observer);
	pattern_set_release(&set);
}

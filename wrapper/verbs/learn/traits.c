#include "wrapper/verbs/learn/traits.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/scan/scanner.h"
#include "assertions/base/utf8.h"
#include "wrapper/process/supervise.h"
#include "wrapper/verbs/learn/line_pattern.h"

#define TAIL_BYTES (2 * LINE_PATTERN_BYTES_MAX)
#define DEPTH_MAX 3 /* archives in one another whose members are looked at */
#define OTHERS (MARKERS_INVENTORIES + 2) /* inventories, what was skipped, the lines of a log */
#define ITEM_BYTES_MAX 500
#define SKIPPED_BYTES_MAX 400
#define DONE_LINE "^.*" MARKERS_DONE ".*$"

/* The patterns of one whole look: the markers', then the others. */
struct words {
	const struct marker_table *table;
	struct pattern *patterns[MARKERS_MAX + OTHERS];
	size_t markers, count;
	bool is_log;
};

/* The bytes at hand: the artifact's, a member's, a member's member's. */
struct look {
	struct inspect_listener listener;
	const struct words *words;
	struct seen *seen;
	struct scanner *scanner; /* NULL: it is no text, or there was none yet */
	bool begun;
	char tail[TAIL_BYTES + 1];
	size_t tail_length;
	unsigned depth;
	struct look *outer, *inner; /* NULL */
};

static struct inspect_listener *see_member(void *self, const struct inspect_member *member);
static void see_text(void *self, const char *data, size_t length);
static void see_end(void *self, const struct inspect_member *member, const struct inspect_result *result);

static void add_pattern(struct words *words, const char *text)
{
	struct error ignored;

	if (pattern_compile(text, &words->patterns[words->count], &ignored) == 0)
		words->count++;
}

static void words_init(struct words *words, bool is_log)
{
	*words = (struct words){.table = is_log ? &markers_of_logs : &markers_of_dumps, .is_log = is_log};
	for (const struct marker *marker = words->table->markers; marker->pattern != NULL; marker++)
		add_pattern(words, marker->pattern);
	words->markers = words->count;
	if (is_log) {
		add_pattern(words, DONE_LINE);
		return;
	}
	for (size_t i = 0; i < MARKERS_INVENTORIES; i++)
		add_pattern(words, markers_inventories[i].line);
	add_pattern(words, MARKERS_SKIPPED);
}

static void words_release(struct words *words)
{
	for (size_t i = 0; i < words->count; i++)
		pattern_free(words->patterns[i]);
}

static struct look *look_new(const struct words *words, struct look *outer)
{
	struct look *look = memory_alloc(sizeof(*look));

	look->words = words;
	look->outer = outer;
	look->depth = outer != NULL ? outer->depth + 1 : 0;
	look->listener = (struct inspect_listener){
		.wants = INSPECT_LAYERS | INSPECT_TEXT | INSPECT_RECOGNISE |
			 (look->depth < DEPTH_MAX ? INSPECT_MEMBERS : 0U),
		.text = see_text,
		.member = see_member,
		.done = see_end,
		.self = look,
	};
	return look;
}

static void look_free(struct look *look)
{
	if (look == NULL)
		return;
	look_free(look->inner);
	seen_free(look->seen);
	scanner_free(look->scanner);
	free(look);
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

static void add_item(struct seen_items *items, const char *data, size_t length)
{
	for (size_t i = 0; i < items->count; i++)
		if (strlen(items->items[i]) == length && memcmp(items->items[i], data, length) == 0)
			return;
	if (items->count == SEEN_ITEMS_MAX || length == 0 || length > ITEM_BYTES_MAX) {
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

static void see_item_of(struct look *look, enum marker_inventory kind, const char *data, size_t length)
{
	if (!is_ignored(&markers_inventories[kind], data, length))
		add_item(&look->seen->items[kind], data, length);
}

static void see_pg(void *look, const char *data, size_t length)
{
	see_item_of(look, MARKERS_PG, data, length);
}

static void see_mysql(void *look, const char *data, size_t length)
{
	see_item_of(look, MARKERS_MYSQL, data, length);
}

static void see_skipped(void *self, const char *data, size_t length)
{
	struct look *look = self;

	if (look->seen->skipped == NULL)
		look->seen->skipped = memory_substring(data, length < SKIPPED_BYTES_MAX ? length : SKIPPED_BYTES_MAX);
}

/* The last ones are kept, each once. */
static void see_done(void *self, const char *data, size_t length)
{
	char **lines = ((struct look *)self)->seen->lines, *pattern = line_pattern_of(data, length);
	size_t last = SEEN_LINES_MAX - 1;

	for (size_t i = 0; pattern != NULL && i < SEEN_LINES_MAX; i++)
		if (lines[i] != NULL && strcmp(lines[i], pattern) == 0)
			last = i;
	if (pattern == NULL)
		return;
	free(lines[last]);
	memmove(lines + 1, lines, last * sizeof(*lines));
	lines[0] = pattern;
}

static void begin_text(struct look *look)
{
	const struct words *words = look->words;

	look->scanner =
		scanner_new((const struct pattern *const *)words->patterns, words->count, SCANNER_STRIP_COLOURS);
	look->seen->is_text = true;
	if (words->is_log) {
		scanner_each(look->scanner, words->markers, NULL, see_done, look);
		return;
	}
	scanner_each(look->scanner, words->markers + MARKERS_PG, "item", see_pg, look);
	scanner_each(look->scanner, words->markers + MARKERS_MYSQL, "item", see_mysql, look);
	scanner_each(look->scanner, words->markers + MARKERS_INVENTORIES, "item", see_skipped, look);
}

static bool looks_like_text(const char *data, size_t length)
{
	for (size_t i = 0; i < length && i < 4096; i++)
		if (data[i] == 0x7f || (data[i] >= 0 && data[i] < ' ' && strchr("\t\n\r\f\x1b\b", data[i]) == NULL) ||
		    data[i] == '\0')
			return false;
	return true;
}

static void keep_tail(struct look *look, const char *data, size_t length)
{
	size_t taken = length < TAIL_BYTES ? length : TAIL_BYTES, kept = TAIL_BYTES - taken;

	if (kept > look->tail_length)
		kept = look->tail_length;
	memmove(look->tail, look->tail + look->tail_length - kept, kept);
	memcpy(look->tail + kept, data + length - taken, taken);
	look->tail_length = kept + taken;
}

static void see_text(void *self, const char *data, size_t length)
{
	struct look *look = self;

	if (!look->begun && looks_like_text(data, length))
		begin_text(look);
	look->begun = true;
	if (look->scanner == NULL)
		return;
	scanner_feed(look->scanner, data, length);
	keep_tail(look, data, length);
}

static void see_last_line(struct look *look)
{
	const char *end = look->tail + look->tail_length, *begin;

	while (end > look->tail && strchr("\r\n\t ", end[-1]) != NULL)
		end--;
	for (begin = end; begin > look->tail && begin[-1] != '\n';)
		begin--;
	if (begin > look->tail)
		see_done(look, begin, (size_t)(end - begin));
}

static void conclude_text(struct look *look)
{
	struct seen *seen = look->seen;
	unsigned found = 0, absent = 0;

	scanner_finish(look->scanner);
	for (size_t i = 0; i < look->words->markers; i++) {
		enum scan_result result = scanner_result(look->scanner, i, NULL);
		found |= (unsigned)(result == SCAN_FOUND) << i;
		absent |= (unsigned)(result == SCAN_ABSENT) << i;
	}
	for (size_t i = 0; i < look->words->markers; i++) {
		const struct marker *marker = &look->words->table->markers[i];
		if (marker->needs < 0 || (found >> marker->needs & 1) != 0)
			seen->markers |= (marker->use == MARKER_ALWAYS  ? found
					  : marker->use == MARKER_NEVER ? absent
									: 0) &
					 1U << i;
	}
	seen->found = found;
	seen->lines_min = scanner_lines(look->scanner);
	if (!look->words->is_log && seen->markers == 0)
		see_last_line(look);
	scanner_free(look->scanner);
	look->scanner = NULL;
}

static void conclude(struct look *look, const struct inspect_result *result)
{
	struct seen *seen = look->seen;

	if (look->scanner != NULL)
		conclude_text(look);
	seen->count = 1;
	seen->is_log = look->words->is_log;
	seen->size_min = seen->size_max = result->size_bytes;
	seen->unpacked_min = result->unpacked_bytes;
	seen->walked = result->walked;
	seen->members_min = result->members;
	seen->is_opaque = result->trouble.soundness == OPAQUE;
	for (size_t i = 0; i < result->layer_count && result->layers[i].format != FORMAT_UNKNOWN; i++)
		seen->layers[seen->layer_count++] = result->layers[i].format;
	if (!seen->is_opaque)
		seen->trouble = result->trouble;
}

static void see_end(void *self, const struct inspect_member *member, const struct inspect_result *result)
{
	struct look *look = self;

	conclude(look, result);
	if (look->outer == NULL)
		return;
	look->seen->is_link = member->elsewhere || member->type == MEMBER_OTHER;
	seen_merge(groups_add(look->outer->seen->members, member->path)->seen, look->seen);
	seen_free(look->seen);
	look->seen = NULL;
}

static void begin_bytes(struct look *look)
{
	look->seen = seen_new();
	look->begun = false;
	look->tail_length = 0;
}

/* Neither folders nor symbolic links hold bytes: 'archive' does not count them either. */
static struct inspect_listener *see_member(void *self, const struct inspect_member *member)
{
	struct look *look = self;

	if (member->corrected && look->seen->members != NULL)
		groups_take_back(look->seen->members, member->path);
	if (member->type == MEMBER_FOLDER || member->symbolic || member->corrected)
		return NULL;
	if (look->inner == NULL)
		look->inner = look_new(look->words, look);
	if (look->seen->members == NULL)
		look->seen->members = groups_new();
	begin_bytes(look->inner);
	return &look->inner->listener;
}

static bool is_cancelled(void *context)
{
	(void)context;
	return supervise_signal() != 0;
}

void seen_look(const struct seen_request *request, struct seen *ret_seen)
{
	struct words words;
	struct inspect_result result;

	words_init(&words, request->is_log);
	struct look *look = look_new(&words, NULL);
	begin_bytes(look);
	inspect(&(struct inspect_request){.path = request->path,
					  .source = request->source,
					  .listener = &look->listener,
					  .cancelled = is_cancelled},
		&result);
	seen_merge(ret_seen, look->seen);
	look_free(look);
	words_release(&words);
}

#include "assertions/scan/scanner.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/base/utf8.h"
#include "assertions/scan/scan_private.h"

/*
 * Patterns are tried at each multiple of this many bytes of the text, never in between: so the
 * result cannot depend on how the stream was cut when it was fed.
 */
#define BLOCK_BYTES ((size_t)64 * 1024)

/* After a try that cost as much as is allowed, at most this many spans are passed over. */
#define COSTLY_SKIP_SPANS 16

/* What is shorter stands everywhere. */
#define LITERAL_MIN 3
#define WORTH_MIN 2

static struct prefilter *make_filter(const struct pattern *const *patterns, size_t count, unsigned options)
{
	size_t literal_min = (options & SCANNER_FILTER_ALWAYS) != 0 ? 1 : LITERAL_MIN;
	size_t worth_min = (options & SCANNER_FILTER_ALWAYS) != 0 ? 1 : WORTH_MIN;
	cleanup_free const struct literal_set **sets = memory_array(count, sizeof(*sets));

	for (size_t i = 0; i < count; i++)
		if (literal_shortest(&patterns[i]->literals) >= literal_min)
			sets[i] = &patterns[i]->literals;
	return prefilter_new(sets, count, (options & SCANNER_FILTER_NEVER) != 0 ? SIZE_MAX : worth_min);
}

struct scanner *scanner_new_sized(const struct pattern *const *patterns, size_t count, unsigned options,
				  size_t block_bytes, size_t span_bytes)
{
	struct scanner *scanner = memory_alloc(sizeof(*scanner));

	scanner->searches = memory_array(count, sizeof(*scanner->searches));
	scanner->count = count;
	scanner->block_bytes = block_bytes;
	scanner->span_bytes = span_bytes;
	scanner->options = options;
	if ((options & SCANNER_DECODE_UTF16) != 0)
		scanner->utf16 = memory_alloc(sizeof(*scanner->utf16));
	if ((options & SCANNER_STRIP_COLOURS) != 0)
		scanner->colours = memory_alloc(sizeof(*scanner->colours));
	if (count > 0)
		pattern_limits_init(&scanner->limits);
	for (size_t i = 0; i < count; i++) {
		struct pattern_search *search = &scanner->searches[i];
		search->pattern = patterns[i];
		search->data = pcre2_match_data_create_from_pattern(patterns[i]->code, NULL);
		search->skip = 1;
		search->is_over = search->is_undecided = search->data == NULL;
		scanner->active += !search->is_over;
	}
	scanner->filter = make_filter(patterns, count, options);
	return scanner;
}

struct scanner *scanner_new(const struct pattern *const *patterns, size_t count, unsigned options)
{
	return scanner_new_sized(patterns, count, options, BLOCK_BYTES, SCANNER_SPAN_MAX);
}

void scanner_free(struct scanner *scanner)
{
	if (scanner == NULL)
		return;
	for (size_t i = 0; i < scanner->count; i++) {
		pcre2_match_data_free(scanner->searches[i].data);
		free(scanner->searches[i].group);
	}
	pattern_limits_release(&scanner->limits);
	prefilter_free(scanner->filter);
	free(scanner->searches);
	free(scanner->colours);
	free(scanner->utf16);
	scanner_free(scanner->raw);
	free(scanner->window);
	free(scanner);
}

void scanner_each(struct scanner *scanner, size_t index, const char *group,
		  void (*found)(void *context, const char *data, size_t length), void *context)
{
	struct pattern_search *search = &scanner->searches[index];

	search->group = memory_string(group);
	search->found = found;
	search->context = context;
}

static uint64_t window_end(const struct scanner *scanner)
{
	return scanner->window_begin + scanner->window_length;
}

static void make_excerpt(struct scanner *scanner, struct pattern_search *search, bool is_final)
{
	size_t begin = (size_t)(search->begin - scanner->window_begin),
	       end = (size_t)(search->end - scanner->window_begin);

	if (!is_final && excerpt_needs_more(scanner->window, scanner->window_length, begin, end))
		return;
	excerpt_make(scanner->window, scanner->window_length, begin, end, search->match.excerpt, SCANNER_EXCERPT_MAX);
	search->needs_excerpt = false;
}

static void call_back(const struct scanner *scanner, const struct pattern_search *search)
{
	const size_t *offsets = pcre2_get_ovector_pointer(search->data);
	PCRE2_SPTR first, last;

	if (search->group == NULL) {
		search->found(search->context, scanner->window + offsets[0], offsets[1] - offsets[0]);
		return;
	}
	int entry_bytes =
		pcre2_substring_nametable_scan(search->pattern->code, (PCRE2_SPTR)search->group, &first, &last);
	/* One name may stand for several groups ("(?J)"): the one that took part. */
	for (; entry_bytes > 0 && first <= last; first += entry_bytes) {
		size_t number = (size_t)first[0] << 8 | first[1];
		if (number < pcre2_get_ovector_count(search->data) && offsets[2 * number] != PCRE2_UNSET) {
			search->found(search->context, scanner->window + offsets[2 * number],
				      offsets[2 * number + 1] - offsets[2 * number]);
			return;
		}
	}
}

/* A match that PCRE2 has put into search->data. */
static void take_match(struct scanner *scanner, struct pattern_search *search)
{
	const size_t *offsets = pcre2_get_ovector_pointer(search->data);
	size_t begin = offsets[0] < offsets[1] ? offsets[0] : offsets[1], end = offsets[1];

	if (!search->is_found) {
		search->is_found = true;
		search->begin = scanner->window_begin + begin;
		search->end = scanner->window_begin + end;
		search->match.line = scanner->lines_before + line_feeds_count(scanner->window, begin) + 1;
		search->needs_excerpt = true;
	}
	if (search->found == NULL) {
		search->is_over = true;
		return;
	}
	call_back(scanner, search);
	bool stands_still = scanner->window_begin + end == search->offset && search->not_empty_there;
	search->offset = scanner->window_begin + end + stands_still;
	search->not_empty_there = begin == end;
}

static void move_to(struct pattern_search *search, uint64_t offset)
{
	if (offset != search->offset)
		search->not_empty_there = false;
	search->offset = offset;
}

/*
 * From here nothing can be decided: go on behind it, further each time, so that a text in
 * which this happens everywhere is still read in bounded time.
 */
static void give_up_here(struct pattern_search *search, uint64_t skip_max)
{
	search->is_undecided = true;
	move_to(search, search->offset + search->skip);
	search->has_skipped = true;
	search->skip = search->skip * 2 < skip_max ? search->skip * 2 : skip_max;
}

/* Not into a character, and not between CR and LF, where PCRE2 would not begin either. */
static size_t align(const struct scanner *scanner, const struct pattern_search *search, size_t start, size_t length)
{
	const char *window = scanner->window;

	if (search->has_skipped && start > 0 && start < length && window[start] == '\n' && window[start - 1] == '\r')
		start++;
	while (search->pattern->is_utf && start < length && ((unsigned char)window[start] & 0xc0) == 0x80)
		start++;
	return start;
}

/*
 * What began at search->offset goes on beyond the span. It may be a match none the less, such as
 * "BEGIN.*END" after an END, which only could be longer.
 */
static void decide_overlong(struct scanner *scanner, struct pattern_search *search, size_t length)
{
	size_t start = (size_t)(search->offset - scanner->window_begin);
	unsigned options = PCRE2_ANCHORED | (search->not_empty_there ? PCRE2_NOTEMPTY_ATSTART : 0);

	if (search->pattern->stays_matched &&
	    pattern_try(search->pattern, &scanner->limits, scanner->window, length, start, options, search->data) >= 0)
		take_match(scanner, search);
	else
		give_up_here(search, scanner->span_bytes);
}

/* Returns whether another try is due. */
static bool try_once(struct scanner *scanner, struct pattern_search *search, size_t length, bool is_final)
{
	size_t start = (size_t)(search->offset - scanner->window_begin);
	unsigned options = (is_final ? 0 : PCRE2_PARTIAL_HARD) | (search->not_empty_there ? PCRE2_NOTEMPTY_ATSTART : 0);
	int found =
		pattern_try(search->pattern, &scanner->limits, scanner->window, length, start, options, search->data);
	size_t begin = pcre2_get_ovector_pointer(search->data)[0];

	if (found >= 0) {
		/* The empty match at the end of what is there so far may be another one once there is more. */
		if (!is_final && begin >= length) {
			move_to(search, scanner->window_begin + length);
			return false;
		}
		take_match(scanner, search);
		return !search->is_over;
	}
	if (found == PCRE2_ERROR_NOMATCH) {
		move_to(search, scanner->window_begin + length);
		search->is_over = is_final;
		return false;
	}
	if (found != PCRE2_ERROR_PARTIAL) {
		give_up_here(search, COSTLY_SKIP_SPANS * scanner->span_bytes);
		return true;
	}
	move_to(search, scanner->window_begin + begin);
	size_t pending = length - begin;
	if (pending > scanner->span_bytes) {
		decide_overlong(scanner, search, length);
		return !search->is_over;
	}
	size_t enough = 2 * pending < scanner->span_bytes ? 2 * pending : scanner->span_bytes + 1;
	search->retry_at = search->offset + enough;
	return false;
}

/* Moves on to where the literals allow a match to begin. Returns whether there is something for PCRE2 to find. */
static bool pass_filter(struct scanner *scanner, struct pattern_search *search, size_t length, bool is_final)
{
	uint64_t offset = search->offset;
	bool can_match = prefilter_skip(scanner->filter, (size_t)(search - scanner->searches), &offset);
	size_t start = (size_t)(offset - scanner->window_begin);

	/* Between CR and LF PCRE2 begins or not, as the pattern is: it does what it would if it comes from the CR. */
	if (offset > search->offset && start < length && scanner->window[start] == '\n' &&
	    scanner->window[start - 1] == '\r')
		offset--;
	move_to(search, offset);
	search->is_over = !can_match && is_final;
	return can_match;
}

static void search_window(struct scanner *scanner, struct pattern_search *search, size_t length, bool is_final)
{
	uint64_t end = scanner->window_begin + length;
	bool can_match = !search->is_over && pass_filter(scanner, search, length, is_final);

	while (can_match && !search->is_over && search->offset <= end) {
		size_t start = (size_t)(search->offset - scanner->window_begin);
		move_to(search, scanner->window_begin + align(scanner, search, start, length));
		if (!is_final && (search->offset == end || end < search->retry_at))
			break;
		search->has_skipped = false;
		if (!try_once(scanner, search, length, is_final))
			break;
	}
	if (search->needs_excerpt)
		make_excerpt(scanner, search, is_final);
}

/*
 * How much of the window may be tried while more can follow. Not a character that is not whole,
 * not a CR whose LF may come, and no line end at all: PCRE2 says of ^ behind a line end at the
 * text's end that it does not match, not that it cannot be known yet.
 */
static size_t decidable_length(struct scanner *scanner)
{
	const char *window = scanner->window;
	size_t length = scanner->window_length - utf8_unfinished(window, scanner->window_length);

	while (length > 0 && (window[length - 1] == '\n' || window[length - 1] == '\r'))
		length--;
	if (scanner->window_length - length <= scanner->span_bytes)
		return length;
	/* So many empty lines must not fill the memory; what ^ would have said is then not known. */
	for (size_t i = 0; i < scanner->count; i++)
		if (scanner->searches[i].pattern->has_circumflex)
			scanner->searches[i].is_undecided = true;
	return scanner->window_length - (window[scanner->window_length - 1] == '\r');
}

static void drop(struct scanner *scanner, size_t length)
{
	scanner->lines_before += line_feeds_count(scanner->window, length);
	scanner->window_begin += length;
	scanner->window_length -= length;
	memmove(scanner->window, scanner->window + length, scanner->window_length);
}

/* Lets go of what no search can need again. */
static void drop_what_is_done(struct scanner *scanner)
{
	uint64_t needed = window_end(scanner);

	scanner->active = 0;
	for (size_t i = 0; i < scanner->count; i++) {
		const struct pattern_search *search = &scanner->searches[i];
		if (search->is_over && !search->needs_excerpt)
			continue;
		scanner->active++;
		uint64_t from = search->is_over ? search->begin : search->offset;
		if (search->needs_excerpt && search->begin < from)
			from = search->begin;
		if (from > window_end(scanner))
			from = window_end(scanner);
		size_t context =
			search->pattern->behind_bytes > EXCERPT_REACH ? search->pattern->behind_bytes : EXCERPT_REACH;
		uint64_t first = from - scanner->window_begin > context ? from - context : scanner->window_begin;
		needed = first < needed ? first : needed;
	}
	if (scanner->active == 0) {
		drop(scanner, scanner->window_length);
		return;
	}
	size_t done = utf8_boundary(scanner->window, (size_t)(needed - scanner->window_begin));
	/* Moving much for the sake of little is not worth it. */
	if (done >= scanner->block_bytes)
		drop(scanner, done);
}

static void scan(struct scanner *scanner, bool is_final)
{
	size_t length = is_final ? scanner->window_length : decidable_length(scanner);

	for (size_t i = 0; i < scanner->count; i++)
		if (scanner->searches[i].is_over)
			prefilter_drop(scanner->filter, i);
	prefilter_examine(scanner->filter, scanner->window, length, scanner->window_begin);
	for (size_t i = 0; i < scanner->count; i++)
		search_window(scanner, &scanner->searches[i], length, is_final);
}

static void make_room(struct scanner *scanner, size_t more)
{
	size_t needed = scanner->window_length + more;

	if (needed <= scanner->window_capacity)
		return;
	size_t capacity = scanner->window_capacity > 0 ? scanner->window_capacity : 256;
	while (capacity < needed)
		capacity *= 2;
	scanner->window = memory_grow(scanner->window, capacity, 1);
	scanner->window_capacity = capacity;
}

void scanner_add(struct scanner *scanner, const char *text, size_t length)
{
	if (length > 0)
		scanner->last_byte = text[length - 1];
	while (length > 0 && scanner->active > 0) {
		size_t room = scanner->block_bytes - (size_t)(window_end(scanner) % scanner->block_bytes);
		size_t part = length < room ? length : room;
		make_room(scanner, part);
		memcpy(scanner->window + scanner->window_length, text, part);
		scanner->window_length += part;
		text += part;
		length -= part;
		if (part == room) {
			scan(scanner, false);
			drop_what_is_done(scanner);
		}
	}
	if (length > 0) {
		scanner->lines_before += line_feeds_count(text, length);
		scanner->window_begin += length;
	}
}

void scanner_end(struct scanner *scanner)
{
	make_room(scanner, 1);
	scan(scanner, true);
	scanner->is_finished = true;
}

enum scan_result scanner_result(const struct scanner *scanner, size_t index, struct scan_match *ret_match)
{
	const struct pattern_search *search = &scanner->searches[index];

	if (search->is_found) {
		if (ret_match != NULL)
			*ret_match = search->match;
		return SCAN_FOUND;
	}
	enum scan_result raw = scanner->raw != NULL ? scanner_result(scanner->raw, index, ret_match) : SCAN_ABSENT;
	if (raw == SCAN_FOUND)
		return SCAN_FOUND;
	return search->is_undecided || !scanner->is_finished ? SCAN_UNDECIDED : raw;
}

bool scanner_gave_up(const struct scanner *scanner, size_t index)
{
	return scanner->searches[index].is_undecided;
}

uint64_t scanner_lines(const struct scanner *scanner)
{
	uint64_t line_feeds = scanner->lines_before + line_feeds_count(scanner->window, scanner->window_length);

	return line_feeds + (scanner_bytes(scanner) > 0 && scanner->last_byte != '\n');
}

uint64_t scanner_bytes(const struct scanner *scanner)
{
	return window_end(scanner);
}

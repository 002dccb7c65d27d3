#include "assertions/scan/scan_private.h"

#include <stdint.h>
#include <string.h>

#define DEPTH_MAX 16
#define REPEATS_MAX 65535

/* Sums of bytes end here: what is more cannot stand before a literal, however much it is. */
#define BYTES_MANY ((size_t)LITERAL_BEFORE_MAX + 1)
#define REPEATS_MANY SIZE_MAX

struct reader {
	const char *cursor;
	unsigned depth;
	bool is_caseless, is_dot_all;
};

enum item_type { ITEM_BYTE, ITEM_OTHER, ITEM_NOTHING };

/* What may stand there. In doubt, a line's end. */
struct extent {
	size_t bytes_max;
	bool has_line_end;
};

struct item {
	enum item_type type;
	char byte;
	struct extent extent;
	struct literal_set literals; /* of a group */
};

struct repeats {
	size_t min, max;
};

/* Items one after the other, as far as they were read. */
struct sequence {
	struct extent extent;
	struct literal run; /* the plain bytes at its end */
	struct literal_set best;
};

static bool read_alternatives(struct reader *reader, struct extent *ret_extent, struct literal_set *ret_literals);

static size_t sum(size_t a, size_t b)
{
	return a + b < BYTES_MANY ? a + b : BYTES_MANY;
}

static size_t product(size_t bytes, size_t times)
{
	if (bytes == 0 || times == 0)
		return 0;
	return times < BYTES_MANY && bytes * times < BYTES_MANY ? bytes * times : BYTES_MANY;
}

static bool is_digit(char byte)
{
	return byte >= '0' && byte <= '9';
}

static bool is_letter(char byte)
{
	return ((unsigned)byte | 0x20) - 'a' < 26;
}

/* In ASCII, whatever the locale says; the space too. */
static bool is_punctuation(char byte)
{
	return byte >= ' ' && byte < 0x7f && !is_digit(byte) && !is_letter(byte);
}

size_t literal_shortest(const struct literal_set *set)
{
	size_t shortest = 0;

	for (size_t i = 0; i < set->count; i++)
		if (i == 0 || set->items[i].length < shortest)
			shortest = set->items[i].length;
	return shortest;
}

static void put_before(struct literal *literal, struct extent before)
{
	literal->before_bytes_max = sum(literal->before_bytes_max, before.bytes_max);
	literal->before_has_line_end = literal->before_has_line_end || before.has_line_end;
}

/* Takes over what is known of a part of the sequence, if it says more than what is known already. */
static void consider(struct literal_set *best, const struct literal_set *part, struct extent before)
{
	size_t shortest = literal_shortest(part), best_shortest = literal_shortest(best);
	struct literal_set moved = *part;

	for (size_t i = 0; i < part->count; i++) {
		put_before(&moved.items[i], before);
		if (moved.items[i].before_bytes_max == BYTES_MANY && moved.items[i].before_has_line_end)
			return;
	}
	if (shortest < best_shortest || (shortest == best_shortest && part->count >= best->count))
		return;
	*best = moved;
}

static void end_run(struct sequence *sequence)
{
	struct literal_set alone = {.count = 1};

	if (sequence->run.length == 0)
		return;
	alone.items[0] = sequence->run;
	sequence->run.length = 0;
	consider(&sequence->best, &alone, (struct extent){0, false});
}

static void append_byte(const struct reader *reader, struct sequence *sequence, char byte)
{
	struct literal *run = &sequence->run;

	if (run->length == LITERAL_BYTES_MAX)
		end_run(sequence);
	if (run->length == 0)
		*run = (struct literal){0, sequence->extent.bytes_max, sequence->extent.has_line_end, {0}};
	run->bytes[run->length++] = reader->is_caseless && is_letter(byte) ? (char)(byte | 0x20) : byte;
	sequence->extent.bytes_max = sum(sequence->extent.bytes_max, 1);
	sequence->extent.has_line_end = sequence->extent.has_line_end || byte == '\n' || byte == '\r';
}

static void append(const struct reader *reader, struct sequence *sequence, const struct item *item,
		   struct repeats repeats)
{
	if (item->type == ITEM_NOTHING)
		return;
	if (item->type == ITEM_BYTE && repeats.min > 0) {
		append_byte(reader, sequence, item->byte);
		if (repeats.max == 1)
			return;
		repeats.max--;
	}
	end_run(sequence);
	if (repeats.min > 0)
		consider(&sequence->best, &item->literals, sequence->extent);
	sequence->extent.bytes_max = sum(sequence->extent.bytes_max, product(item->extent.bytes_max, repeats.max));
	sequence->extent.has_line_end = sequence->extent.has_line_end || item->extent.has_line_end;
}

static bool read_number(const char **cursor, size_t *ret_number)
{
	size_t number = 0;

	if (!is_digit(**cursor))
		return false;
	for (; is_digit(**cursor); (*cursor)++) {
		number = number * 10 + (size_t)(**cursor - '0');
		if (number > REPEATS_MAX)
			return false;
	}
	*ret_number = number;
	return true;
}

/* "{2}", "{2,}", "{2,3}"; what a brace means otherwise differs between versions of PCRE2. */
static bool read_braces(struct reader *reader, struct repeats *ret_repeats)
{
	const char *cursor = reader->cursor + 1;

	if (!read_number(&cursor, &ret_repeats->min))
		return false;
	ret_repeats->max = ret_repeats->min;
	if (*cursor == ',') {
		cursor++;
		ret_repeats->max = REPEATS_MANY;
		if (*cursor != '}' && !read_number(&cursor, &ret_repeats->max))
			return false;
	}
	if (*cursor != '}')
		return false;
	reader->cursor = cursor;
	return true;
}

/* Without a quantifier: once. */
static bool read_quantifier(struct reader *reader, struct repeats *ret_repeats, bool *ret_is_there)
{
	*ret_is_there = *reader->cursor != '\0' && strchr("*+?{", *reader->cursor) != NULL;
	*ret_repeats = (struct repeats){1, 1};
	if (!*ret_is_there)
		return true;
	if (*reader->cursor == '{') {
		if (!read_braces(reader, ret_repeats))
			return false;
	} else {
		ret_repeats->min = *reader->cursor == '+';
		ret_repeats->max = *reader->cursor == '?' ? 1 : REPEATS_MANY;
	}
	reader->cursor++;
	if (*reader->cursor == '?' || *reader->cursor == '+')
		reader->cursor++;
	return true;
}

/* "[[:alpha:]" from its second bracket on. */
static bool skip_posix_class(struct reader *reader)
{
	const char *cursor = reader->cursor + 2;

	cursor += *cursor == '^';
	const char *name = cursor;
	while (is_letter(*cursor))
		cursor++;
	if (cursor == name || cursor[0] != ':' || cursor[1] != ']')
		return false;
	reader->cursor = cursor + 2;
	return true;
}

/* Whatever range begins with a printable character has no line's end in it. */
static bool may_be_line_end(char byte, char next)
{
	return byte < ' ' || (byte == '[' && next == ':') || (byte == '\\' && strchr("sDWHvnrtf", next) != NULL);
}

static bool read_class(struct reader *reader, struct item *item)
{
	reader->cursor++;
	item->extent = (struct extent){1, *reader->cursor == '^'};
	reader->cursor += *reader->cursor == '^';
	if (*reader->cursor == ']')
		return false;
	while (*reader->cursor != ']') {
		char byte = reader->cursor[0], next = byte != '\0' ? reader->cursor[1] : '\0';
		if (byte == '\0')
			return false;
		item->extent.has_line_end = item->extent.has_line_end || may_be_line_end(byte, next);
		if (byte == '[' && next == ':') {
			if (!skip_posix_class(reader))
				return false;
			continue;
		}
		if (byte == '[' && (next == '.' || next == '='))
			return false;
		if (byte == '\\') {
			if (next == '\0' || (!is_punctuation(next) && strchr("dDwWsShHvVnrtf", next) == NULL))
				return false;
			reader->cursor++;
		}
		reader->cursor++;
	}
	reader->cursor++;
	item->type = ITEM_OTHER;
	return true;
}

static bool read_escape(struct reader *reader, struct item *item)
{
	static const char controls[] = "nrtf", meant[] = "\n\r\t\f";
	char byte = reader->cursor[1];

	if (byte == '\0')
		return false;
	reader->cursor += 2;
	item->extent = (struct extent){1, strchr("dwhSV", byte) == NULL};
	const char *control = strchr(controls, byte);
	if (is_punctuation(byte) || control != NULL) {
		item->type = ITEM_BYTE;
		item->byte = control != NULL ? meant[control - controls] : byte;
		item->extent.has_line_end = item->byte == '\n' || item->byte == '\r';
	} else if (strchr("dDwWsShHvV", byte) != NULL) {
		item->type = ITEM_OTHER;
	} else {
		item->type = ITEM_NOTHING;
		return strchr("AzZbB", byte) != NULL;
	}
	return true;
}

/* "(", "(?:", "(?<name>", "(?P<name>". */
static bool skip_group_head(struct reader *reader)
{
	const char *cursor = reader->cursor + 1;

	if (*cursor == '*')
		return false;
	if (strncmp(cursor, "?:", 2) == 0) {
		cursor += 2;
	} else if (*cursor == '?') {
		cursor += cursor[1] == 'P' ? 2 : 1;
		if (cursor[0] != '<' || (!is_letter(cursor[1]) && cursor[1] != '_'))
			return false;
		for (cursor++; is_letter(*cursor) || is_digit(*cursor) || *cursor == '_';)
			cursor++;
		if (*cursor++ != '>')
			return false;
	}
	reader->cursor = cursor;
	return true;
}

static bool read_group(struct reader *reader, struct item *item)
{
	if (reader->depth == DEPTH_MAX || !skip_group_head(reader))
		return false;
	reader->depth++;
	if (!read_alternatives(reader, &item->extent, &item->literals) || *reader->cursor != ')')
		return false;
	reader->depth--;
	reader->cursor++;
	item->type = ITEM_OTHER;
	return true;
}

static bool read_item(struct reader *reader, struct item *item)
{
	switch (*reader->cursor) {
	case '(':
		return read_group(reader, item);
	case '[':
		return read_class(reader, item);
	case '\\':
		return read_escape(reader, item);
	case '*':
	case '+':
	case '?':
	case '{':
		return false;
	case '^':
	case '$':
		item->type = ITEM_NOTHING;
		break;
	case '.':
		item->type = ITEM_OTHER;
		item->extent = (struct extent){1, reader->is_dot_all};
		break;
	default:
		if ((unsigned char)*reader->cursor > 127)
			return false;
		item->type = ITEM_BYTE;
		item->byte = *reader->cursor;
		item->extent = (struct extent){1, item->byte == '\n' || item->byte == '\r'};
	}
	reader->cursor++;
	return true;
}

static bool read_sequence(struct reader *reader, struct extent *ret_extent, struct literal_set *ret_literals)
{
	struct sequence sequence = {0};

	while (*reader->cursor != '\0' && *reader->cursor != '|' && *reader->cursor != ')') {
		struct item item = {0};
		struct repeats repeats;
		bool is_repeated;
		if (!read_item(reader, &item) || !read_quantifier(reader, &repeats, &is_repeated) ||
		    (is_repeated && item.type == ITEM_NOTHING))
			return false;
		append(reader, &sequence, &item, repeats);
	}
	end_run(&sequence);
	*ret_extent = sequence.extent;
	*ret_literals = sequence.best;
	return true;
}

/* One of several holds one of the literals of them all, if each has one. */
static void unite(struct literal_set *set, const struct literal_set *other)
{
	if (set->count == 0 || other->count == 0 || set->count + other->count > LITERAL_SET_MAX) {
		set->count = 0;
		return;
	}
	memcpy(set->items + set->count, other->items, other->count * sizeof(*other->items));
	set->count += other->count;
}

static bool read_alternatives(struct reader *reader, struct extent *ret_extent, struct literal_set *ret_literals)
{
	if (!read_sequence(reader, ret_extent, ret_literals))
		return false;
	while (*reader->cursor == '|') {
		struct literal_set literals;
		struct extent extent;
		reader->cursor++;
		if (!read_sequence(reader, &extent, &literals))
			return false;
		if (extent.bytes_max > ret_extent->bytes_max)
			ret_extent->bytes_max = extent.bytes_max;
		ret_extent->has_line_end = ret_extent->has_line_end || extent.has_line_end;
		unite(ret_literals, &literals);
	}
	return true;
}

/* "(?i)", "(?s)", "(?m)" and such together, which here are in force for the whole pattern. */
static void skip_options(struct reader *reader)
{
	size_t length = strncmp(reader->cursor, "(?", 2) == 0 ? strspn(reader->cursor + 2, "ims") : 0;

	if (length == 0 || reader->cursor[2 + length] != ')')
		return;
	reader->is_caseless = memchr(reader->cursor + 2, 'i', length) != NULL;
	reader->is_dot_all = memchr(reader->cursor + 2, 's', length) != NULL;
	reader->cursor += 2 + length + 1;
}

void literal_find(const char *pattern_text, struct literal_set *ret_set)
{
	struct reader reader = {.cursor = pattern_text};
	struct extent extent;

	skip_options(&reader);
	if (!read_alternatives(&reader, &extent, ret_set) || *reader.cursor != '\0')
		ret_set->count = 0;
	ret_set->is_caseless = reader.is_caseless;
}

/*
 * What pattern.c and scanner.c search with, for these and their tests: what a pattern is made of, what its matches must contain, where
 * in a stream they may begin, and the text of the stream.
 */
#ifndef MUSTER_SCAN_PRIVATE_H
#define MUSTER_SCAN_PRIVATE_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assertions/scan/pattern.h"
#include "assertions/scan/scanner.h"

/*
 * What every match of a pattern must contain, read from the pattern's text.
 *
 *     "^.{4}ERROR: (disk|volume) is full$"    "ERROR: "; or "disk" or "volume"; or " is full"
 *
 * Of these the longest is chosen: " is full", before which there are at most 17 bytes of a match.
 *
 * Where a set is found, each match holds at least one of its literals, wholly, and before that at most
 * before_bytes_max of the match's bytes, or else any number without a line's end (CR, LF) among them: in
 * "\w+ is corrupt" all stands on the literal's own line.
 *
 * It reads PCRE2's syntax as far as it is sure of it (plain characters, escapes, classes, groups, alternatives,
 * quantifiers, lines' and words' ends) and gives no literal for any pattern that has something else in it:
 * options other than at the beginning, look-arounds, backreferences, \Q, verbs, bytes over 127.
 */
#define LITERAL_BYTES_MAX 64
#define LITERAL_BEFORE_MAX 1000
#define LITERAL_SET_MAX 8

struct literal {
	size_t length; /* at least 1 */
	size_t before_bytes_max; /* more than LITERAL_BEFORE_MAX: any number, and then without a line's end */
	bool before_has_line_end; /* there may be one */
	char bytes[LITERAL_BYTES_MAX]; /* no NUL; small letters where the case plays no part */
};

struct literal_set {
	size_t count; /* 0: nothing is known */
	bool is_caseless; /* ASCII letters stand for both cases */
	struct literal items[LITERAL_SET_MAX];
};

/* Of a pattern that PCRE2 has compiled with at most PCRE2_MULTILINE, and not as UTF. */
void literal_find(const char *pattern_text, struct literal_set *ret_set);

/* Bytes of the shortest of them, 0 where there is none. */
size_t literal_shortest(const struct literal_set *set);

struct pattern {
	pcre2_code *code;
	char *text;
	bool is_utf;
	bool has_circumflex;
	bool stays_matched; /* where it matches it does whatever follows: the text's end plays no part */
	size_t behind_bytes; /* how far before its start a match may look */
	struct literal_set literals;
};

/* PCRE2 gets its memory there, so that it is there or ends the run. */
pcre2_general_context *pattern_memory(void);

/* What a match may cost, and the memory for it. One for each thread that matches. */
struct pattern_limits {
	pcre2_match_context *context;
	pcre2_jit_stack *stack;
};

void pattern_limits_init(struct pattern_limits *limits);
void pattern_limits_release(struct pattern_limits *limits);

/* As pcre2_match(). Every other negative number than NOMATCH and PARTIAL is "could not be decided". */
int pattern_try(const struct pattern *pattern, const struct pattern_limits *limits, const char *text, size_t length,
		size_t start, unsigned options, pcre2_match_data *ret_data);

/*
 * Where matches of many patterns may begin in a stream, judged by the literals that they must contain
 * (struct literal_set): one look at the stream for all of them.
 *
 *     struct prefilter *prefilter = prefilter_new(sets, count, 2);
 *     while (...) {
 *             prefilter_examine(prefilter, window, length, offset_of_window);
 *             for (...)
 *                     if (!prefilter_skip(prefilter, i, &offset[i]))
 *                             no match of pattern i that begins at offset[i] or later ends in this window
 *     }
 *
 * Every few bytes (so few that none of the literals is missed) a gram of up to four bytes is looked up among
 * those that stand in the literals; where it is one of them, the literals that have it are compared.
 */
#define PREFILTER_HELD_MAX ((size_t)64 * 1024)

struct prefilter;

/*
 * One set for each pattern (borrowed); NULL and an empty one are those of a pattern of which nothing is known.
 * It does nothing where those that are left are not worth it: a set that is one literal of exact case with which
 * each match begins counts 1, any other 2, and their sum must be `worth_min`. A set whose literals stand in most of
 * the text is dropped.
 */
struct prefilter *prefilter_new(const struct literal_set *const *sets, size_t count, size_t worth_min);
void prefilter_free(struct prefilter *prefilter);

/* The pattern is looked for no longer. */
void prefilter_drop(struct prefilter *prefilter, size_t index);

/*
 * What is there now of the stream, from `offset` in it on; what was not there before is examined. Before the
 * window no match may begin that is of interest.
 */
void prefilter_examine(struct prefilter *prefilter, const char *window, size_t length, uint64_t offset);

/*
 * Moves *offset, before which no match of the pattern is of interest, forward to where the literals allow one to
 * begin, whatever follows the window; at most to the window's end. Returns false where no match can end in the
 * window, true where one may, which is said in every case of doubt. The window is still there as it was examined.
 *
 * Where false is returned, *offset is at most PREFILTER_HELD_MAX before the window's end.
 */
bool prefilter_skip(struct prefilter *prefilter, size_t index, uint64_t *offset);

/*
 * A scanner whose measures are small enough that tests can reach them, and whose filter (prefilter) is in
 * use always or never. The results differ in nothing but this: what PCRE2 gives up where no match can be
 * is undecided without the filter, and passed over, though a match may be near.
 */
enum scanner_filter_options {
	SCANNER_FILTER_ALWAYS = 1 << 8, /* for one pattern too, and for a literal of one byte */
	SCANNER_FILTER_NEVER = 1 << 9,
};

struct scanner *scanner_new_sized(const struct pattern *const *patterns, size_t count, unsigned options,
				  size_t block_bytes, size_t span_bytes);

/* Whether something could not be decided, even where the pattern was found later. */
bool scanner_gave_up(const struct scanner *scanner, size_t index);

/*
 * Takes terminal control sequences out of a stream (ECMA-48 / ISO 2022): CSI ("ESC [ 31 m"),
 * OSC ("ESC ] ... BEL" or "... ESC \"), and escapes of two bytes or with intermediate
 * bytes ("ESC ( B").
 *
 *     while (colours_next(&colours, &data, &length, &text, &text_length))
 *             use(text, text_length);
 *
 * What begins like a sequence and is none (an OSC that a line's end or COLOURS_HELD_MAX bytes
 * come before, a stray ESC) is text without its ESC: nothing that a person could have seen is taken out.
 */
#define COLOURS_HELD_MAX 4096

enum colours_state {
	COLOURS_TEXT,
	COLOURS_ESCAPE,
	COLOURS_INTERMEDIATE,
	COLOURS_CSI,
	COLOURS_CSI_INTERMEDIATE,
	COLOURS_OSC,
	COLOURS_OSC_ESCAPE,
};

struct colours { /* zero: the beginning of a stream */
	enum colours_state state;
	size_t held_length;
	char held[COLOURS_HELD_MAX]; /* the sequence so far */
};

/*
 * The next stretch of text, which is valid until the next call; *data and *length are
 * moved on. False where all of it was used up.
 */
bool colours_next(struct colours *colours, const char **data, size_t *length, const char **ret_text,
		  size_t *ret_length);

/* The stream has ended: what a sequence that did not end held back. False where there is nothing. */
bool colours_finish(struct colours *colours, const char **ret_text, size_t *ret_length);

/*
 * Decodes UTF-16 to UTF-8. It is told by what the stream begins with: a byte order mark, or, less surely, NULs in every
 * other byte.
 *
 *     the first UTF16_HEAD_MAX bytes (or all there are) into head, then utf16_decide(&utf16);
 *     while (length > 0)
 *             text_length = utf16_decode(&utf16, &data, &length, text);
 *     text_length = utf16_finish(&utf16, text);
 *
 * Half a character is U+FFFD.
 */
#define UTF16_HEAD_MAX 4096
#define UTF16_TEXT_MAX 4096 /* bytes of a piece */

enum utf16_kind { UTF16_UNDECIDED, UTF16_NONE, UTF16_LITTLE, UTF16_BIG };

struct utf16 { /* zero: the beginning of a stream */
	enum utf16_kind kind;
	bool is_certain; /* by a mark; else what looks so may be something else */
	bool at_begin;
	unsigned high; /* the first half of a pair; 0 */
	unsigned char pair[2];
	size_t pair_length;
	size_t head_length;
	char head[UTF16_HEAD_MAX];
};

void utf16_decide(struct utf16 *utf16);
size_t utf16_decode(struct utf16 *utf16, const char **data, size_t *length, char ret_text[UTF16_TEXT_MAX]);
size_t utf16_finish(struct utf16 *utf16, char ret_text[UTF16_TEXT_MAX]);

/* The line on which something was found, fit to be shown to a person. */

/* How far before the place, and after its begin, the text is looked at. */
#define EXCERPT_REACH 200

/* Whether what follows text[0..length) could change the excerpt of a match at begin..end. */
bool excerpt_needs_more(const char *text, size_t length, size_t begin, size_t end);

/*
 * The line or lines of text[begin..end), cut to `size` with its NUL ("..." stands for what is cut),
 * always UTF-8: line ends and tabs are spaces, other control characters and what is no character "?".
 */
void excerpt_make(const char *text, size_t length, size_t begin, size_t end, char *ret_excerpt, size_t size);

/* How many line feeds a text has, as fast as it can be read. */
uint64_t line_feeds_count(const char *text, size_t length);

/* scanner.c: what patterns are searched with in the text; scanner_feed.c brings it that. */

/* Offsets are counted from the begin of the stream, colours removed. */
struct pattern_search {
	const struct pattern *pattern;
	pcre2_match_data *data;
	uint64_t offset; /* no match begins before it that is not known */
	bool not_empty_there; /* the empty match at `offset` is known */
	uint64_t retry_at; /* so much text must be there for another try to be worth it */
	uint64_t skip;
	bool has_skipped; /* `offset` may be where PCRE2 would not begin */
	bool is_over; /* no more to look for */
	bool is_found;
	bool is_undecided;
	bool needs_excerpt;
	uint64_t begin, end; /* of the first match */
	struct scan_match match;
	void (*found)(void *context, const char *data, size_t length);
	void *context;
	char *group;
};

struct scanner {
	struct pattern_search *searches;
	size_t count;
	size_t active; /* searches that still need text */
	struct pattern_limits limits;
	struct colours *colours;
	struct utf16 *utf16;
	struct scanner *raw; /* what may be UTF-16, as it is; NULL */
	unsigned options;
	size_t block_bytes, span_bytes;
	bool is_finished;
	struct prefilter *filter;

	char *window;
	size_t window_length, window_capacity;
	uint64_t window_begin;
	uint64_t lines_before; /* line feeds before window_begin */
	char last_byte;
};

void scanner_add(struct scanner *scanner, const char *text, size_t length);
void scanner_end(struct scanner *scanner);

#endif

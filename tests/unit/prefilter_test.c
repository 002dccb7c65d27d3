/* test: slow, about 6 */
/*
 * The filter against a search that tries every place, and the scanner with it against the scanner without it.
 */
#include "assertions/scan/scan_private.h"
#include "assertions/base/memory.h"
#include "made_pattern.h"
#include "unit.h"

#include <stdlib.h>

#define SETS_MAX 30
#define PATTERNS_MAX 8
#define ROUNDS (unit_is_full() ? 4000 : 1000)

static struct literal_set make_set(const char *text, size_t before, bool is_caseless)
{
	struct literal_set set = {.count = 1, .is_caseless = is_caseless};

	set.items[0].length = strlen(text);
	set.items[0].before_bytes_max = before;
	memcpy(set.items[0].bytes, text, strlen(text));
	return set;
}

static size_t find(const struct literal *literal, bool is_caseless, const char *text, size_t length)
{
	for (size_t i = 0; i + literal->length <= length; i++)
		if ((is_caseless ? strncasecmp(text + i, literal->bytes, literal->length)
				 : memcmp(text + i, literal->bytes, literal->length)) == 0)
			return i;
	return SIZE_MAX;
}

static void expect_skip(struct prefilter *prefilter, const struct literal_set *set, size_t index, const char *text,
			size_t length)
{
	size_t expected = SIZE_MAX, found;
	bool is_there = false;
	uint64_t place = 0;

	for (size_t i = 0; i < set->count; i++) {
		const struct literal *literal = &set->items[i];
		found = find(literal, set->is_caseless, text, length);
		is_there = is_there || found != SIZE_MAX;
		if (found == SIZE_MAX)
			found = length >= literal->length ? length + 1 - literal->length : 0;
		found -= found < literal->before_bytes_max ? found : literal->before_bytes_max;
		expected = found < expected ? found : expected;
	}
	bool seen = prefilter_skip(prefilter, index, &place);
	if (seen != is_there || place != expected) {
		printf("'%.*s' (%zu) in '%.*s': %d at %zu, expected %d at %zu\n", (int)set->items[0].length,
		       set->items[0].bytes, set->count, (int)length, text, seen, (size_t)place, is_there, expected);
		unit_failures++;
	}
}

/* Letters of both cases, and what differs from them as the cases do. */
static void make_random(char *text, size_t length, size_t letters)
{
	static const char all[] = "ab@AB`cdefghi\n *jklmnop";

	for (size_t i = 0; i < length; i++)
		text[i] = all[(size_t)random() % letters];
	text[length] = '\0';
}

static size_t given_up;

static void try_literals(size_t shortest, size_t longest, size_t letters)
{
	const struct literal_set *sets[SETS_MAX];
	struct literal_set made[SETS_MAX] = {0};
	size_t count = 1 + (size_t)random() % SETS_MAX, length = 1 + (size_t)random() % 300;
	char word[LITERAL_BYTES_MAX + 1], text[302];

	make_random(text, length, letters);
	for (size_t i = 0; i < count; i++) {
		bool is_caseless = random() % 8 == 0;
		for (size_t j = 0; j < 1 + (size_t)random() % 2; j++) {
			make_random(word, shortest + (size_t)random() % (longest - shortest + 1), letters);
			for (size_t k = 0; is_caseless && word[k] != '\0'; k++)
				word[k] = word[k] >= 'A' && word[k] <= 'Z' ? (char)(word[k] | 0x20) : word[k];
			made[i].items[j] = make_set(word, (size_t)random() % 3, is_caseless).items[0];
			made[i].count = j + 1;
		}
		made[i].is_caseless = is_caseless;
		sets[i] = &made[i];
		size_t length_of_first = made[i].items[0].length;
		if (random() % 2 == 0 && length > length_of_first)
			memcpy(text + (size_t)random() % (length - length_of_first), made[i].items[0].bytes,
			       length_of_first);
	}
	struct prefilter *prefilter = prefilter_new(sets, count, 0);
	/* Memory of its own, so that reading beyond it is seen. */
	char *copy = memory_substring(text, length);
	copy = memory_grow(copy, length, 1);
	prefilter_examine(prefilter, copy, length, 0);
	bool knows_nothing = true;
	for (size_t i = 0; i < count; i++) {
		uint64_t place = 0;
		knows_nothing = knows_nothing && prefilter_skip(prefilter, i, &place) && place == 0;
	}
	given_up += knows_nothing;
	for (size_t i = 0; !knows_nothing && i < count; i++)
		expect_skip(prefilter, sets[i], i, text, length);
	free(copy);
	prefilter_free(prefilter);
}

TEST(every_literal_is_found)
{
	srandom(1 + unit_run());
	for (int round = 0; round < ROUNDS; round++) {
		try_literals(1, 3, 23);
		try_literals(2, 6, 23);
		try_literals(3, 10, 20);
	}
	/* The shortest ones are often given up. */
	EXPECT(given_up < ROUNDS);
	given_up = 0;
	for (int round = 0; round < ROUNDS; round++) {
		try_literals(4, 64, 16);
		try_literals(5, 12, 14);
		try_literals(6, 9, 12);
		try_literals(7, 7, 10);
		try_literals(20, 64, 8);
	}
	EXPECT(given_up < ROUNDS / 100);
}

TEST(what_is_cut_is_found_when_it_is_whole)
{
	struct literal_set set = make_set("literal", 3, false), other = make_set("a rather long one", 0, false);
	const struct literal_set *sets[] = {&set, &other, NULL};
	struct prefilter *prefilter = prefilter_new(sets, 3, 2);
	const char *text = "....................literal.....";
	uint64_t place = 5, third = 1;

	prefilter_examine(prefilter, text, 10, 0);
	EXPECT(!prefilter_skip(prefilter, 0, &place));
	EXPECT_NUMBER(place, 5);
	EXPECT(prefilter_skip(prefilter, 2, &third));
	EXPECT_NUMBER(third, 1);
	prefilter_examine(prefilter, text, 23, 0);
	EXPECT(!prefilter_skip(prefilter, 0, &place));
	EXPECT_NUMBER(place, 23 - 6 - 3);
	prefilter_examine(prefilter, text + 14, 12, 14);
	EXPECT(!prefilter_skip(prefilter, 0, &place));
	EXPECT_NUMBER(place, 17);
	prefilter_examine(prefilter, text + 14, 13, 14);
	EXPECT(prefilter_skip(prefilter, 0, &place));
	EXPECT_NUMBER(place, 17);
	/* It may be before what is looked at now. */
	prefilter_examine(prefilter, text + 14, 18, 14);
	EXPECT(prefilter_skip(prefilter, 0, &place));
	EXPECT_NUMBER(place, 17);
	prefilter_free(prefilter);
}

/* What may stand before a literal is held back, and yet not looked at twice. */
TEST(a_place_is_held_back)
{
	struct literal_set set = make_set("literal", 40, false);
	const struct literal_set *sets[] = {&set};
	struct prefilter *prefilter = prefilter_new(sets, 1, 1);
	char text[200];
	uint64_t place = 0;

	memset(text, '.', sizeof(text));
	prefilter_examine(prefilter, text, 100, 0);
	EXPECT(!prefilter_skip(prefilter, 0, &place));
	EXPECT_NUMBER(place, 100 - 6 - 40);
	prefilter_examine(prefilter, text + 54, 66, 54);
	EXPECT(!prefilter_skip(prefilter, 0, &place));
	EXPECT_NUMBER(place, 120 - 6 - 40);
	place = 76;
	prefilter_examine(prefilter, text + 76, 74, 76);
	EXPECT(!prefilter_skip(prefilter, 0, &place));
	/* One look was not asked about: nobody knows what is between. */
	prefilter_examine(prefilter, text + 76, 84, 76);
	prefilter_examine(prefilter, text + 76, 94, 76);
	place = 77;
	EXPECT(prefilter_skip(prefilter, 0, &place));
	EXPECT_NUMBER(place, 77);
	prefilter_free(prefilter);
}

/* What may stand before a literal on its line is held back, unless that is more than should be. */
TEST(a_line_is_held_back)
{
	static char text[3 * PREFILTER_HELD_MAX];
	struct literal_set set = make_set("literal", SIZE_MAX, false);
	const struct literal_set *sets[] = {&set};
	struct prefilter *prefilter = prefilter_new(sets, 1, 1);
	uint64_t place = 0;

	memset(text, '.', sizeof(text));
	memcpy(text + 20, "\r\n..\n..\r...\n", 12);
	prefilter_examine(prefilter, text, 31, 0);
	EXPECT(!prefilter_skip(prefilter, 0, &place));
	EXPECT_NUMBER(place, 25);
	prefilter_examine(prefilter, text + 25, 10, 25);
	EXPECT(!prefilter_skip(prefilter, 0, &place));
	EXPECT_NUMBER(place, 28);
	prefilter_examine(prefilter, text + 28, 22, 28);
	EXPECT(!prefilter_skip(prefilter, 0, &place));
	EXPECT_NUMBER(place, 32);
	prefilter_examine(prefilter, text + 32, PREFILTER_HELD_MAX, 32);
	EXPECT(!prefilter_skip(prefilter, 0, &place));
	EXPECT_NUMBER(place, 32);
	prefilter_examine(prefilter, text + 32, PREFILTER_HELD_MAX + 1, 32);
	EXPECT(prefilter_skip(prefilter, 0, &place));
	EXPECT_NUMBER(place, 32);
	memcpy(text + sizeof(text) - 57, "\n..literal", 10);
	prefilter_examine(prefilter, text + 32, sizeof(text) - 40 - 32, 32);
	EXPECT(prefilter_skip(prefilter, 0, &place));
	EXPECT_NUMBER(place, sizeof(text) - 56);
	prefilter_free(prefilter);
}

TEST(what_is_dropped_is_not_looked_for)
{
	struct literal_set set = make_set("abc", 0, false);
	const struct literal_set *sets[] = {&set, &set, &set, &set, &set};
	struct prefilter *prefilter = prefilter_new(sets, 5, 2);
	static const char dots[] = "....................";

	for (size_t i = 0; i < 5; i++) {
		uint64_t place = 100 * i, last = 100 * i;
		prefilter_examine(prefilter, dots, 20, 100 * i);
		/* The last one is left alone, for which it is not worth it. */
		EXPECT(prefilter_skip(prefilter, i, &place) == (i == 4));
		EXPECT(prefilter_skip(prefilter, 4, &last) == (i == 4));
		EXPECT_NUMBER(last, 100 * i + (i < 4 ? 18 : 0));
		prefilter_drop(prefilter, i);
		prefilter_drop(prefilter, i);
		place = 0;
		EXPECT(prefilter_skip(prefilter, i, &place));
		EXPECT_NUMBER(place, 0);
	}
	prefilter_free(prefilter);
	prefilter_free(NULL);
}

TEST(a_literal_that_stands_everywhere_is_dropped)
{
	struct literal_set often = make_set("often", 0, false), seldom = make_set("seldom", 0, false);
	const struct literal_set *sets[] = {&often, &seldom};
	struct prefilter *prefilter = prefilter_new(sets, 2, 1);
	uint64_t place;

	for (size_t i = 0; i < 100; i++) {
		prefilter_examine(prefilter, "it is very often so", 19, 19 * i);
		place = 19 * i;
		EXPECT(prefilter_skip(prefilter, 0, &place));
		EXPECT_NUMBER(place, 19 * i + (i < 16 ? 11 : 0));
		place = 19 * i;
		EXPECT(!prefilter_skip(prefilter, 1, &place));
		EXPECT_NUMBER(place, 19 * i + 19 - 5);
	}
	prefilter_free(prefilter);
}

/* Where it would cost more than it saves, nothing is known. */
TEST(a_text_full_of_literals_is_given_up)
{
	static char text[1 << 16];
	struct literal_set set = make_set("aaaaaab", 0, false);
	const struct literal_set *sets[] = {&set};
	struct prefilter *prefilter = prefilter_new(sets, 1, 1);
	uint64_t place = 0;

	memset(text, 'a', sizeof(text));
	prefilter_examine(prefilter, text, sizeof(text), 0);
	EXPECT(prefilter_skip(prefilter, 0, &place));
	EXPECT_NUMBER(place, 0);
	memset(text, '.', sizeof(text));
	prefilter_examine(prefilter, text, sizeof(text), 1 << 16);
	EXPECT(prefilter_skip(prefilter, 0, &place));
	EXPECT_NUMBER(place, 0);
	place = (1 << 16) + 5;
	EXPECT(!prefilter_skip(prefilter, 0, &place));
	EXPECT_NUMBER(place, (2 << 16) - 6);
	prefilter_free(prefilter);
}

struct outcome {
	enum scan_result results[PATTERNS_MAX];
	bool gave_up[PATTERNS_MAX];
	struct scan_match matches[PATTERNS_MAX];
	struct buffer captures[PATTERNS_MAX];
};

static void take(void *context, const char *data, size_t length)
{
	struct buffer *captures = context;

	buffer_print(captures, "<%.*s>", (int)length, data);
}

static void scan(const struct pattern *const *patterns, size_t count, unsigned options, size_t block, size_t feed,
		 unsigned each, const struct buffer *text, struct outcome *outcome)
{
	struct scanner *scanner = scanner_new_sized(patterns, count, options, block, 2000);

	memset(outcome, 0, sizeof(*outcome));
	for (size_t i = 0; i < count; i++) {
		buffer_init(&outcome->captures[i], 1 << 20);
		if ((each >> i & 1) != 0)
			scanner_each(scanner, i, NULL, take, &outcome->captures[i]);
	}
	for (size_t done = 0, part; done < text->length; done += part) {
		part = feed < text->length - done ? feed : text->length - done;
		scanner_feed(scanner, text->data + done, part);
	}
	scanner_finish(scanner);
	for (size_t i = 0; i < count; i++) {
		outcome->results[i] = scanner_result(scanner, i, &outcome->matches[i]);
		outcome->gave_up[i] = scanner_gave_up(scanner, i);
	}
	scanner_free(scanner);
}

static void expect_same(const struct pattern *const *patterns, size_t count, size_t block, size_t feed, unsigned each,
			const struct buffer *text)
{
	static const unsigned options[] = {SCANNER_FILTER_NEVER, SCANNER_FILTER_ALWAYS, 0};
	struct outcome outcomes[3];

	for (size_t i = 0; i < 3; i++)
		scan(patterns, count, options[i], block, feed, each, text, &outcomes[i]);
	for (size_t i = 1; i < 3; i++)
		for (size_t j = 0; j < count; j++) {
			if (outcomes[0].gave_up[j])
				continue;
			if (outcomes[0].results[j] == outcomes[i].results[j] &&
			    outcomes[0].matches[j].line == outcomes[i].matches[j].line &&
			    strcmp(outcomes[0].matches[j].excerpt, outcomes[i].matches[j].excerpt) == 0 &&
			    strcmp(outcomes[0].captures[j].data, outcomes[i].captures[j].data) == 0)
				continue;
			printf("'%s' of %zu in '%s', block %zu, feed %zu, options %x: result %d %d, line %d %d, "
			       "captures %s %s\n",
			       pattern_text(patterns[j]), count, text->data, block, feed, options[i],
			       outcomes[0].results[j], outcomes[i].results[j], (int)outcomes[0].matches[j].line,
			       (int)outcomes[i].matches[j].line, outcomes[0].captures[j].data,
			       outcomes[i].captures[j].data);
			unit_failures++;
		}
	for (size_t i = 0; i < 3; i++)
		for (size_t j = 0; j < count; j++)
			buffer_release(&outcomes[i].captures[j]);
}

/* Verbs and \K are about the search itself, see fuzz_scanner.c. */
static struct pattern *make_pattern(struct choices *choices)
{
	struct pattern *pattern = NULL;
	struct buffer made;
	struct error err;

	buffer_init(&made, 1000);
	made_pattern(choices, &made);
	if (made.length > 0 && strstr(made.data, "(*") == NULL && strstr(made.data, "\\K") == NULL &&
	    strstr(made.data, "\\C") == NULL)
		pattern_compile(made.data, &pattern, &err);
	buffer_release(&made);
	return pattern;
}

TEST(the_filter_changes_nothing)
{
	struct buffer text;
	uint8_t bytes[600];

	srandom(1 + unit_run());
	buffer_init(&text, 10000);
	for (int round = 0; round < ROUNDS; round++) {
		struct choices choices = {bytes, sizeof(bytes)};
		const struct pattern *patterns[PATTERNS_MAX];
		size_t count = 0;
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)(random() >> 8);
		buffer_clear(&text);
		made_text(&choices, made_choice(&choices, 100), &text);
		size_t block = 1 + made_choice(&choices, 80), feed = 1 + made_choice(&choices, 100);
		unsigned each = (unsigned)made_choice(&choices, 64);
		for (size_t i = 0; i < PATTERNS_MAX; i++)
			if ((patterns[count] = make_pattern(&choices)) != NULL)
				count++;
		expect_same(patterns, count, block, feed, each, &text);
		for (size_t i = 0; i < count; i++)
			pattern_free((struct pattern *)(uintptr_t)patterns[i]);
	}
	buffer_release(&text);
}

/* Text of the size of real blocks, in which the literals stand now and then. */
TEST(blocks_of_the_usual_size)
{
	static const char *const all[] = {"^ERROR: \\S+",
					  "(?i)bucket not found",
					  "disk (?:full|gone)",
					  "\\w{3,9} failed$",
					  "(?s)BEGIN.{0,300}END of it",
					  "never there",
					  "^.*gone|d\\S* failed",
					  "\\bmore$.*never"};
	static const char *const parts[] = {"ERROR: x\n", "Bucket NOT found", "disk gone", "xyz failed\r\n",
					    "BEGIN",      "END of it\n"};
	const struct pattern *patterns[PATTERNS_MAX];
	struct buffer text;
	struct error err;

	srandom(1 + unit_run());
	buffer_init(&text, 1 << 22);
	while (text.length < 1 << 20) {
		/* Lines of all lengths, up to some that no filter holds back. */
		bool is_long = text.length % 300000 > 100000;
		buffer_string(&text, is_long || random() % 3 > 0 ? "word and " : "more\n");
		if (random() % 2000 == 0)
			buffer_string(&text, parts[random() % 6]);
	}
	for (size_t i = 0; i < PATTERNS_MAX; i++)
		EXPECT(pattern_compile(all[i], (struct pattern **)(uintptr_t)&patterns[i], &err) == 0);
	expect_same(patterns, PATTERNS_MAX, 1 << 16, 1 << 17, 0xff, &text);
	expect_same(patterns, PATTERNS_MAX, 1 << 16, 70001, 0, &text);
	expect_same(patterns, PATTERNS_MAX, 1000, 999, 0x2a, &text);
	for (size_t i = 0; i < PATTERNS_MAX; i++)
		pattern_free((struct pattern *)(uintptr_t)patterns[i]);
	buffer_release(&text);
}

TEST(line_feeds_are_counted)
{
	static char text[10000];

	for (size_t length = 0; length < sizeof(text); length += length < 100 ? 1 : 97) {
		size_t expected = 0;
		for (size_t i = 0; i < length; i++) {
			text[i] = random() % 2 == 0 ? '\n' : (char)random();
			expected += text[i] == '\n';
		}
		EXPECT_NUMBER(line_feeds_count(text, length), expected);
	}
	memset(text, '\n', sizeof(text));
	EXPECT_NUMBER(line_feeds_count(text, sizeof(text)), sizeof(text));
}

UNIT_MAIN

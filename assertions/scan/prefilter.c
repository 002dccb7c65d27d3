#include "assertions/scan/scan_private.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/memory.h"

#define GRAM_BYTES_MAX 4
#define STRIDE_MAX 4
#define UNROLLED 4
#define KNOWN_BITS 15
#define BUCKET_BITS 10
#define NOWHERE SIZE_MAX
#define NEVER UINT64_MAX

/* A literal that stands everywhere saves nothing. */
#define USELESS_MAX 16

/* PCRE2 finds one literal of exact case about as fast, not several, not both cases, and none behind something else. */
#define WORTH_EXACT 1
#define WORTH_OTHER 2

/* Looking at an entry costs about as much as it costs PCRE2 to look for one pattern in so many bytes. */
#define EFFORT_PART 16

/* Makes small letters of ASCII's letters, and of other characters others: then more is compared. */
#define CASE_BITS 0x20202020u

struct needle {
	const struct literal *literal;
	bool is_caseless;
	size_t first; /* where it stands first in the stretch, or NOWHERE */
};

/* A gram of a needle. */
struct entry {
	uint32_t gram;
	size_t offset; /* in the needle */
	struct needle *needle;
	struct entry *next;
};

/* The literals of the sets that are left. */
struct table {
	struct needle *needles;
	size_t count, set_count, longest;
	size_t gram_bytes, stride;
	uint32_t gram_bits, case_bits;
	struct entry *entries;
	size_t entry_count;
	struct entry *buckets[1 << BUCKET_BITS];
	uint8_t known[1 << KNOWN_BITS]; /* 1 at the hash of a gram */
};

/* For the literals of one pattern. */
struct watch {
	const struct literal_set *set; /* NULL: nothing is known, or wanted */
	struct needle *needles;
	unsigned useless; /* looks that found a literal, less those that found none */
	uint64_t clear_until; /* none of them stands wholly from the place that was left until there */
};

struct prefilter {
	struct watch *watches;
	size_t count, left, worth, worth_min;
	struct table *table; /* NULL: to be made, or not worth it */
	bool has_examined;
	uint64_t begin, end, end_before; /* of the stretch that was looked at last, and of the one before */
	const char *window;
	uint64_t window_begin;
};

static uint32_t hash(uint32_t gram, unsigned bits)
{
	return gram * 0x9e3779b1u >> (32 - bits);
}

static uint32_t gram_at(const struct table *table, const char *bytes)
{
	uint32_t gram;

	memcpy(&gram, bytes, sizeof(gram));
	return (gram & table->gram_bits) | table->case_bits;
}

/* Where fewer bytes may be there than are read for a gram. */
static uint32_t gram_near_end(const struct table *table, const char *bytes, size_t length)
{
	char copy[GRAM_BYTES_MAX] = {0};

	memcpy(copy, bytes, length < sizeof(copy) ? length : sizeof(copy));
	return gram_at(table, copy);
}

static uint32_t gram_of(const struct table *table, const struct needle *needle, size_t offset)
{
	return gram_near_end(table, needle->literal->bytes + offset, needle->literal->length - offset);
}

static void add_gram(struct table *table, struct needle *needle, size_t offset)
{
	uint32_t gram = gram_of(table, needle, offset);
	struct entry **bucket = &table->buckets[hash(gram, BUCKET_BITS)];
	struct entry *entry = &table->entries[table->entry_count++];

	*entry = (struct entry){gram, offset, needle, *bucket};
	*bucket = entry;
	table->known[hash(gram, KNOWN_BITS)] = 1;
}

/* What texts are full of, small letters, digits and spaces, is met often; what is in other needles makes it worse. */
static size_t cost_of(const struct table *table, const struct needle *needle, size_t offset)
{
	uint32_t gram = gram_of(table, needle, offset);
	size_t cost = 1;

	for (size_t i = offset; i < offset + table->gram_bytes; i++) {
		char byte = needle->literal->bytes[i];
		bool is_common = (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == ' ';
		cost *= is_common ? 3 : 2;
	}
	for (const struct entry *entry = table->buckets[hash(gram, BUCKET_BITS)]; entry != NULL; entry = entry->next)
		cost += entry->gram == gram ? 100 : 0;
	return cost;
}

/* As many grams, each a byte behind the other, as the stride is long: one of them is met. */
static void add_needle(struct table *table, struct needle *needle)
{
	size_t last = needle->literal->length - (table->gram_bytes + table->stride - 1);
	size_t best = 0, best_cost = SIZE_MAX;

	for (size_t begin = 0; begin <= last; begin++) {
		size_t cost = 0;
		for (size_t i = 0; i < table->stride; i++)
			cost += cost_of(table, needle, begin + i);
		if (cost < best_cost) {
			best = begin;
			best_cost = cost;
		}
	}
	for (size_t i = 0; i < table->stride; i++)
		add_gram(table, needle, best + i);
}

static void measure(struct table *table)
{
	char bytes[GRAM_BYTES_MAX] = {0};
	size_t shortest = LITERAL_BYTES_MAX;

	for (size_t i = 0; i < table->count; i++) {
		size_t length = table->needles[i].literal->length;
		shortest = length < shortest ? length : shortest;
		table->longest = length > table->longest ? length : table->longest;
		if (table->needles[i].is_caseless)
			table->case_bits = CASE_BITS;
	}
	table->gram_bytes = shortest < GRAM_BYTES_MAX ? shortest : GRAM_BYTES_MAX;
	table->stride = shortest - table->gram_bytes + 1;
	if (table->stride > STRIDE_MAX)
		table->stride = STRIDE_MAX;
	memset(bytes, 0xff, table->gram_bytes);
	memcpy(&table->gram_bits, bytes, sizeof(bytes));
}

static void make_table(struct prefilter *prefilter)
{
	struct table *table = memory_alloc(sizeof(*table));

	table->needles = memory_array(prefilter->left, LITERAL_SET_MAX * sizeof(*table->needles));
	for (size_t i = 0; i < prefilter->count; i++) {
		struct watch *watch = &prefilter->watches[i];
		watch->needles = table->needles + table->count;
		for (size_t j = 0; watch->set != NULL && j < watch->set->count; j++)
			table->needles[table->count++] =
				(struct needle){&watch->set->items[j], watch->set->is_caseless, NOWHERE};
	}
	table->set_count = prefilter->left;
	measure(table);
	table->entries = memory_array(table->count, table->stride * sizeof(*table->entries));
	for (size_t i = 0; i < table->count; i++)
		add_needle(table, &table->needles[i]);
	prefilter->table = table;
}

static void free_table(struct prefilter *prefilter)
{
	if (prefilter->table == NULL)
		return;
	free(prefilter->table->needles);
	free(prefilter->table->entries);
	free(prefilter->table);
	prefilter->table = NULL;
}

static size_t worth_of(const struct literal_set *set)
{
	bool is_exact = !set->is_caseless && set->count == 1 && set->items[0].before_bytes_max == 0;

	return is_exact ? WORTH_EXACT : WORTH_OTHER;
}

struct prefilter *prefilter_new(const struct literal_set *const *sets, size_t count, size_t worth_min)
{
	struct prefilter *prefilter = memory_alloc(sizeof(*prefilter));

	prefilter->watches = memory_array(count, sizeof(*prefilter->watches));
	prefilter->count = count;
	prefilter->worth_min = worth_min;
	for (size_t i = 0; i < count; i++) {
		if (sets[i] == NULL || sets[i]->count == 0)
			continue;
		prefilter->watches[i].set = sets[i];
		prefilter->watches[i].clear_until = NEVER;
		prefilter->left++;
		prefilter->worth += worth_of(sets[i]);
	}
	return prefilter;
}

void prefilter_free(struct prefilter *prefilter)
{
	if (prefilter == NULL)
		return;
	free_table(prefilter);
	free(prefilter->watches);
	free(prefilter);
}

void prefilter_drop(struct prefilter *prefilter, size_t index)
{
	if (prefilter->watches[index].set == NULL)
		return;
	prefilter->worth -= worth_of(prefilter->watches[index].set);
	prefilter->watches[index].set = NULL;
	prefilter->left--;
}

static bool is_equal(const struct needle *needle, const char *text)
{
	const struct literal *literal = needle->literal;

	if (!needle->is_caseless)
		return memcmp(text, literal->bytes, literal->length) == 0;
	for (size_t i = 0; i < literal->length; i++) {
		char byte = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] | 0x20) : text[i];
		if (byte != literal->bytes[i])
			return false;
	}
	return true;
}

/* Returns how many entries it had to look at. */
static size_t compare(const struct table *table, uint32_t gram, const char *text, size_t length, size_t offset)
{
	size_t effort = 1;

	for (struct entry *entry = table->buckets[hash(gram, BUCKET_BITS)]; entry != NULL; entry = entry->next) {
		struct needle *needle = entry->needle;
		effort++;
		if (entry->gram != gram || entry->offset > offset || offset - entry->offset >= needle->first ||
		    needle->literal->length > length - (offset - entry->offset))
			continue;
		if (is_equal(needle, text + (offset - entry->offset)))
			needle->first = offset - entry->offset;
	}
	return effort;
}

static inline unsigned is_known(const struct table *table, const char *bytes)
{
	return table->known[hash(gram_at(table, bytes), KNOWN_BITS)];
}

/* What is known is rare: several at once, with one branch for them all. */
static size_t skip_unknown(const struct table *table, const char *text, size_t length, size_t offset)
{
	const size_t stride = table->stride, reach = (UNROLLED - 1) * stride + GRAM_BYTES_MAX;

	for (; offset + reach <= length; offset += UNROLLED * stride) {
		const char *bytes = text + offset;
		if (is_known(table, bytes) | is_known(table, bytes + stride) | is_known(table, bytes + 2 * stride) |
		    is_known(table, bytes + 3 * stride))
			break;
	}
	return offset;
}

/* False where the text is so full of what looks like the literals that it is given up. */
static bool find_needles(struct table *table, const char *text, size_t length)
{
	const size_t effort_max = length / EFFORT_PART * table->set_count + EFFORT_PART;
	size_t effort = 0, offset = 0;

	for (size_t i = 0; i < table->count; i++)
		table->needles[i].first = NOWHERE;
	while ((offset = skip_unknown(table, text, length, offset)) + GRAM_BYTES_MAX <= length) {
		for (int i = 0; i < UNROLLED && offset + GRAM_BYTES_MAX <= length; i++, offset += table->stride)
			if (is_known(table, text + offset))
				effort += compare(table, gram_at(table, text + offset), text, length, offset);
		if (effort > effort_max)
			return false;
	}
	for (; offset + table->gram_bytes <= length; offset += table->stride)
		compare(table, gram_near_end(table, text + offset, length - offset), text, length, offset);
	return true;
}

void prefilter_examine(struct prefilter *prefilter, const char *window, size_t length, uint64_t offset)
{
	uint64_t begin = offset, end = offset + length;

	prefilter->has_examined = false;
	if (prefilter->left == 0 || prefilter->worth < prefilter->worth_min)
		return;
	if (prefilter->table != NULL && prefilter->table->set_count > prefilter->left)
		free_table(prefilter);
	if (prefilter->table == NULL)
		make_table(prefilter);
	/* What was not whole before is now. */
	size_t overlap = prefilter->table->longest - 1;
	if (prefilter->end > begin + overlap)
		begin = prefilter->end - overlap;
	if (begin >= end)
		return;
	prefilter->end_before = prefilter->end;
	prefilter->begin = begin;
	prefilter->end = end;
	prefilter->window = window;
	prefilter->window_begin = offset;
	prefilter->has_examined = find_needles(prefilter->table, window + (begin - offset), (size_t)(end - begin));
}

/* Behind the last line's end before the place, or the window's begin where none is near. */
static uint64_t line_begin(const struct prefilter *prefilter, uint64_t offset)
{
	const char *text = prefilter->window, *line_end;
	size_t length = offset > prefilter->window_begin ? (size_t)(offset - prefilter->window_begin) : 0;
	size_t begin = length > PREFILTER_HELD_MAX ? length - PREFILTER_HELD_MAX : 0;
	bool is_known = begin == 0;

	for (const char *ends = "\n\r"; *ends != '\0'; ends++)
		if ((line_end = memrchr(text + begin, *ends, length - begin)) != NULL) {
			begin = (size_t)(line_end - text) + 1;
			is_known = true;
		}
	return prefilter->window_begin + (is_known ? begin : 0);
}

/* The first place at which a match may begin that contains the needle, where it stands or later than the stretch. */
static uint64_t first_offset(const struct prefilter *prefilter, const struct needle *needle)
{
	size_t length = needle->literal->length, before = needle->literal->before_bytes_max;
	uint64_t offset;

	if (needle->first != NOWHERE)
		offset = prefilter->begin + needle->first;
	else
		offset = prefilter->end >= length ? prefilter->end + 1 - length : 0;
	if (before > LITERAL_BEFORE_MAX)
		return line_begin(prefilter, offset);
	return offset > before ? offset - before : 0;
}

bool prefilter_skip(struct prefilter *prefilter, size_t index, uint64_t *offset)
{
	struct watch *watch = &prefilter->watches[index];
	bool is_there = false;

	if (!prefilter->has_examined || watch->set == NULL)
		return true;
	/* Nobody knows what stands between that place and the stretch. */
	if (*offset < prefilter->begin && watch->clear_until != prefilter->end_before)
		return true;
	uint64_t first = prefilter->end;
	for (size_t i = 0; i < watch->set->count; i++) {
		uint64_t one = first_offset(prefilter, &watch->needles[i]);
		first = one < first ? one : first;
		is_there = is_there || watch->needles[i].first != NOWHERE;
	}
	if (!is_there) {
		watch->clear_until = prefilter->end;
		watch->useless -= watch->useless > 0;
	} else if (++watch->useless == USELESS_MAX) {
		prefilter_drop(prefilter, index);
	}
	if (first > *offset)
		*offset = first;
	/* A line so long is not held back in the hope of its end. */
	return is_there || prefilter->end > *offset + PREFILTER_HELD_MAX;
}

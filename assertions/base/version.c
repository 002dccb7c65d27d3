#include "assertions/base/version.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/memory.h"

#define CONDITIONS_MAX 16
#define QUOTED_MAX 64

enum relation { RELATION_EQUAL, RELATION_LESS, RELATION_LESS_OR_EQUAL, RELATION_GREATER, RELATION_GREATER_OR_EQUAL };

struct condition {
	enum relation relation;
	char *version;
};

struct version_range {
	struct condition conditions[CONDITIONS_MAX];
	size_t count;
	char *written;
};

/* Length of the digits, and single dots between digits, that the text begins with. */
static size_t number_length(const char *text)
{
	size_t length = 0;

	while (isdigit((unsigned char)text[length]) ||
	       (length > 0 && text[length] == '.' && isdigit((unsigned char)text[length + 1])))
		length++;
	return length;
}

static const char *skip_v(const char *text)
{
	return (text[0] == 'v' || text[0] == 'V') && isdigit((unsigned char)text[1]) ? text + 1 : text;
}

struct digits {
	const char *first;
	size_t count;
};

/* The next part without its leading zeros, none (which counts as 0) where the number has ended. */
static struct digits take_part(const char **cursor, const char *end)
{
	while (*cursor < end && **cursor == '0')
		(*cursor)++;
	struct digits part = {*cursor, 0};
	for (; *cursor < end && **cursor != '.'; (*cursor)++)
		part.count++;
	if (*cursor < end)
		(*cursor)++;
	return part;
}

static int compare_part(struct digits a, struct digits b)
{
	if (a.count != b.count)
		return a.count < b.count ? -1 : 1;
	return memcmp(a.first, b.first, a.count);
}

/* `only_as_long`: parts of a beyond those of b are not looked at. */
static int compare(const char *a, const char *b, bool only_as_long)
{
	const char *a_end = a + number_length(a), *b_end = b + number_length(b);

	while (b < b_end || (a < a_end && !only_as_long)) {
		struct digits a_part = take_part(&a, a_end), b_part = take_part(&b, b_end);
		int order = compare_part(a_part, b_part);
		if (order != 0)
			return order;
	}
	return 0;
}

static enum relation take_relation(const char **cursor)
{
	static const struct {
		const char *sign;
		enum relation relation;
	} signs[] = {
		{">=", RELATION_GREATER_OR_EQUAL},
		{"<=", RELATION_LESS_OR_EQUAL},
		{">", RELATION_GREATER},
		{"<", RELATION_LESS},
		{"=", RELATION_EQUAL},
	};

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		size_t length = strlen(signs[i].sign);
		if (strncmp(*cursor, signs[i].sign, length) == 0) {
			*cursor += length;
			*cursor += strspn(*cursor, " ");
			return signs[i].relation;
		}
	}
	return RELATION_EQUAL;
}

static int take_condition(const char **cursor, struct version_range *range, const char *text, struct error *err)
{
	enum relation relation = take_relation(cursor);

	*cursor = skip_v(*cursor);
	size_t length = number_length(*cursor);
	if (length == 0 || strchr(" ,", (*cursor)[length]) == NULL)
		return error_set(err, "not a range of versions such as '>=2.3, <3': '%.*s'", QUOTED_MAX, text);
	if (range->count == CONDITIONS_MAX)
		return error_set(err, "more than %d conditions on a version: '%.*s'", CONDITIONS_MAX, QUOTED_MAX, text);
	range->conditions[range->count++] = (struct condition){relation, memory_substring(*cursor, length)};
	*cursor += length;
	return 0;
}

int version_range_parse(const char *text, struct version_range **ret_range, struct error *err)
{
	struct version_range *range = memory_alloc(sizeof(*range));
	const char *cursor = text + strspn(text, " ");

	do {
		if (take_condition(&cursor, range, text, err) < 0) {
			version_range_free(range);
			return -1;
		}
		cursor += strspn(cursor, " ");
		if (*cursor == ',') {
			cursor++;
			cursor += strspn(cursor, " ");
			if (*cursor == '\0')
				cursor--; /* a comma with nothing after it */
		}
	} while (*cursor != '\0');
	range->written = memory_string(text);
	*ret_range = range;
	return 0;
}

void version_range_free(struct version_range *range)
{
	if (range == NULL)
		return;
	for (size_t i = 0; i < range->count; i++)
		free(range->conditions[i].version);
	free(range->written);
	free(range);
}

const char *version_range_text(const struct version_range *range)
{
	return range->written;
}

bool version_in_range(const struct version_range *range, const char *version)
{
	version = skip_v(version);
	if (number_length(version) == 0)
		return false;
	for (size_t i = 0; i < range->count; i++) {
		enum relation relation = range->conditions[i].relation;
		int order = compare(version, range->conditions[i].version, relation == RELATION_EQUAL);
		if ((relation == RELATION_EQUAL && order != 0) || (relation == RELATION_LESS && order >= 0) ||
		    (relation == RELATION_LESS_OR_EQUAL && order > 0) || (relation == RELATION_GREATER && order <= 0) ||
		    (relation == RELATION_GREATER_OR_EQUAL && order < 0))
			return false;
	}
	return true;
}

static size_t part_count(const char *version)
{
	size_t count = 1;

	for (; *version != '\0'; version++)
		count += *version == '.';
	return count;
}

/* Whether the one condition alone makes the other hold. "=2.3" stands for all of 2.3.x. */
static bool implies(const struct condition *condition, const struct condition *other)
{
	bool is_equal = condition->relation == RELATION_EQUAL;
	bool is_lower = condition->relation == RELATION_GREATER || condition->relation == RELATION_GREATER_OR_EQUAL;
	int order = compare(condition->version, other->version, false);

	switch (other->relation) {
	case RELATION_GREATER_OR_EQUAL:
		return (is_equal || is_lower) && order >= 0;
	case RELATION_GREATER:
		return (is_equal || is_lower) && (order > 0 || (order == 0 && condition->relation == RELATION_GREATER));
	case RELATION_LESS_OR_EQUAL:
	case RELATION_LESS:
		if (is_equal)
			return compare(other->version, condition->version, true) > 0;
		return !is_lower && (order < 0 || (order == 0 && (other->relation == RELATION_LESS_OR_EQUAL ||
								  condition->relation == RELATION_LESS)));
	case RELATION_EQUAL:
		break;
	}
	return is_equal && part_count(condition->version) >= part_count(other->version) &&
	       compare(condition->version, other->version, true) == 0;
}

bool version_range_is_within(const struct version_range *range, const struct version_range *other)
{
	for (size_t i = 0; i < other->count; i++) {
		bool holds = false;
		for (size_t k = 0; k < range->count && !holds; k++)
			holds = implies(&range->conditions[k], &other->conditions[i]);
		if (!holds)
			return false;
	}
	return true;
}

/* How much a number at this place looks like a version: "2.3.0" more than "go1.21.4", that more than "590". */
static int likeness(const char *text, const char *number, size_t length)
{
	const char *before = number;

	if (before > text && (before[-1] == 'v' || before[-1] == 'V'))
		before--;
	bool own_word = before == text || !(isalnum((unsigned char)before[-1]) || before[-1] == '_');
	if (memchr(number, '.', length) != NULL)
		return own_word ? 3 : 2;
	return own_word ? 1 : 0;
}

int version_find(const char *text, char *ret_version, unsigned ret_size)
{
	const char *best = NULL;
	size_t best_length = 0;
	int best_likeness = 0;

	for (const char *cursor = text; *cursor != '\0';) {
		size_t length = number_length(cursor);
		if (length > 0 && likeness(text, cursor, length) > best_likeness) {
			best = cursor;
			best_length = length;
			best_likeness = likeness(text, cursor, length);
		}
		cursor += length > 0 ? length : 1;
	}
	/* A version that is cut would be another version. */
	if (best == NULL || best_length >= ret_size)
		return -1;
	memcpy(ret_version, best, best_length);
	ret_version[best_length] = '\0';
	return 0;
}

#include "wrapper/verbs/plan/plan_private.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/memory.h"

static bool is_of_surroundings(const struct roll_row *row)
{
	return row->check != NULL && row->check->kind->subject == SUBJECT_SURROUNDINGS;
}

static bool is_paired(const struct plan_rolls *rolls, const struct check *check, const struct check *with)
{
	for (size_t i = 0; i < rolls->pair_count; i++)
		if ((check == rolls->pairs[i].before && (with == NULL || with == rolls->pairs[i].after)) ||
		    (check == rolls->pairs[i].after && (with == NULL || with == rolls->pairs[i].before)))
			return true;
	return false;
}

static bool is_free(const struct plan_rolls *rolls, const struct roll_row *row)
{
	return is_of_surroundings(row) && row->check_row == 0 && !is_paired(rolls, row->check, NULL);
}

/* The first that is free of the same kind; with the same words, or the same number, where that is asked for. */
static void pair_with_first(struct plan_rolls *rolls, const struct roll_row *row, bool by_words, bool by_number)
{
	for (size_t i = 0; i < rolls->after->count; i++) {
		const struct roll_row *other = &rolls->after->rows[i];
		if (!is_free(rolls, other) || other->check->kind != row->check->kind ||
		    (by_words && strcmp(other->expected, row->expected) != 0) ||
		    (by_number && strcmp(other->id, row->id) != 0))
			continue;
		rolls->pairs = memory_grow(rolls->pairs, rolls->pair_count + 1, sizeof(*rolls->pairs));
		rolls->pairs[rolls->pair_count++] = (struct plan_pair){row->check, other->check};
		return;
	}
}

void plan_rolls_init(struct plan_rolls *rolls, const struct roll *before, const struct roll *after)
{
	*rolls = (struct plan_rolls){.before = before, .after = after};
	for (int pass = 0; pass < 3; pass++)
		for (size_t i = 0; i < before->count; i++)
			if (is_free(rolls, &before->rows[i]))
				pair_with_first(rolls, &before->rows[i], pass == 0, pass == 1);
}

void plan_rolls_release(struct plan_rolls *rolls)
{
	free(rolls->pairs);
}

static const char *behind_number(const char *id)
{
	const char *slash = strchr(id, '/');

	return slash != NULL ? slash : id;
}

static bool has_same_name(const struct plan_rolls *rolls, const struct roll_row *left, const struct roll_row *right)
{
	if (is_of_surroundings(left) && is_of_surroundings(right))
		return is_paired(rolls, left->check, right->check) &&
		       strcmp(behind_number(left->id), behind_number(right->id)) == 0;
	return strcmp(left->id, right->id) == 0;
}

/* Where the checks of a row's list stand: "step:dump/", whatever the row is called. */
static size_t base_length(const struct roll_row *row)
{
	struct buffer name;
	size_t length;

	if (row->check == NULL)
		return strlen(row->id);
	buffer_init(&name, 8192);
	check_row_name(row->check, row->check_row, &name);
	length = strlen(row->id) - name.length;
	buffer_release(&name);
	return length;
}

static bool has_several_rows(const struct roll_row *row)
{
	return row->check != NULL && row->check->kind->rows != NULL;
}

/* The rows of lists are numbered: "never:0" is the same check as "never:3" of yesterday where it expects the same. */
static bool is_of_same_check(const struct roll_row *left, const struct roll_row *right)
{
	size_t length = base_length(left);

	return strcmp(left->kind, right->kind) == 0 && base_length(right) == length &&
	       strncmp(left->id, right->id, length) == 0;
}

/* A numbered row that expects something else is another one. */
static bool is_numbered(const struct roll_row *row)
{
	const char *colon = strrchr(row->id, ':');

	return has_several_rows(row) && colon != NULL && colon[1] != '\0' &&
	       strspn(colon + 1, "0123456789") == strlen(colon + 1);
}

const struct roll_row *plan_find_same(const struct plan_rolls *rolls, const struct roll *in,
				      const struct roll_row *wanted)
{
	for (size_t i = 0; i < in->count; i++) {
		const struct roll_row *row = &in->rows[i];
		bool same_name = has_same_name(rolls, row, wanted);
		if (strcmp(row->expected, wanted->expected) == 0 &&
		    (same_name || (is_numbered(wanted) && is_numbered(row) && is_of_same_check(row, wanted))))
			return row;
	}
	return NULL;
}

/* What is numbered stands in the place of another only where both are new to each other. */
const struct roll_row *plan_find_named(const struct plan_rolls *rolls, const struct roll *in,
				       const struct roll_row *wanted)
{
	const struct roll *other = in == rolls->after ? rolls->before : rolls->after;

	for (size_t i = 0; i < in->count; i++)
		if (has_same_name(rolls, &in->rows[i], wanted) &&
		    (!is_numbered(wanted) || plan_find_same(rolls, other, &in->rows[i]) == NULL))
			return &in->rows[i];
	return NULL;
}

#include "assertions/base/suggest.h"

#include <ctype.h>
#include <stdint.h>
#include <stdbool.h>
#include <string.h>

/* Longer words are not misspelt keys. */
#define WORD_MAX 64

static bool same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Edits from one to the other, optimal string alignment: three rows, since a swap looks two back. */
static size_t distance(const char *from, size_t from_length, const char *to, size_t to_length)
{
	size_t rows[3][WORD_MAX + 1];
	size_t *older = rows[0], *old = rows[1], *row = rows[2];

	for (size_t j = 0; j <= to_length; j++)
		old[j] = j;
	for (size_t i = 1; i <= from_length; i++) {
		row[0] = i;
		for (size_t j = 1; j <= to_length; j++) {
			bool equal = same(from[i - 1], to[j - 1]);
			row[j] = smaller(smaller(old[j], row[j - 1]) + 1, old[j - 1] + !equal);
			if (i > 1 && j > 1 && same(from[i - 1], to[j - 2]) && same(from[i - 2], to[j - 1]))
				row[j] = smaller(row[j], older[j - 2] + 1);
		}
		size_t *spare = older;
		older = old;
		old = row;
		row = spare;
	}
	return old[to_length];
}

const char *suggest_nearest(const char *word, const char *const *candidates, size_t count)
{
	size_t length = strlen(word);
	size_t allowed = length / 3 > 1 ? length / 3 : 1;
	const char *nearest = NULL;
	size_t nearest_distance = SIZE_MAX;

	if (length > WORD_MAX)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		size_t candidate_length = strlen(candidates[i]);
		if (candidate_length > WORD_MAX)
			continue;
		size_t edits = distance(word, length, candidates[i], candidate_length);
		/* Where every letter changed nothing of the word is left. */
		if (edits <= allowed && edits < length && edits < nearest_distance) {
			nearest = candidates[i];
			nearest_distance = edits;
		}
	}
	return nearest;
}

#include "wrapper/manifest/position.h"

#include <stdbool.h>
#include <stdint.h>

static const struct position first = {.place = {1, 1}};

void position_init(struct position_finder *finder, const char *text, size_t length)
{
	*finder = (struct position_finder){.text = text, .length = length, .last = first, .before = first};
}

static bool is_continuation(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

static void step(const struct position_finder *finder, struct position *position)
{
	char byte = finder->text[position->byte++];
	bool more = position->byte < finder->length;

	while (more && is_continuation(finder->text[position->byte]))
		more = ++position->byte < finder->length;
	position->character++;
	if (byte == '\n' || (byte == '\r' && !(more && finder->text[position->byte] == '\n'))) {
		position->place.line++;
		position->place.column = 1;
	} else {
		position->place.column++;
	}
}

static const struct position *nearest(const struct position_finder *finder, size_t character, size_t byte)
{
	if (finder->last.character <= character && finder->last.byte <= byte)
		return &finder->last;
	if (finder->before.character <= character && finder->before.byte <= byte)
		return &finder->before;
	return &first;
}

static struct position find(struct position_finder *finder, size_t character, size_t byte)
{
	struct position position = *nearest(finder, character, byte);

	while (position.character < character && position.byte < byte && position.byte < finder->length)
		step(finder, &position);
	finder->before = finder->last;
	finder->last = position;
	return position;
}

struct position position_of_character(struct position_finder *finder, size_t character)
{
	return find(finder, character, SIZE_MAX);
}

struct position position_of_byte(struct position_finder *finder, size_t byte)
{
	return find(finder, SIZE_MAX, byte);
}

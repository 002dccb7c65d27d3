#include "assertions/base/utf8.h"

#include <stdbool.h>

#define CHARACTER_MAX 4

static bool is_continuation(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

/* By the first byte alone; 0 where no character begins with it. */
static size_t announced(char first)
{
	unsigned char byte = (unsigned char)first;

	if (byte < 0x80)
		return 1;
	if (byte >= 0xc2 && byte <= 0xdf)
		return 2;
	if (byte >= 0xe0 && byte <= 0xef)
		return 3;
	return byte >= 0xf0 && byte <= 0xf4 ? 4 : 0;
}

size_t utf8_character(const char *text, size_t length, uint32_t *ret_code_point)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t bytes = length > 0 ? announced(text[0]) : 0;

	if (bytes == 0 || bytes > length)
		return 0;
	uint32_t code_point = (unsigned char)text[0] & (bytes == 1 ? 0x7fu : 0xffu >> (bytes + 1));
	for (size_t i = 1; i < bytes; i++) {
		if (!is_continuation(text[i]))
			return 0;
		code_point = code_point << 6 | ((unsigned char)text[i] & 0x3f);
	}
	if (code_point < smallest[bytes] || code_point > 0x10ffff || (code_point >= 0xd800 && code_point <= 0xdfff))
		return 0;
	if (ret_code_point != NULL)
		*ret_code_point = code_point;
	return bytes;
}

size_t utf8_unfinished(const char *text, size_t length)
{
	for (size_t back = 1; back < CHARACTER_MAX && back <= length; back++) {
		if (!is_continuation(text[length - back]))
			return announced(text[length - back]) > back ? back : 0;
	}
	return 0;
}

size_t utf8_boundary(const char *text, size_t offset)
{
	for (size_t back = 0; back < CHARACTER_MAX && back <= offset; back++)
		if (!is_continuation(text[offset - back]))
			return offset - back;
	return offset;
}

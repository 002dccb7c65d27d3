#include "assertions/stores/http/printable.h"

#include <stdbool.h>
#include <string.h>

#include "assertions/base/buffer.h"
#include "assertions/base/secrets.h"

#define WORDS_MAX ((size_t)1 << 20)

static bool is_c1(unsigned char first, unsigned char second)
{
	return first == 0xc2 && second >= 0x80 && second <= 0x9f;
}

static bool is_control(const unsigned char *text, size_t at)
{
	if (text[at] < 0x20 || text[at] == 0x7f || is_c1(text[at], text[at + 1]))
		return true;
	return at > 0 && is_c1(text[at - 1], text[at]);
}

static bool continues_character(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

void printable_copy(char *ret_text, size_t size, const char *text)
{
	size_t length = 0;

	for (; text[length] != '\0' && length + 1 < size; length++)
		ret_text[length] = is_control((const unsigned char *)text, length) ? '?' : text[length];
	while (length > 0 && continues_character(text[length]))
		length--;
	ret_text[length] = '\0';
}

void printable_words(char *ret_text, size_t size, const char *text)
{
	struct buffer masked;

	buffer_init(&masked, WORDS_MAX);
	secrets_mask(text, strlen(text), &masked);
	printable_copy(ret_text, size, masked.data);
	buffer_release(&masked);
}

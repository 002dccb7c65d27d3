/* UTF-16 on its way to the patterns: told by its mark or by its shape, and decoded to UTF-8. */
#include "assertions/scan/scan_private.h"

#include <string.h>

#define REPLACEMENT 0xfffd
#define UNITS_MIN 2

static unsigned unit_of(const unsigned char *data, enum utf16_kind kind)
{
	return kind == UTF16_LITTLE ? (unsigned)(data[0] | data[1] << 8) : (unsigned)(data[1] | data[0] << 8);
}

static bool is_high(unsigned unit)
{
	return unit >= 0xd800 && unit < 0xdc00;
}

static bool is_low(unsigned unit)
{
	return unit >= 0xdc00 && unit < 0xe000;
}

/* No half of a pair alone, and none of the codes that no text has. */
static bool is_clean(const unsigned char *data, size_t length, enum utf16_kind kind)
{
	unsigned high = 0;

	for (size_t i = 0; i + 1 < length; i += 2) {
		unsigned unit = unit_of(data + i, kind);
		if ((high != 0) != is_low(unit) || unit == 0 || unit >= 0xfffe)
			return false;
		high = is_high(unit) ? unit : 0;
	}
	return true;
}

/* Of half of the characters at least the upper byte is NUL. Of UTF-32, and of bytes the other way round, that is not so. */
static bool has_shape(const unsigned char *data, size_t length, enum utf16_kind kind)
{
	size_t upper = kind == UTF16_LITTLE ? 1 : 0, units = length / 2, zeros = 0;

	for (size_t i = 0; i < units; i++)
		zeros += data[2 * i + upper] == 0;
	return units >= UNITS_MIN && 2 * zeros >= units && is_clean(data, length, kind);
}

void utf16_decide(struct utf16 *utf16)
{
	const unsigned char *head = (const unsigned char *)utf16->head;
	size_t length = utf16->head_length;
	unsigned mark = length >= 2 ? unit_of(head, UTF16_LITTLE) : 0;

	utf16->kind = UTF16_NONE;
	if (mark == 0xfeff || mark == 0xfffe) {
		enum utf16_kind kind = mark == 0xfeff ? UTF16_LITTLE : UTF16_BIG;
		utf16->is_certain = is_clean(head + 2, length - 2, kind);
		if (utf16->is_certain)
			utf16->kind = kind;
	} else if (has_shape(head, length, UTF16_LITTLE)) {
		utf16->kind = UTF16_LITTLE;
	} else if (has_shape(head, length, UTF16_BIG)) {
		utf16->kind = UTF16_BIG;
	}
	utf16->at_begin = true;
}

static size_t put(uint32_t code, char *out)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3f));
		out[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 0x3f));
	out[2] = (char)(0x80 | (code >> 6 & 0x3f));
	out[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

/* At most two characters: one that was left alone, and the one at hand. */
static size_t take_unit(struct utf16 *utf16, unsigned unit, char *out)
{
	size_t length = 0;
	unsigned high = utf16->high;

	if (utf16->at_begin && unit == 0xfeff) {
		utf16->at_begin = false;
		return 0;
	}
	utf16->at_begin = false;
	utf16->high = 0;
	if (high != 0 && is_low(unit))
		return put(0x10000 + ((high - 0xd800) << 10 | (unit - 0xdc00)), out);
	if (high != 0)
		length = put(REPLACEMENT, out);
	if (is_high(unit))
		utf16->high = unit;
	else
		length += put(is_low(unit) ? REPLACEMENT : unit, out + length);
	return length;
}

size_t utf16_decode(struct utf16 *utf16, const char **data, size_t *length, char ret_text[UTF16_TEXT_MAX])
{
	size_t written = 0;

	while (*length > 0 && written + 8 <= UTF16_TEXT_MAX) {
		utf16->pair[utf16->pair_length++] = (unsigned char)**data;
		(*data)++;
		(*length)--;
		if (utf16->pair_length == 2) {
			written += take_unit(utf16, unit_of(utf16->pair, utf16->kind), ret_text + written);
			utf16->pair_length = 0;
		}
	}
	return written;
}

size_t utf16_finish(struct utf16 *utf16, char ret_text[UTF16_TEXT_MAX])
{
	bool is_cut = utf16->high != 0 || utf16->pair_length > 0;

	utf16->high = 0;
	utf16->pair_length = 0;
	return is_cut ? put(REPLACEMENT, ret_text) : 0;
}

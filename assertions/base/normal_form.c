#include "assertions/base/normal_form.h"

#include <stdint.h>
#include <string.h>

#include "assertions/base/utf8.h"

#define LATIN_BEGIN 0xC0
#define SYLLABLE_BEGIN 0xAC00 /* unicode.org/versions/latest/core-spec/chapter-3, section 3.12 */
#define SYLLABLES 11172
#define LEADS 0x1100
#define VOWELS 0x1161
#define TRAILS 0x11A7
#define VOWEL_COUNT 21
#define TRAIL_COUNT 28

/* From U+00C0 on: the letter, and which of `accents` is on it; a blank where it is none with one accent. */
static const char letters[] = "AAAAAA CEEEEIIII NOOOOO  UUUUY  aaaaaa ceeeeiiii nooooo  uuuuy y"
			      "AaAaAaCcCcCcCcDd  EeEeEeEeEeGgGgGgGgHh  IiIiIiIiI   JjKk LlLlLl "
			      "   NnNnNn   OoOoOo  RrRrRrSsSsSsSsTtTt  UuUuUuUuUuUuWwYyYZzZzZz ";
static const char accents_on[] = "abcdef gabceabce dabcde  abceb  abcdef gabceabce dabcde  abceb e"
				 "hhiijjbbcckkllll  hhiikkjjllcciikkggcc  ddhhiijjk   ccgg bbggll "
				 "   bbggll   hhiimm  bbggllbbccggllggll  ddhhiiffmmjjccccebbkkll ";
static const uint16_t accents[] = {0x300, 0x301, 0x302, 0x303, 0x308, 0x30A, 0x327,
				   0x304, 0x306, 0x328, 0x307, 0x30C, 0x30B};

#define DECOMPOSED_MAX 3

struct reading {
	const char *at;
	uint32_t pending[DECOMPOSED_MAX]; /* of the character before, the first to come last */
	unsigned pending_count;
};

static void take_syllable(struct reading *reading, uint32_t index)
{
	if (index % TRAIL_COUNT != 0)
		reading->pending[reading->pending_count++] = TRAILS + index % TRAIL_COUNT;
	reading->pending[reading->pending_count++] = VOWELS + index / TRAIL_COUNT % VOWEL_COUNT;
	reading->pending[reading->pending_count++] = LEADS + index / TRAIL_COUNT / VOWEL_COUNT;
}

/* 0 at the end. A byte that is no UTF-8 stands for itself, above all characters. */
static uint32_t next(struct reading *reading)
{
	uint32_t character = 0;
	size_t length;

	if (reading->pending_count > 0)
		return reading->pending[--reading->pending_count];
	if (*reading->at == '\0')
		return 0;
	length = utf8_character(reading->at, strlen(reading->at), &character);
	if (length == 0)
		return 0x110000u + (unsigned char)*reading->at++;
	reading->at += length;
	if (character >= SYLLABLE_BEGIN && character < SYLLABLE_BEGIN + SYLLABLES) {
		take_syllable(reading, character - SYLLABLE_BEGIN);
		return reading->pending[--reading->pending_count];
	}
	if (character < LATIN_BEGIN || character >= LATIN_BEGIN + sizeof(letters) - 1 ||
	    letters[character - LATIN_BEGIN] == ' ')
		return character;
	reading->pending[reading->pending_count++] = accents[accents_on[character - LATIN_BEGIN] - 'a'];
	return (unsigned char)letters[character - LATIN_BEGIN];
}

bool normal_form_is_equal(const char *one, const char *other)
{
	struct reading left = {.at = one}, right = {.at = other};

	for (;;) {
		uint32_t character = next(&left);
		if (character != next(&right))
			return false;
		if (character == 0)
			return true;
	}
}

/* The letter in front of an accent belongs to it. */
size_t normal_form_plain_length(const char *text)
{
	size_t length = 0;

	while (text[length] != '\0' && (unsigned char)text[length] < 0x80)
		length++;
	return text[length] != '\0' && length > 0 ? length - 1 : length;
}

#include "assertions/scan/colours.h"

#include <string.h>

#define ESC 0x1b
#define BEL 0x07
#define CONTROL_MAX 64 /* of a sequence other than an OSC */

enum step { STEP_MORE, STEP_END, STEP_NONE };

static bool between(unsigned char byte, unsigned char first, unsigned char last)
{
	return byte >= first && byte <= last;
}

static enum step move(struct colours *colours, enum colours_state state)
{
	colours->state = state;
	return STEP_MORE;
}

static enum step step_escape(struct colours *colours, unsigned char byte)
{
	if (byte == '[')
		return move(colours, COLOURS_CSI);
	if (byte == ']')
		return move(colours, COLOURS_OSC);
	if (between(byte, 0x20, 0x2f))
		return move(colours, COLOURS_INTERMEDIATE);
	return between(byte, 0x30, 0x7e) ? STEP_END : STEP_NONE;
}

static enum step step_csi(struct colours *colours, unsigned char byte)
{
	if (between(byte, 0x40, 0x7e))
		return STEP_END;
	if (between(byte, 0x20, 0x2f))
		return move(colours, COLOURS_CSI_INTERMEDIATE);
	return colours->state == COLOURS_CSI && between(byte, 0x30, 0x3f) ? STEP_MORE : STEP_NONE;
}

static enum step step(struct colours *colours, unsigned char byte)
{
	size_t maximum =
		colours->state == COLOURS_OSC || colours->state == COLOURS_OSC_ESCAPE ? COLOURS_HELD_MAX : CONTROL_MAX;

	if (colours->held_length >= maximum)
		return STEP_NONE;
	switch (colours->state) {
	case COLOURS_ESCAPE:
		return step_escape(colours, byte);
	case COLOURS_INTERMEDIATE:
		if (between(byte, 0x20, 0x2f))
			return STEP_MORE;
		return between(byte, 0x30, 0x7e) ? STEP_END : STEP_NONE;
	case COLOURS_CSI:
	case COLOURS_CSI_INTERMEDIATE:
		return step_csi(colours, byte);
	case COLOURS_OSC:
		if (byte == ESC)
			return move(colours, COLOURS_OSC_ESCAPE);
		if (byte == BEL)
			return STEP_END;
		return byte == '\n' || byte == '\r' ? STEP_NONE : STEP_MORE;
	case COLOURS_OSC_ESCAPE:
		return byte == '\\' ? STEP_END : STEP_NONE;
	case COLOURS_TEXT:
		break;
	}
	return STEP_NONE;
}

/* Without its ESCs, of which the last may be the first of another sequence. */
static bool give_back(struct colours *colours, const char **ret_text, size_t *ret_length)
{
	bool begins_another = colours->state == COLOURS_OSC_ESCAPE;
	size_t length = colours->held_length - 1 - begins_another;

	*ret_text = colours->held + 1;
	*ret_length = length;
	colours->state = begins_another ? COLOURS_ESCAPE : COLOURS_TEXT;
	/* held[0] is the ESC of either. */
	colours->held_length = begins_another;
	return length > 0;
}

bool colours_next(struct colours *colours, const char **data, size_t *length, const char **ret_text, size_t *ret_length)
{
	while (*length > 0) {
		if (colours->state == COLOURS_TEXT) {
			const char *escape = memchr(*data, ESC, *length);
			size_t stretch = escape != NULL ? (size_t)(escape - *data) : *length;
			*ret_text = *data;
			*ret_length = stretch;
			if (escape != NULL) {
				colours->state = COLOURS_ESCAPE;
				colours->held[0] = ESC;
				colours->held_length = 1;
			}
			*data += stretch + (escape != NULL);
			*length -= stretch + (escape != NULL);
			if (stretch > 0)
				return true;
			continue;
		}
		enum step next = step(colours, (unsigned char)**data);
		if (next == STEP_NONE) {
			if (give_back(colours, ret_text, ret_length))
				return true;
			continue;
		}
		if (next == STEP_END)
			colours->state = COLOURS_TEXT;
		else
			colours->held[colours->held_length++] = **data;
		(*data)++;
		(*length)--;
	}
	return false;
}

bool colours_finish(struct colours *colours, const char **ret_text, size_t *ret_length)
{
	if (colours->state == COLOURS_TEXT)
		return false;
	bool any = give_back(colours, ret_text, ret_length);
	colours->state = COLOURS_TEXT;
	return any;
}

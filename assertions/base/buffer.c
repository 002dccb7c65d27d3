#include "assertions/base/buffer.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/memory.h"

#define FIRST_CAPACITY 64

/* Never written to: what has no memory of its own has capacity 0. */
static char nothing[1];

void buffer_init(struct buffer *buffer, size_t maximum)
{
	*buffer = (struct buffer){.data = nothing, .maximum = maximum < SIZE_MAX / 4 ? maximum : SIZE_MAX / 4};
}

void buffer_release(struct buffer *buffer)
{
	if (buffer->capacity > 0)
		free(buffer->data);
	buffer_init(buffer, buffer->maximum);
}

void buffer_clear(struct buffer *buffer)
{
	buffer->length = 0;
	buffer->truncated = false;
	if (buffer->capacity > 0)
		buffer->data[0] = '\0';
}

/* Room for `more` bytes and the NUL. Returns how many of them may be added. */
static size_t reserve(struct buffer *buffer, size_t more)
{
	size_t left = buffer->maximum - buffer->length;

	if (more > left) {
		more = left;
		buffer->truncated = true;
	}
	size_t needed = buffer->length + more + 1;
	if (needed > buffer->capacity) {
		size_t capacity = buffer->capacity * 2 > FIRST_CAPACITY ? buffer->capacity * 2 : FIRST_CAPACITY;
		if (capacity > buffer->maximum + 1)
			capacity = buffer->maximum + 1;
		if (capacity < needed)
			capacity = needed;
		buffer->data = memory_grow(buffer->capacity > 0 ? buffer->data : NULL, capacity, 1);
		buffer->capacity = capacity;
	}
	return more;
}

void buffer_append(struct buffer *buffer, const void *data, size_t length)
{
	if (length == 0)
		return;
	length = reserve(buffer, length);
	memcpy(buffer->data + buffer->length, data, length);
	buffer->length += length;
	buffer->data[buffer->length] = '\0';
}

void buffer_string(struct buffer *buffer, const char *text)
{
	buffer_append(buffer, text, strlen(text));
}

void buffer_print(struct buffer *buffer, const char *format, ...)
{
	va_list arguments, again;

	va_start(arguments, format);
	va_copy(again, arguments);
	int length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length > 0) {
		size_t added = reserve(buffer, (size_t)length);
		vsnprintf(buffer->data + buffer->length, added + 1, format, again);
		buffer->length += added;
	}
	va_end(again);
}

char *buffer_take(struct buffer *buffer)
{
	char *text = buffer->capacity > 0 ? buffer->data : memory_string("");

	buffer_init(buffer, buffer->maximum);
	return text;
}

/*
 * Bytes that grow up to a declared maximum, always followed by a NUL.
 *
 *     struct buffer text;
 *     buffer_init(&text, 4096);
 *     buffer_print(&text, "%d of %d", seen, expected);
 *     ... text.data, text.length ...
 *     buffer_release(&text);
 *
 * What does not fit is dropped and `truncated` is set: no outside input decides
 * how much memory is used. `data` is "" before anything is added.
 */
#ifndef MUSTER_BASE_BUFFER_H
#define MUSTER_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

struct buffer {
	char *data;
	size_t length;
	size_t capacity;
	size_t maximum; /* of length */
	bool truncated;
};

void buffer_init(struct buffer *buffer, size_t maximum);
void buffer_release(struct buffer *buffer);
void buffer_clear(struct buffer *buffer); /* empty again, memory kept */
void buffer_append(struct buffer *buffer, const void *data, size_t length);
void buffer_string(struct buffer *buffer, const char *text);
void buffer_print(struct buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The text, now the caller's; the buffer is empty afterwards. */
char *buffer_take(struct buffer *buffer);

#endif

/*
 * Memory that is there or ends the run: no caller checks for NULL.
 *
 * Out of memory calls the hooks (the wrapper kills its children and writes the reports
 * there) and ends the process with exit code 70, never with 0. Libraries get theirs here too, where
 * they let themselves be told: what they make of there being none is a crash, or an answer that lacks something.
 */
#ifndef MUSTER_BASE_MEMORY_H
#define MUSTER_BASE_MEMORY_H

#include <stddef.h>
#include <stdio.h>

#define MEMORY_EXHAUSTED_EXIT 70

void *memory_alloc(size_t size); /* zeroed; size 0 gives a pointer that free() takes */
void *memory_array(size_t count, size_t size); /* zeroed, overflow checked */
void *memory_grow(void *old, size_t count, size_t size); /* realloc of count * size; what is new is not zeroed */
/* Room for one more behind the `count` that all came by this: doubled as they grow. */
void *memory_room(void *items, size_t count, size_t size);
char *memory_string(const char *text); /* NULL stays NULL */
char *memory_substring(const char *text, size_t length);
char *memory_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * As open_memstream(), which forgets what it found no memory for without a sign. The text is there after the end, never NULL; the
 * caller frees it.
 */
FILE *memory_open_stream(char **ret_text, size_t *ret_length);
void memory_end_stream(FILE *file);

/* As malloc() and realloc() are called by libraries: not zeroed; size 0 gives NULL, and frees. */
void *memory_take(size_t size);
void *memory_retake(void *old, size_t size);

/* In the order in which they were set, each once. They can have no memory. */
void memory_on_exhaustion(void (*hook)(void));
/* For whoever is told by a library that there is none. */
_Noreturn void memory_exhausted(void);

#endif

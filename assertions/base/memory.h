/*
 * Memory that is there or ends the run: no caller checks for NULL.
 *
 * Out of memory calls the hook (the wrapper kills its children's group there)
 * and ends the process with exit code 70, never with 0.
 */
#ifndef MUSTER_BASE_MEMORY_H
#define MUSTER_BASE_MEMORY_H

#include <stddef.h>

#define MEMORY_EXHAUSTED_EXIT 70

void *memory_alloc(size_t size);                   /* zeroed; size 0 gives a pointer that free() takes */
void *memory_array(size_t count, size_t size);     /* zeroed, overflow checked */
void *memory_grow(void *old, size_t count, size_t size);   /* realloc of count * size; what is new is not zeroed */
char *memory_string(const char *text);             /* NULL stays NULL */
char *memory_substring(const char *text, size_t length);
char *memory_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

void memory_on_exhaustion(void (*hook)(void));

#endif

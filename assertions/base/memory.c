#include "assertions/base/memory.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOOKS_MAX 4

static void (*hooks[HOOKS_MAX])(void);
static size_t hook_count;

/* _exit: handlers of exit() may need memory themselves. */
void memory_exhausted(void)
{
	static const char message[] = "muster: out of memory\n";
	static atomic_bool is_ending;
	static _Thread_local bool is_ending_here;

	/* Another thread is at it already: what it has to do is not cut short. */
	while (!is_ending_here && atomic_exchange(&is_ending, true))
		pause();
	bool is_first = !is_ending_here;
	is_ending_here = true;
	for (size_t i = 0; is_first && i < hook_count; i++)
		hooks[i]();
	ssize_t ignored = write(STDERR_FILENO, message, sizeof(message) - 1);
	(void)ignored;
	_exit(MEMORY_EXHAUSTED_EXIT);
}

void memory_on_exhaustion(void (*hook)(void))
{
	for (size_t i = 0; i < hook_count; i++)
		if (hooks[i] == hook)
			return;
	if (hook_count < HOOKS_MAX)
		hooks[hook_count++] = hook;
}

void *memory_alloc(size_t size)
{
	return memory_array(1, size);
}

/* Of a product that is no size_t nothing can be had. Never 0, which some allocators answer with NULL. */
static size_t product(size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		memory_exhausted();
	return bytes > 0 ? bytes : 1;
}

void *memory_array(size_t count, size_t size)
{
	void *memory = calloc(1, product(count, size));

	if (memory == NULL)
		memory_exhausted();
	return memory;
}

void *memory_grow(void *old, size_t count, size_t size)
{
	void *memory = realloc(old, product(count, size));

	if (memory == NULL)
		memory_exhausted();
	return memory;
}

void *memory_room(void *items, size_t count, size_t size)
{
	bool is_full = (count & (count - 1)) == 0; /* a power of two, or nothing */

	return is_full ? memory_grow(items, count > 0 ? 2 * count : 1, size) : items;
}

struct growing {
	char **text;
	size_t *length, capacity;
};

static ssize_t grow(void *cookie, const char *data, size_t size)
{
	struct growing *growing = cookie;
	size_t needed;

	if (__builtin_add_overflow(*growing->length, size, &needed))
		memory_exhausted();
	if (needed >= growing->capacity) {
		growing->capacity = needed + 1 + needed / 2;
		*growing->text = memory_grow(*growing->text, growing->capacity, 1);
	}
	memcpy(*growing->text + *growing->length, data, size);
	(*growing->text)[needed] = '\0';
	*growing->length = needed;
	return (ssize_t)size;
}

static int release(void *cookie)
{
	free(cookie);
	return 0;
}

FILE *memory_open_stream(char **ret_text, size_t *ret_length)
{
	struct growing *growing = memory_alloc(sizeof(*growing));

	*ret_text = memory_string("");
	*ret_length = 0;
	*growing = (struct growing){ret_text, ret_length, 1};
	FILE *file = fopencookie(growing, "w", (cookie_io_functions_t){.write = grow, .close = release});
	if (file == NULL)
		memory_exhausted();
	return file;
}

void memory_end_stream(FILE *file)
{
	bool whole = ferror(file) == 0;

	if (fclose(file) != 0 || !whole)
		memory_exhausted();
}

void *memory_take(size_t size)
{
	return size > 0 ? memory_grow(NULL, 1, size) : NULL;
}

void *memory_retake(void *old, size_t size)
{
	if (size > 0)
		return memory_grow(old, 1, size);
	free(old);
	return NULL;
}

char *memory_string(const char *text)
{
	return text != NULL ? memory_substring(text, strlen(text)) : NULL;
}

char *memory_substring(const char *text, size_t length)
{
	size_t bytes;

	if (__builtin_add_overflow(length, 1, &bytes))
		memory_exhausted();
	char *copy = memory_alloc(bytes);
	if (length > 0)
		memcpy(copy, text, length);
	return copy;
}

char *memory_format(const char *format, ...)
{
	va_list arguments;
	char *text = NULL;

	va_start(arguments, format);
	int length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0)
		memory_exhausted();
	return text;
}

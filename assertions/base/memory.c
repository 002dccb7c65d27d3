#include "assertions/base/memory.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void (*_Atomic exhaustion_hook)(void);

/* _exit: handlers of exit() may need memory themselves. */
_Noreturn static void exhausted(void)
{
	static const char message[] = "muster: out of memory\n";
	void (*hook)(void) = atomic_exchange(&exhaustion_hook, NULL);

	if (hook != NULL)
		hook();
	ssize_t ignored = write(STDERR_FILENO, message, sizeof(message) - 1);
	(void)ignored;
	_exit(MEMORY_EXHAUSTED_EXIT);
}

void memory_on_exhaustion(void (*hook)(void))
{
	atomic_store(&exhaustion_hook, hook);
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
		exhausted();
	return bytes > 0 ? bytes : 1;
}

void *memory_array(size_t count, size_t size)
{
	void *memory = calloc(1, product(count, size));

	if (memory == NULL)
		exhausted();
	return memory;
}

void *memory_grow(void *old, size_t count, size_t size)
{
	void *memory = realloc(old, product(count, size));

	if (memory == NULL)
		exhausted();
	return memory;
}

char *memory_string(const char *text)
{
	return text != NULL ? memory_substring(text, strlen(text)) : NULL;
}

char *memory_substring(const char *text, size_t length)
{
	size_t bytes;

	if (__builtin_add_overflow(length, 1, &bytes))
		exhausted();
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
		exhausted();
	return text;
}

#include "assertions/base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Both format aside first: what is put into the message may be the message itself. */

int error_set(struct error *err, const char *format, ...)
{
	char text[ERROR_MAX] = "";
	va_list arguments;

	if (err == NULL)
		return -1;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	memcpy(err->message, text, strlen(text) + 1);
	return -1;
}

int error_wrap(struct error *err, const char *format, ...)
{
	char text[2 * ERROR_MAX] = "";
	va_list arguments;

	if (err == NULL)
		return -1;
	va_start(arguments, format);
	vsnprintf(text, ERROR_MAX, format, arguments);
	va_end(arguments);
	size_t length = strlen(text);
	snprintf(text + length, sizeof(text) - length, ": %s", err->message);
	text[ERROR_MAX - 1] = '\0';
	memcpy(err->message, text, strlen(text) + 1);
	return -1;
}

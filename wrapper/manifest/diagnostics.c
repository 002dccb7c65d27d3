#include "wrapper/manifest/diagnostics.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/buffer.h"
#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/base/secrets.h"

#define MESSAGE_MAX 4096
#define PRINTED_MAX ((size_t)4 << 20)
#define EXCERPT_COLUMNS 100

static bool is_known(const struct diagnostics *diagnostics, struct place place, const char *message)
{
	for (size_t i = 0; i < diagnostics->count; i++) {
		const struct diagnostic *item = &diagnostics->items[i];
		if (item->place.line == place.line && item->place.column == place.column &&
		    strcmp(item->message, message) == 0)
			return true;
	}
	return false;
}

__attribute__((format(printf, 5, 0))) static void add(struct diagnostics *diagnostics, struct place place, bool warning,
						      const char *hint, const char *format, va_list arguments)
{
	char message[MESSAGE_MAX];

	vsnprintf(message, sizeof(message), format, arguments);
	if (is_known(diagnostics, place, message))
		return;
	*(warning ? &diagnostics->warnings : &diagnostics->errors) += 1;
	if (diagnostics->count == DIAGNOSTICS_MAX) {
		diagnostics->dropped++;
		return;
	}
	diagnostics->items = memory_grow(diagnostics->items, diagnostics->count + 1, sizeof(*diagnostics->items));
	diagnostics->items[diagnostics->count++] = (struct diagnostic){
		.place = place,
		.message = memory_string(message),
		.hint = memory_string(hint),
		.warning = warning,
	};
}

void diagnostics_error(struct diagnostics *diagnostics, struct place place, const char *hint, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	add(diagnostics, place, false, hint, format, arguments);
	va_end(arguments);
}

void diagnostics_warning(struct diagnostics *diagnostics, struct place place, const char *hint, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	add(diagnostics, place, true, hint, format, arguments);
	va_end(arguments);
}

void diagnostics_weakness(struct diagnostics *diagnostics, struct place place, const char *name, const char *hint,
			  const char *message)
{
	size_t count = diagnostics->count;

	diagnostics_warning(diagnostics, place, hint, "%s", message);
	if (diagnostics->count > count)
		diagnostics->items[count].name = name;
}

void diagnostics_refusal(struct diagnostics *diagnostics, struct place place, const char *name, const char *hint,
			 const char *format, ...)
{
	size_t count = diagnostics->count;
	va_list arguments;

	va_start(arguments, format);
	add(diagnostics, place, false, hint, format, arguments);
	va_end(arguments);
	if (diagnostics->count > count)
		diagnostics->items[count].name = name;
}

void diagnostics_usage_error(struct diagnostics *diagnostics, const char *hint, const char *format, ...)
{
	va_list arguments;

	diagnostics->usage_errors++;
	va_start(arguments, format);
	add(diagnostics, (struct place){0}, false, hint, format, arguments);
	va_end(arguments);
}

static int compare_numbers(int left, int right)
{
	return (left > right) - (left < right);
}

static int compare_diagnostics(const void *left_item, const void *right_item)
{
	const struct diagnostic *left = left_item, *right = right_item;
	int order = compare_numbers(left->place.line, right->place.line);

	if (order == 0)
		order = compare_numbers(left->place.column, right->place.column);
	if (order == 0)
		order = compare_numbers(left->warning, right->warning);
	return order != 0 ? order : strcmp(left->message, right->message);
}

static bool is_continuation(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

/* LF, CR LF and CR end a line, as in document.c. */
static const char *find_line(const struct diagnostics *diagnostics, int line, size_t *ret_length)
{
	const char *text = diagnostics->text, *end = text + diagnostics->length;

	for (int number = 1; text < end && number < line; number++) {
		text += strcspn(text, "\r\n");
		if (text < end)
			text += text[0] == '\r' && text[1] == '\n' ? 2 : 1;
	}
	if (text >= end)
		return NULL;
	*ret_length = strcspn(text, "\r\n");
	return text;
}

/* A line too long for a terminal is shown from a little before the column on. */
static void print_line(const char *line, size_t length, int first, struct buffer *out)
{
	int column = 0;

	buffer_string(out, first > 1 ? "..." : "");
	for (size_t i = 0; i < length; i++) {
		column += !is_continuation(line[i]);
		if (column >= first + EXCERPT_COLUMNS) {
			buffer_string(out, "...");
			break;
		}
		if (column >= first)
			buffer_append(out, (unsigned char)line[i] < ' ' || line[i] == 0x7f ? " " : line + i, 1);
	}
}

/* Secrets go before the line is cut: a half of one would not be known any more. Then no caret can be placed. */
static void print_excerpt(const struct diagnostics *diagnostics, struct place place, struct buffer *out)
{
	cleanup_buffer struct buffer masked;
	size_t length = 0;
	const char *line =
		diagnostics->text != NULL && place.line > 0 ? find_line(diagnostics, place.line, &length) : NULL;
	int first = place.column > EXCERPT_COLUMNS - 20 ? place.column - EXCERPT_COLUMNS / 2 : 1;

	buffer_init(&masked, PRINTED_MAX);
	if (line == NULL)
		return;
	secrets_mask(line, length, &masked);
	bool caret = masked.length == length && memcmp(masked.data, line, length) == 0;
	buffer_print(out, "%6d | ", place.line);
	print_line(masked.data, masked.length, caret ? first : 1, out);
	buffer_string(out, "\n");
	if (caret)
		buffer_print(out, "       | %*s^\n", place.column - first + (first > 1 ? 3 : 0), "");
}

static void print_item(const struct diagnostics *diagnostics, const struct diagnostic *item, struct buffer *out)
{
	buffer_string(out, diagnostics->path != NULL ? diagnostics->path : "manifest");
	if (item->place.line > 0)
		buffer_print(out, ":%d:%d", item->place.line, item->place.column);
	buffer_print(out, ": %s: %s", item->warning ? "warning" : "error", item->message);
	if (item->name != NULL)
		buffer_print(out, " [%s]", item->name);
	buffer_string(out, "\n");
	print_excerpt(diagnostics, item->place, out);
	if (item->hint != NULL)
		buffer_print(out, "        hint: %s\n", item->hint);
}

void diagnostics_sort(struct diagnostics *diagnostics)
{
	if (diagnostics->count > 0)
		qsort(diagnostics->items, diagnostics->count, sizeof(*diagnostics->items), compare_diagnostics);
}

void diagnostics_print(struct diagnostics *diagnostics, FILE *file)
{
	cleanup_buffer struct buffer text, masked;

	buffer_init(&text, PRINTED_MAX);
	buffer_init(&masked, PRINTED_MAX);
	diagnostics_sort(diagnostics);
	for (size_t i = 0; i < diagnostics->count; i++)
		print_item(diagnostics, &diagnostics->items[i], &text);
	if (diagnostics->dropped > 0)
		buffer_print(&text, "%s: %zu more are not shown\n",
			     diagnostics->path != NULL ? diagnostics->path : "manifest", diagnostics->dropped);
	secrets_mask(text.data, text.length, &masked);
	fwrite(masked.data, 1, masked.length, file);
}

void diagnostics_release(struct diagnostics *diagnostics)
{
	for (size_t i = 0; i < diagnostics->count; i++) {
		free(diagnostics->items[i].message);
		free(diagnostics->items[i].hint);
	}
	free(diagnostics->items);
	free(diagnostics->path);
	free(diagnostics->text);
	*diagnostics = (struct diagnostics){0};
}

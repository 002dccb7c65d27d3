#include "wrapper/run/merge.h"

#include <string.h>

void merge_init(struct merge *merge, void (*line)(void *context, const char *data, size_t length), void *context)
{
	merge->line = line;
	merge->context = context;
	for (size_t i = 0; i < MERGE_STREAMS; i++)
		buffer_init(&merge->pending[i], MERGE_LINE_MAX);
}

static void pass_on(struct merge *merge, struct buffer *pending)
{
	if (pending->length > 0)
		merge->line(merge->context, pending->data, pending->length);
	buffer_clear(pending);
}

void merge_feed(struct merge *merge, unsigned stream, const char *data, size_t length)
{
	struct buffer *pending = &merge->pending[stream];
	const char *last = memrchr(data, '\n', length);
	size_t whole = last != NULL ? (size_t)(last - data) + 1 : 0;

	if (whole > 0 && pending->length > 0) {
		size_t first = (size_t)((const char *)memchr(data, '\n', length) - data) + 1;
		if (pending->length + first > MERGE_LINE_MAX)
			pass_on(merge, pending);
		if (first <= MERGE_LINE_MAX) {
			buffer_append(pending, data, first);
			pass_on(merge, pending);
			data += first;
			length -= first;
			whole -= first;
		}
	}
	if (whole > 0)
		merge->line(merge->context, data, whole);
	data += whole;
	length -= whole;
	if (pending->length + length > MERGE_LINE_MAX)
		pass_on(merge, pending);
	if (length > MERGE_LINE_MAX)
		merge->line(merge->context, data, length);
	else
		buffer_append(pending, data, length);
}

void merge_finish(struct merge *merge)
{
	for (size_t i = 0; i < MERGE_STREAMS; i++)
		pass_on(merge, &merge->pending[i]);
}

void merge_release(struct merge *merge)
{
	for (size_t i = 0; i < MERGE_STREAMS; i++)
		buffer_release(&merge->pending[i]);
}

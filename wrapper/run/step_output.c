#include "wrapper/run/step_output.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/memory.h"

void merge_init(struct merge *merge, void (*line)(void *context, const char *data, size_t length), void *context)
{
	*merge = (struct merge){.line = line, .context = context};
	for (size_t i = 0; i < MERGE_STREAMS; i++)
		buffer_init(&merge->pending[i], MERGE_LINE_MAX);
}

/* What has no end yet gets one where the other stream is next: a log's line is of one of them. */
static void pass_on(struct merge *merge, unsigned stream, const char *data, size_t length)
{
	if (length == 0)
		return;
	if (merge->is_unfinished && merge->latest != stream)
		merge->line(merge->context, "\n", 1);
	merge->line(merge->context, data, length);
	merge->latest = stream;
	merge->is_unfinished = data[length - 1] != '\n';
}

static void pass_on_pending(struct merge *merge, unsigned stream)
{
	pass_on(merge, stream, merge->pending[stream].data, merge->pending[stream].length);
	buffer_clear(&merge->pending[stream]);
}

void merge_feed(struct merge *merge, unsigned stream, const char *data, size_t length)
{
	struct buffer *pending = &merge->pending[stream];
	const char *last = memrchr(data, '\n', length);
	size_t whole = last != NULL ? (size_t)(last - data) + 1 : 0;

	if (whole > 0 && pending->length > 0) {
		size_t first = (size_t)((const char *)memchr(data, '\n', length) - data) + 1;
		if (pending->length + first > MERGE_LINE_MAX)
			pass_on_pending(merge, stream);
		if (first <= MERGE_LINE_MAX) {
			buffer_append(pending, data, first);
			pass_on_pending(merge, stream);
			data += first;
			length -= first;
			whole -= first;
		}
	}
	pass_on(merge, stream, data, whole);
	data += whole;
	length -= whole;
	if (pending->length + length > MERGE_LINE_MAX)
		pass_on_pending(merge, stream);
	if (length > MERGE_LINE_MAX)
		pass_on(merge, stream, data, length);
	else
		buffer_append(pending, data, length);
}

void merge_finish(struct merge *merge)
{
	for (unsigned i = 0; i < MERGE_STREAMS; i++)
		pass_on_pending(merge, i);
}

void merge_release(struct merge *merge)
{
	for (size_t i = 0; i < MERGE_STREAMS; i++)
		buffer_release(&merge->pending[i]);
}

static int open_upload(struct sink *self, struct error *err)
{
	struct upload_sink *sink = (struct upload_sink *)self;

	if (sink->store == NULL)
		return error_set(err, "the store for '%s' could not be opened", sink->name);
	store_set_deadline(self->deadline_ms);

	int result = upload_begin(sink->store, sink->key, &sink->options, &sink->upload, err);

	store_set_deadline(INT64_MAX);
	return result;
}

static int write_upload(struct sink *self, const char *data, size_t length, struct error *err)
{
	/* The parts that are on their way hear it, too: what waits for them is this call. */
	store_set_deadline(self->deadline_ms);

	int result = upload_write(((struct upload_sink *)self)->upload, data, length, err);

	store_set_deadline(INT64_MAX);
	return result;
}

static struct upload *take_upload(struct sink *self)
{
	struct upload_sink *sink = (struct upload_sink *)self;
	struct upload *upload = sink->upload;

	sink->upload = NULL;
	return upload;
}

static int commit_upload(struct sink *self, struct error *err)
{
	return upload_finish(take_upload(self), err) == UPLOAD_DONE ? 0 : -1;
}

static int discard_upload(struct sink *self, struct error *err)
{
	return upload_discard(take_upload(self), err);
}

void upload_sink_init(struct upload_sink *sink, struct store *store, const char *key,
		      const struct upload_options *options)
{
	*sink = (struct upload_sink){.store = store, .key = key, .options = *options};
	sink->name = memory_format("%s%s", store != NULL ? store->place : "", key);
	sink->sink = (struct sink){.name = sink->name,
				   .open = open_upload,
				   .write = write_upload,
				   .commit = commit_upload,
				   .discard = discard_upload};
}

void upload_sink_release(struct upload_sink *sink)
{
	struct error ignored;

	upload_discard(sink->upload, &ignored);
	free(sink->name);
	*sink = (struct upload_sink){0};
}

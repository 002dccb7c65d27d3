#include "wrapper/run/upload_sink.h"

#include <stdlib.h>

#include "assertions/base/memory.h"

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

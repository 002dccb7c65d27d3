#include "upload_sink.h"

#include <stdlib.h>

#include "../../assertions/base/memory.h"

static int open_upload(struct sink *self, struct error *err)
{
	struct upload_sink *sink = (struct upload_sink *)self;

	if (sink->store == NULL)
		return error_set(err, "the store for '%s' could not be opened", sink->name);
	return upload_begin(sink->store, sink->key, &sink->options, &sink->upload, err);
}

static int write_upload(struct sink *self, const char *data, size_t length, struct error *err)
{
	return upload_write(((struct upload_sink *)self)->upload, data, length, err);
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
	sink->sink = (struct sink){sink->name, open_upload, write_upload, commit_upload, discard_upload};
}

void upload_sink_release(struct upload_sink *sink)
{
	struct error ignored;

	upload_discard(sink->upload, &ignored);
	free(sink->name);
	*sink = (struct upload_sink){0};
}

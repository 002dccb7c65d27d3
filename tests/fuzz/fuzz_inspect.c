/* test: runs 3000 */
/* Whatever comes is inspected to any depth, by whoever wants everything; however it is cut into blocks, what is said of it is the same. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions/base/buffer.h"
#include "assertions/inspect/inspect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct listener {
	struct inspect_listener outer, inner;
	struct buffer log;
	uint64_t text;
};

static void text(void *self, const char *data, size_t length)
{
	struct listener *listener = self;

	(void)data;
	listener->text += length;
}

static struct inspect_listener *member(void *self, const struct inspect_member *found)
{
	struct listener *listener = self;

	buffer_print(&listener->log, "%s %d %lld\n", found->path, (int)found->type, (long long)found->size_bytes);
	return found->size_bytes == 7 ? NULL : &listener->inner;
}

static void done(void *self, const struct inspect_member *found, const struct inspect_result *result)
{
	struct listener *listener = self;

	buffer_print(&listener->log, "done %s %d %zu %d\n", found != NULL ? found->path : "",
		     (int)result->trouble.soundness, result->layer_count, (int)result->walked);
	for (size_t i = 0; i < result->layer_count; i++)
		if (result->layers[i].trouble.soundness != SOUND && result->trouble.soundness == SOUND)
			abort();
	if (result->trouble.soundness != SOUND && result->trouble.error.message[0] == '\0')
		abort();
}

static enum soundness look(const uint8_t *data, size_t size, size_t block, const enum format *layers, size_t count,
			   struct listener *listener)
{
	struct source *source = source_open_memory(data, size, block);
	struct inspect_request request = {.path = "fuzz",
					  .source = source,
					  .listener = &listener->outer,
					  .limits = {.depth = 3, .members = 1000, .ratio = 100},
					  .digests = {.md5 = 1}};
	static struct inspect_result result;

	*listener = (struct listener){.text = 0};
	buffer_init(&listener->log, 1 << 20);
	listener->outer = (struct inspect_listener){.wants = INSPECT_LAYERS | INSPECT_TEXT | INSPECT_MEMBERS,
						    .text = text,
						    .member = member,
						    .done = done,
						    .self = listener};
	listener->inner = listener->outer;
	listener->outer.layers = layers;
	listener->outer.layer_count = count;
	inspect(&request, &result);
	if (result.size_bytes != (int64_t)size)
		abort();
	source_close(source);
	return result.trouble.soundness;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum format layers[2];
	struct listener whole, pieces;
	enum soundness soundness;
	size_t count;

	if (size < 2)
		return 0;
	layers[0] = (enum format)(1 + data[0] % (FORMAT_COUNT - 1));
	layers[1] = (enum format)(1 + data[1] % (FORMAT_COUNT - 1));
	count = data[0] / 64;
	soundness = look(data + 2, size - 2, 0, count < 3 ? layers : NULL, count < 3 ? count : 0, &whole);
	if (look(data + 2, size - 2, 1 + data[1], count < 3 ? layers : NULL, count < 3 ? count : 0, &pieces) !=
		    soundness &&
	    soundness == SOUND)
		abort();
	if (soundness == SOUND && (whole.text != pieces.text || strcmp(whole.log.data, pieces.log.data) != 0))
		abort();
	buffer_release(&whole.log);
	buffer_release(&pieces.log);
	return 0;
}

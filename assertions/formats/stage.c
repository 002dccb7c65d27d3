#include "assertions/formats/stage.h"

#include <stdlib.h>

#include "assertions/base/memory.h"

static int stage_next(struct source *source, const unsigned char **ret_data, size_t *ret_length,
		      struct trouble *ret_trouble)
{
	struct stage *stage = (struct stage *)source;

	*ret_length = cursor_piece(&stage->cursor, UINT64_MAX, ret_data);
	if (*ret_length > 0 && stage->decoder != NULL &&
	    budget_spend(&stage->spending, *ret_length, &stage->cursor.trouble) < 0)
		*ret_length = stage->cursor.length = stage->cursor.rest_length = 0;
	return *ret_length == 0 && cursor_failed(&stage->cursor, ret_trouble) ? -1 : 0;
}

void stage_init(struct stage *stage, struct source *raw)
{
	stage->source = (struct source){.next = stage_next};
	stage->decoder = NULL;
	cursor_init(&stage->cursor, raw);
}

struct stage *stage_new(const struct codec *codec, struct stage *under, struct budget *budget)
{
	struct stage *stage = memory_grow(NULL, 1, sizeof(*stage));

	stage_init(stage, NULL);
	stage->decoder = decode_open(codec, &under->source);
	stage->cursor.source = stage->decoder;
	stage->spending = (struct spending){.budget = budget, .packed = &under->source};
	return stage;
}

void stage_free(struct stage *stage)
{
	if (stage == NULL)
		return;
	source_close(stage->decoder);
	free(stage);
}

size_t stage_head(struct stage *stage, const unsigned char **ret_head)
{
	return cursor_view(&stage->cursor, RECOGNISE_HEAD_BYTES, ret_head);
}

bool stage_failed(const struct stage *stage, struct trouble *ret_trouble)
{
	return cursor_failed(&stage->cursor, ret_trouble);
}

void stage_drain(struct stage *stage)
{
	const unsigned char *data;
	struct trouble trouble;
	size_t length;

	while (source_next(&stage->source, &data, &length, &trouble) == 0 && length > 0)
		;
}

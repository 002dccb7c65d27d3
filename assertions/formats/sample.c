#include "assertions/formats/sample.h"

#include <stdlib.h>

#include "assertions/base/memory.h"
#include "assertions/formats/decode.h"

bool sample_is_one_piece(const struct sample *sample)
{
	return sample->tail == sample->head;
}

void sample_init(struct sample *sample, int64_t size_bytes)
{
	*sample = (struct sample){.size_bytes = size_bytes};
	if (size_bytes <= 2 * (int64_t)SAMPLE_BYTES) {
		sample->head_length = sample->tail_length = size_bytes > 0 ? (size_t)size_bytes : 0;
		sample->head = sample->tail = memory_alloc(sample->head_length > 0 ? sample->head_length : 1);
		return;
	}
	sample->head_length = sample->tail_length = SAMPLE_BYTES;
	sample->head = memory_alloc(SAMPLE_BYTES);
	sample->tail = memory_alloc(SAMPLE_BYTES);
}

void sample_release(struct sample *sample)
{
	if (!sample_is_one_piece(sample))
		free(sample->tail);
	free(sample->head);
	*sample = (struct sample){.size_bytes = 0};
}

static size_t recognisable(const struct sample *sample)
{
	return sample->head_length < RECOGNISE_HEAD_BYTES ? sample->head_length : RECOGNISE_HEAD_BYTES;
}

/* A layer of compression whose own version is not known says so before it gives out anything. */
static bool begins_as_another_version(const struct sample *sample, const struct codec *codec,
				      struct trouble *ret_trouble)
{
	struct source *head = source_open_memory(sample->head, sample->head_length, 0);
	struct source *plain = decode_open(codec, head);
	const unsigned char *data;
	size_t length;
	bool is_other = source_next(plain, &data, &length, ret_trouble) < 0 && ret_trouble->soundness == OPAQUE;

	source_close(plain);
	source_close(head);
	return is_other;
}

enum sample_end sample_judge(const struct sample *sample, enum format format, struct trouble *ret_trouble)
{
	char text[RECOGNISE_TEXT_MAX];
	int result;

	if (recognise_other_version(format, sample->head, recognisable(sample), ret_trouble))
		return SAMPLE_OPAQUE;
	if (!recognise_is(format, sample->head, recognisable(sample))) {
		trouble_set(ret_trouble, DAMAGED, "expected %s, saw %s", format_name(format),
			    recognise_describe(sample->head, recognisable(sample), text));
		return SAMPLE_WRONG;
	}
	if (format_is_compression(format) && begins_as_another_version(sample, decode_find(format), ret_trouble))
		return SAMPLE_OPAQUE;
	if (format_signs(format)->end_in_sample == NULL)
		return SAMPLE_UNTOLD;
	result = format_signs(format)->end_in_sample(sample, ret_trouble);
	if (result >= 0)
		return result == 0 ? SAMPLE_COMPLETE : SAMPLE_UNTOLD;
	return ret_trouble->soundness == OPAQUE ? SAMPLE_OPAQUE : SAMPLE_WRONG;
}

enum format sample_recognise(const struct sample *sample, bool members)
{
	enum format format = recognise_of(FORMAT_COMPRESSION, sample->head, recognisable(sample));

	if (format == FORMAT_UNKNOWN && members)
		format = recognise_of(FORMAT_ARCHIVE, sample->head, recognisable(sample));
	return format;
}

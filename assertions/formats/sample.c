#include "assertions/formats/sample.h"

#include <stdlib.h>
#include <string.h>

#include "assertions/base/memory.h"
#include "assertions/bytes/cursor.h"
#include "assertions/formats/decode.h"
#include "assertions/formats/recognise.h"
#include "assertions/formats/verifier.h"

#define ZERO_BLOCKS_BYTES 1024
#define ZIP_END_BYTES 22
#define ZIP_PADDING_MAX 10240
#define ZIP_PADDING_UNIT 512
#define XZ_UNIT 4
#define XZ_FOOTER_BYTES 12

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

static enum sample_end wrong(struct trouble *trouble, const char *what)
{
	trouble_set(trouble, DAMAGED, "%s", what);
	return SAMPLE_WRONG;
}

static enum sample_end judge_tar(const struct sample *sample, struct trouble *trouble)
{
	const unsigned char *end = sample->tail + sample->tail_length;

	if (sample->tail_length < ZERO_BLOCKS_BYTES || !bytes_are_zero(end - ZERO_BLOCKS_BYTES, ZERO_BLOCKS_BYTES))
		return wrong(trouble, "tar: is cut: it does not end in two blocks of zeros");
	return SAMPLE_COMPLETE;
}

static uint32_t little_endian(const unsigned char *bytes)
{
	return (uint32_t)bytes[3] << 24 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[1] << 8 | bytes[0];
}

/* What bsdtar writes to a pipe is filled up with zeros to a record of a tape. */
static bool is_zip_padding(const struct sample *sample, size_t length)
{
	return length == 0 || (length < ZIP_PADDING_MAX && sample->size_bytes % ZIP_PADDING_UNIT == 0 &&
			       bytes_are_zero(sample->tail + sample->tail_length - length, length));
}

/* Its record of the end has a comment of up to 65535 bytes, and nothing but such zeros comes after that. */
static enum sample_end judge_zip(const struct sample *sample, struct trouble *trouble)
{
	size_t farthest = ZIP_END_BYTES + UINT16_MAX + ZIP_PADDING_MAX;

	for (size_t left = ZIP_END_BYTES; left <= sample->tail_length && left <= farthest; left++) {
		const unsigned char *end = sample->tail + sample->tail_length - left;
		size_t comment = (size_t)end[20] | (size_t)end[21] << 8;
		uint64_t directory = (uint64_t)little_endian(end + 12) + little_endian(end + 16);
		bool is_64 = little_endian(end + 12) == UINT32_MAX || little_endian(end + 16) == UINT32_MAX;

		if (memcmp(end, "PK\005\006", 4) != 0 || comment > left - ZIP_END_BYTES ||
		    !is_zip_padding(sample, left - ZIP_END_BYTES - comment))
			continue;
		if (!is_64 && directory > (uint64_t)sample->size_bytes - left)
			return wrong(trouble, "zip: its end tells of a central directory that is not there");
		return SAMPLE_COMPLETE;
	}
	return wrong(trouble, "zip: is cut: it does not end in the record of its central directory");
}

static enum sample_end judge_xz(const struct sample *sample, struct trouble *trouble)
{
	size_t length = sample->tail_length;

	while (length >= XZ_UNIT && bytes_are_zero(sample->tail + length - XZ_UNIT, XZ_UNIT))
		length -= XZ_UNIT;
	/* A stream may be padded with more zeros than the sample has. */
	if (length < XZ_FOOTER_BYTES && !sample_is_one_piece(sample))
		return SAMPLE_UNTOLD;
	if (length < XZ_FOOTER_BYTES || memcmp(sample->tail + length - 2, "YZ", 2) != 0)
		return wrong(trouble, "xz: is cut: it does not end in a stream's footer");
	return SAMPLE_COMPLETE;
}

static enum sample_end judged(int result, const struct trouble *trouble)
{
	if (result == 0)
		return SAMPLE_COMPLETE;
	return trouble->soundness == OPAQUE ? SAMPLE_OPAQUE : SAMPLE_WRONG;
}

static enum sample_end judge_sqlite(const struct sample *sample, struct trouble *trouble)
{
	int result = verify_sqlite_head(sample->head, sample->head_length, (uint64_t)sample->size_bytes, trouble);

	return judged(result, trouble);
}

static enum sample_end judge_etcd(const struct sample *sample, struct trouble *trouble)
{
	int result = verify_etcd_head(sample->head, sample->head_length, (uint64_t)sample->size_bytes, trouble);

	return judged(result, trouble);
}

static enum sample_end judge_rdb(const struct sample *sample, struct trouble *trouble)
{
	unsigned char end[VERIFY_RDB_END_BYTES] = {0};
	size_t length = sample->tail_length < sizeof(end) ? sample->tail_length : sizeof(end);

	memcpy(end + sizeof(end) - length, sample->tail + sample->tail_length - length, length);
	return judged(verify_rdb_ends(sample->head, sample->head_length, (uint64_t)sample->size_bytes, end, trouble),
		      trouble);
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

	if (recognise_other_version(format, sample->head, recognisable(sample), ret_trouble))
		return SAMPLE_OPAQUE;
	if (!recognise_is(format, sample->head, recognisable(sample))) {
		trouble_set(ret_trouble, DAMAGED, "expected %s, saw %s", format_name(format),
			    recognise_describe(sample->head, recognisable(sample), text));
		return SAMPLE_WRONG;
	}
	if (format_is_compression(format) && begins_as_another_version(sample, decode_find(format), ret_trouble))
		return SAMPLE_OPAQUE;
	switch (format) {
	case FORMAT_TAR:
		return judge_tar(sample, ret_trouble);
	case FORMAT_ZIP:
		return judge_zip(sample, ret_trouble);
	case FORMAT_XZ:
		return judge_xz(sample, ret_trouble);
	case FORMAT_SQLITE:
		return judge_sqlite(sample, ret_trouble);
	case FORMAT_RDB:
		return judge_rdb(sample, ret_trouble);
	case FORMAT_ETCD:
		return judge_etcd(sample, ret_trouble);
	default:
		return SAMPLE_UNTOLD;
	}
}

enum format sample_recognise(const struct sample *sample, bool members)
{
	enum format format = recognise_of(FORMAT_COMPRESSION, sample->head, recognisable(sample));

	if (format == FORMAT_UNKNOWN && members)
		format = recognise_of(FORMAT_ARCHIVE, sample->head, recognisable(sample));
	return format;
}

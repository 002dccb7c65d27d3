#include <stdlib.h>
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "assertions/base/memory.h"
#include "assertions/formats/decode.h"

static const unsigned char magic[] = {0x28, 0xb5, 0x2f, 0xfd};

/* Skippable frames are lz4's as well: the first frame that is none tells, where it can be seen. */
static bool zstd_recognises(const unsigned char *head, size_t length)
{
	if (!decode_skip_frames(&head, &length))
		return true;
	return length >= sizeof(magic) && memcmp(head, magic, sizeof(magic)) == 0;
}

/* 0.1, and 0.2 to 0.7, each had a magic number of its own. */
static bool zstd_is_other_version(const unsigned char *head, size_t length, struct trouble *ret_trouble)
{
	if (length < sizeof(magic) || memcmp(head + 1, magic + 1, sizeof(magic) - 1) != 0)
		return false;
	if (head[0] != 0x1e && (head[0] < 0x22 || head[0] >= magic[0]))
		return false;
	trouble_set(ret_trouble, OPAQUE, "zstd: is of a version before 0.8: muster reads RFC 8878");
	return true;
}

struct unzstd {
	ZSTD_DStream *stream;
	unsigned long frames; /* that have ended */
	bool in_frame;
	int window_log;
};

static void allow_log(struct unzstd *unzstd, int window_log)
{
	unzstd->window_log = window_log;
	ZSTD_DCtx_setParameter(unzstd->stream, ZSTD_d_windowLogMax, window_log);
}

static void zstd_allow(void *state, uint64_t window_bytes)
{
	struct unzstd *unzstd = state;
	int log = unzstd->window_log, most = (int)ZSTD_dParam_getBounds(ZSTD_d_windowLogMax).upperBound;

	while (log < most && (uint64_t)1 << log < window_bytes)
		log++;
	allow_log(unzstd, log);
}

static void *zstd_open(void)
{
	struct unzstd *unzstd = memory_alloc(sizeof(*unzstd));

	unzstd->stream = ZSTD_createDStream();
	if (unzstd->stream != NULL) {
		allow_log(unzstd, DECODE_WINDOW_LOG_MAX);
		return unzstd;
	}
	free(unzstd);
	return NULL;
}

static const char *begins_wrongly(const struct unzstd *unzstd)
{
	return unzstd->frames > 0 ? DECODE_RUBBISH : "it does not begin as one";
}

static int explain(size_t result, const struct unzstd *unzstd, struct trouble *trouble)
{
	switch (ZSTD_getErrorCode(result)) {
	case ZSTD_error_checksum_wrong:
		return trouble_set(trouble, DAMAGED, "checksum of the data is wrong");
	case ZSTD_error_prefix_unknown:
		return trouble_set(trouble, DAMAGED, "%s", begins_wrongly(unzstd));
	case ZSTD_error_frameParameter_windowTooLarge:
		return trouble_set(
			trouble, OPAQUE,
			"asks for a window of more than the %llu MiB of memory that muster grants" DECODE_GRANT,
			1ULL << (unzstd->window_log - 20));
	case ZSTD_error_dictionary_wrong:
		return trouble_set(trouble, OPAQUE, "needs a dictionary that is not in it");
	case ZSTD_error_frameParameter_unsupported:
		return trouble_set(trouble, OPAQUE,
				   "has a frame that is newer than RFC 8878, up to which muster reads,");
	case ZSTD_error_memory_allocation:
		return trouble_set(trouble, UNREADABLE, "there is no memory for its decoder");
	default:
		return trouble_set(trouble, DAMAGED, "data are damaged (%s)", ZSTD_getErrorName(result));
	}
}

static int zstd_step(void *state, struct decode_io *io, struct trouble *ret_trouble)
{
	ZSTD_inBuffer in = {io->in, io->in_length, 0};
	ZSTD_outBuffer out = {io->out, io->out_room, 0};
	struct unzstd *unzstd = state;
	size_t result;

	if (io->in_length == 0 && !unzstd->in_frame)
		return 0;
	/* The library would read frames of formats before the first stable one as well, but not in every state. */
	if (!unzstd->in_frame && io->in[0] != magic[0] && (io->in[0] & 0xf0) != 0x50)
		return trouble_set(ret_trouble, DAMAGED, "%s", begins_wrongly(unzstd));
	unzstd->in_frame = true;
	result = ZSTD_decompressStream(unzstd->stream, &out, &in);
	decode_io_advance(io, in.pos, out.pos);
	if (ZSTD_isError(result))
		return explain(result, unzstd, ret_trouble);
	io->may_end = result == 0;
	unzstd->frames += io->may_end;
	unzstd->in_frame = !io->may_end;
	return 0;
}

static void zstd_close(void *state)
{
	struct unzstd *unzstd = state;

	ZSTD_freeDStream(unzstd->stream);
	free(unzstd);
}

const struct codec decode_zstd = {
	.format = FORMAT_ZSTD,
	.signs = {.recognises = zstd_recognises, .is_other_version = zstd_is_other_version},
	.open = zstd_open,
	.step = zstd_step,
	.close = zstd_close,
	.allow = zstd_allow,
};

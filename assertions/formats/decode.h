/*
 * Takes a layer of compression off: a source over a source.
 *
 *     const struct codec *codec = decode_find(FORMAT_GZIP);
 *     struct source *plain = decode_open(codec, packed);
 *
 * A codec is one const struct, one file, one row. It is fed what comes and says where the stream
 * may end; that it does end there, in the middle of nothing and with nothing behind it, is seen to here, for all of them alike.
 * What was unpacked before damage was met is still given out.
 */
#ifndef MUSTER_FORMATS_DECODE_H
#define MUSTER_FORMATS_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "assertions/formats/format.h"
#include "assertions/bytes/source.h"

#define DECODE_MEMORY_MAX (192UL * 1024 * 1024) /* that a stream may ask for, where its format lets it */
#define DECODE_WINDOW_LOG_MAX 27 /* of zstd: 128 MiB */
#define DECODE_GRANT " ('limits: {window: ...}' grants more)"

struct decode_io {
	const unsigned char *in;
	size_t in_length;
	bool in_ended; /* nothing comes after these */
	unsigned char *out;
	size_t out_room;
	bool may_end; /* set by the codec: all that began is complete */
};

/* The codec has taken so many bytes of `in`, and put so many into `out`. */
void decode_io_advance(struct decode_io *io, size_t taken, size_t given);
size_t decode_io_skip_zeros(struct decode_io *io); /* those that come next; gives how many */

struct codec {
	enum format format;
	struct format_signs signs;
	void *(*open)(void); /* NULL: no memory */
	/* Moves on in `in` and `out`. -1: *ret_trouble says why in a clause ("checksum of the data is wrong"). */
	int (*step)(void *state, struct decode_io *io, struct trouble *ret_trouble);
	void (*close)(void *state);
	/* NULL, or: a stream may ask for a window (a dictionary) of so many bytes, and for the memory that goes with it. */
	void (*allow)(void *state, uint64_t window_bytes);
	void (*reset)(void *state); /* NULL, or: as if it had just been opened, for who unpacks many small ones */
};

extern const struct codec decode_gzip, decode_zlib, decode_zstd, decode_xz, decode_bzip2, decode_lz4;
/*
 * Without a header: they recognise nothing, and are found by nobody. The first goes no further than to the end; the second is faster
 * and may, so all that it is given must be one stream.
 */
extern const struct codec decode_deflate, decode_deflate_all;

/* NULL where it is no compression. zlib is no layer by itself and not found: it stands inside of other formats. */
const struct codec *decode_find(enum format format);

/* `packed` is borrowed. */
struct source *decode_open(const struct codec *codec, struct source *packed);

/* Before the first byte is read; no less than what is granted anyway. */
void decode_allow(struct source *plain, uint64_t window_bytes);

#define DECODE_RUBBISH "other bytes follow after its end"

/* Goes behind the skippable frames that zstd and lz4 have in common. False where nothing else is to be seen of the head. */
bool decode_skip_frames(const unsigned char **head, size_t *length);

#endif

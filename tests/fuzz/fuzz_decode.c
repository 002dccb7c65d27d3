/* test: runs 4000 */
/* The first byte chooses the codec. However the bytes are cut into blocks, the outcome is the same. */
#include <stdint.h>
#include <stdlib.h>

#include "assertions/formats/decode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define OUT_MAX (16 << 20)

struct outcome {
	int result;
	uint64_t length, hash;
};

static struct outcome unpack(const struct codec *codec, const uint8_t *data, size_t size, size_t block)
{
	struct source *packed = source_open_memory(data, size, block), *plain = decode_open(codec, packed);
	struct outcome outcome = {.result = 0};
	const unsigned char *out;
	struct trouble trouble;
	size_t length;

	while (outcome.length < OUT_MAX && (outcome.result = source_next(plain, &out, &length, &trouble)) == 0 &&
	       length > 0) {
		for (size_t i = 0; i < length; i += 61)
			outcome.hash = (outcome.hash ^ out[i] ^ (outcome.length + i) << 8) * 0x100000001b3u;
		outcome.length += length;
	}
	if (outcome.result == 0 && outcome.length < OUT_MAX && packed->offset != size)
		abort();
	source_close(plain);
	source_close(packed);
	return outcome;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct codec *const codecs[] = {&decode_gzip,  &decode_zlib, &decode_zstd,
						     &decode_bzip2, &decode_lz4,  &decode_xz};
	const struct codec *codec;
	struct outcome whole, pieces;

	if (size == 0)
		return 0;
	codec = codecs[data[0] % (sizeof(codecs) / sizeof(codecs[0]))];
	(void)codec->signs.recognises(data + 1, size - 1);
	whole = unpack(codec, data + 1, size - 1, 0);
	pieces = unpack(codec, data + 1, size - 1, 1 + data[0] / 16);
	if (whole.length >= OUT_MAX || pieces.length >= OUT_MAX)
		return 0;
	if (whole.result != pieces.result)
		abort();
	/* How much came out before damage was met may differ. */
	if (whole.result == 0 && (whole.length != pieces.length || whole.length == OUT_MAX))
		abort();
	return 0;
}

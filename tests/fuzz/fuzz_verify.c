/* test: runs 2000 */
/* The first byte chooses the verifier. However the bytes are cut into blocks, the answer is the same. */
#include <stdint.h>
#include <stdlib.h>

#include "assertions/formats/verifier.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum soundness verify(const struct verifier *verifier, const uint8_t *data, size_t size, size_t block)
{
	struct source *source = source_open_memory(data, size, block);
	struct budget budget = {.ratio = 1000, .outermost = source};
	struct trouble trouble = {.soundness = SOUND};
	struct cursor cursor;

	cursor_init(&cursor, source);
	if ((verifier->verify(&cursor, &budget, &trouble) < 0) != (trouble.soundness != SOUND))
		abort();
	if (trouble.soundness == SOUND && source->offset != size)
		abort();
	source_close(source);
	return trouble.soundness;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* What the seeds' first bytes stand for: a new one goes to the end. */
	static const enum format formats[] = {FORMAT_SQLITE, FORMAT_PG_CUSTOM,    FORMAT_ETCD, FORMAT_AGE,
					      FORMAT_GPG,    FORMAT_PG_DIRECTORY, FORMAT_RDB};
	const struct verifier *verifier;

	if (size == 0)
		return 0;
	verifier = verifier_find(formats[data[0] % (sizeof(formats) / sizeof(formats[0]))]);
	(void)verifier->signs.recognises(data + 1, size - 1);
	if (verify(verifier, data + 1, size - 1, 0) != verify(verifier, data + 1, size - 1, 1 + data[0] / 8))
		abort();
	return 0;
}

#include "assertions/stores/upload_parts.h"

#define MIB ((int64_t)1 << 20)

static int64_t stream_part(unsigned number)
{
	int64_t size = UPLOAD_STREAM_PART_BYTES;

	for (unsigned step = (number - 1) / UPLOAD_STREAM_STEP; step > 0 && size < UPLOAD_STREAM_PART_BYTES_MAX; step--)
		size *= 2;
	return size;
}

int64_t upload_parts_size(int64_t size_bytes, unsigned number)
{
	if (size_bytes < 0)
		return stream_part(number);

	int64_t needed = size_bytes / UPLOAD_PARTS_MAX + (size_bytes % UPLOAD_PARTS_MAX != 0);

	if (needed <= UPLOAD_PART_BYTES)
		return UPLOAD_PART_BYTES;
	return needed / MIB * MIB + (needed % MIB != 0 ? MIB : 0);
}

unsigned upload_parts_senders(int64_t part_bytes)
{
	int64_t senders = UPLOAD_MEMORY_BYTES / part_bytes - 1;

	if (senders < 1)
		return 1;
	return senders < UPLOAD_SENDERS_MAX ? (unsigned)senders : UPLOAD_SENDERS_MAX;
}

/*
 * A dump of Redis or Valkey (src/rdb.c of either): the magic number with the version, records, 0xff, then the CRC-64 of all that,
 * or zeros where checksums are switched off.
 *
 * The records are not walked: most versions have new ones, and modules bring their own. So without a checksum nothing is proven.
 */
#include <string.h>

#include "assertions/bytes/checksum.h"
#include "assertions/formats/sample.h"
#include "assertions/formats/verifier.h"

#define HEAD_BYTES 9
#define END_MARKER 0xff
#define SUM_BYTES 8
#define END_BYTES 9
#define SUMS_SINCE 5
#define LONGEST_MAGIC 6

struct writer {
	const char *name, *magic; /* digits follow, HEAD_BYTES in all */
	unsigned oldest, newest;
};

static const struct writer writers[] = {
	{"Redis", "REDIS", 1, 14}, /* up to 8.8 */
	{"Valkey", "VALKEY", 80, 81}, /* 9.0 and 9.2; before, it was Redis's 11 */
};

static const struct writer *writer_of(const unsigned char *head, size_t length, unsigned *ret_version)
{
	for (size_t i = 0; i < sizeof(writers) / sizeof(writers[0]); i++) {
		size_t at = strlen(writers[i].magic);

		if (length < HEAD_BYTES || memcmp(head, writers[i].magic, at) != 0)
			continue;
		*ret_version = 0;
		for (; at < HEAD_BYTES && head[at] >= '0' && head[at] <= '9'; at++)
			*ret_version = *ret_version * 10 + head[at] - '0';
		return at == HEAD_BYTES ? &writers[i] : NULL;
	}
	return NULL;
}

static bool rdb_recognises(const unsigned char *head, size_t length)
{
	unsigned version;
	const struct writer *writer = writer_of(head, length, &version);

	return writer != NULL && version >= writer->oldest && version <= writer->newest;
}

static bool rdb_is_other_version(const unsigned char *head, size_t length, struct trouble *ret_trouble)
{
	unsigned version;
	const struct writer *writer = writer_of(head, length, &version);

	if (length >= HEAD_BYTES && memcmp(head, "VKCS", 4) == 0) {
		trouble_set(ret_trouble, OPAQUE, "rdb: is a dump that Valkey compressed, which cannot be read here");
		return true;
	}
	if (writer == NULL || rdb_recognises(head, length))
		return false;
	trouble_set(ret_trouble, OPAQUE,
		    "rdb: is of version %u of %s's format, which is not known: muster reads %u to %u", version,
		    writer->name, writer->oldest, writer->newest);
	return true;
}

static int damaged(struct trouble *trouble, const char *what)
{
	return trouble_set(trouble, DAMAGED, "rdb: %s", what);
}

static int check_head(const unsigned char *head, size_t length, struct trouble *trouble)
{
	if (rdb_is_other_version(head, length, trouble))
		return -1;
	return rdb_recognises(head, length) ? 0 : damaged(trouble, "does not begin as one");
}

/* What a dump begins with, and the last bytes of it. */
static int check_ends(const unsigned char *head, size_t length, uint64_t size_bytes, const unsigned char end[END_BYTES],
		      struct trouble *ret_trouble)
{
	size_t end_bytes = END_BYTES;
	unsigned version;

	if (check_head(head, length, ret_trouble) < 0)
		return -1;
	(void)writer_of(head, length, &version);
	if (version < SUMS_SINCE)
		end_bytes -= SUM_BYTES;
	if (size_bytes < HEAD_BYTES + end_bytes || end[END_BYTES - end_bytes] != END_MARKER)
		return damaged(ret_trouble,
			       "does not end in its end marker and checksum: it was cut, or something was added");
	if (version < SUMS_SINCE)
		return trouble_set(ret_trouble, OPAQUE,
				   "rdb: is of version %u, which has no checksum: a byte that changed cannot be told",
				   version);
	if (bytes_are_zero(end + 1, SUM_BYTES))
		return trouble_set(
			ret_trouble, OPAQUE,
			"rdb: was written without a checksum (rdbchecksum no): a byte that changed cannot be told");
	return 0;
}

static int rdb_end_in_sample(const struct sample *sample, struct trouble *ret_trouble)
{
	unsigned char end[END_BYTES] = {0};

	bytes_keep_tail(end, END_BYTES, END_BYTES, sample->tail, sample->tail_length);
	return check_ends(sample->head, sample->head_length, (uint64_t)sample->size_bytes, end, ret_trouble);
}

static bool begins_as_dump(const unsigned char *data, size_t length)
{
	unsigned version;

	return writer_of(data, length, &version) != NULL;
}

/* Up to where the next dump might begin. */
static size_t step_of(const unsigned char *data, size_t length)
{
	size_t step = length;

	for (size_t i = 0; i < sizeof(writers) / sizeof(writers[0]); i++) {
		const unsigned char *at = memmem(data + 1, step - 1, writers[i].magic, strlen(writers[i].magic));

		if (at != NULL)
			step = (size_t)(at - data);
	}
	/* It might begin in what comes after the view. */
	return step == length && length == CURSOR_VIEW_MAX ? length - LONGEST_MAGIC + 1 : step;
}

/*
 * Over a dump and its checksum the sum is zero, as it was before the first byte: it is right for two dumps, one behind the other, as well.
 * So where another one begins it must not be zero.
 */
static int read_all(struct cursor *cursor, unsigned char ret_end[END_BYTES], uint64_t *ret_sum, struct trouble *trouble)
{
	const unsigned char *data;
	uint64_t sum = 0;
	size_t length;

	memset(ret_end, 0, END_BYTES);
	while ((length = cursor_view(cursor, CURSOR_VIEW_MAX, &data)) > 0) {
		size_t step = step_of(data, length);

		if (sum == 0 && cursor->offset > 0 && begins_as_dump(data, length))
			return damaged(trouble, "another dump follows after its end");
		sum = checksum_crc64_jones(sum, data, step);
		bytes_keep_tail(ret_end, END_BYTES, END_BYTES, data, step);
		cursor_advance(cursor, step);
	}
	*ret_sum = sum;
	return 0;
}

static int rdb_verify(struct cursor *cursor, struct budget *budget, struct trouble *ret_trouble)
{
	unsigned char head[HEAD_BYTES], end[END_BYTES];
	const unsigned char *begin;
	size_t length = cursor_view(cursor, HEAD_BYTES, &begin);
	uint64_t sum = 0;

	(void)budget;
	memcpy(head, begin, length);
	if (check_head(head, length, ret_trouble) < 0 || read_all(cursor, end, &sum, ret_trouble) < 0 ||
	    check_ends(head, length, cursor->offset, end, ret_trouble) < 0)
		return -1;
	return sum == 0 ? 0 : damaged(ret_trouble, "the checksum at its end is wrong");
}

const struct verifier verify_rdb = {
	.signs = {.recognises = rdb_recognises,
		  .is_other_version = rdb_is_other_version,
		  .end_in_sample = rdb_end_in_sample},
	.verify = rdb_verify,
};

#include "assertions/bytes/ring.h"
#include "bytes.h"

#include <stdatomic.h>
#include <time.h>

/* Bytes by their offset, in pieces of any size; fails or pauses where it is told to. */
struct generator {
	struct source source;
	uint64_t length, fail_at;
	size_t piece;
	int pause_ms;
	atomic_int calls;
	unsigned char data[700 * 1024];
};

static unsigned char byte_at(uint64_t offset)
{
	return (unsigned char)(offset * 31 ^ offset >> 8 ^ offset >> 16);
}

static int generator_next(struct source *source, const unsigned char **ret_data, size_t *ret_length,
			  struct trouble *ret_trouble)
{
	struct generator *generator = (struct generator *)source;
	uint64_t left = generator->length - source->offset;

	generator->calls++;
	if (generator->pause_ms > 0)
		nanosleep(&(struct timespec){.tv_nsec = generator->pause_ms * 1000000L}, NULL);
	if (source->offset >= generator->fail_at)
		return trouble_set(ret_trouble, UNREADABLE, "the generator failed");
	*ret_length = left < generator->piece ? (size_t)left : generator->piece;
	for (size_t i = 0; i < *ret_length; i++)
		generator->data[i] = byte_at(source->offset + i);
	*ret_data = generator->data;
	return 0;
}

static void generator_init(struct generator *generator, uint64_t length, size_t piece)
{
	memset(generator, 0, sizeof(*generator));
	generator->source.next = generator_next;
	generator->length = length;
	generator->fail_at = UINT64_MAX;
	generator->piece = piece;
}

static struct generator generator;

/* Takes everything that comes; gives whether the bytes were right. */
static int take(struct ring *ring, uint64_t *ret_bytes, struct trouble *ret_trouble)
{
	struct source *source = ring_source(ring);
	const unsigned char *data;
	size_t length;
	bool right = true;
	int result;

	for (;;) {
		uint64_t at = source->offset;

		result = source_next(source, &data, &length, ret_trouble);
		if (result < 0 || length == 0)
			break;
		for (size_t i = 0; i < length; i++)
			right = right && data[i] == byte_at(at + i);
	}
	EXPECT(right);
	*ret_bytes = source->offset;
	return result;
}

static void compare(const unsigned char *all, uint64_t length, size_t piece)
{
	const struct digest_request digests = {.sha256 = 1, .md5 = 1, .part_sizes = {1 << 20}, .part_size_count = 1};
	struct digest *expected = digest_new(&digests);
	struct digest_result right, seen;
	struct trouble trouble;
	uint64_t bytes;

	digest_update(expected, all, length);
	digest_finish(expected, &right);
	digest_free(expected);
	generator_init(&generator, length, piece);
	struct ring *ring = ring_open(&generator.source, &digests, NULL, NULL);
	EXPECT_NUMBER(take(ring, &bytes, &trouble), 0);
	EXPECT_NUMBER(bytes, length);
	EXPECT_NUMBER(ring_finish(ring, &seen), length);
	EXPECT_STRING(seen.sha256, right.sha256);
	EXPECT_STRING(seen.md5, right.md5);
	EXPECT_STRING(seen.etags[0], right.etags[0]);
	ring_close(ring);
}

#define LONGEST (9 * 1024 * 1024 + 17)

TEST(bytes_and_digests_are_those_of_the_source)
{
	static const uint64_t lengths[] = {0,
					   1,
					   RING_BLOCK_BYTES - 1,
					   RING_BLOCK_BYTES,
					   RING_BLOCK_BYTES + 1,
					   RING_INLINE_BYTES,
					   RING_INLINE_BYTES + 1};
	static const size_t pieces[] = {65536, 700 * 1024, 5000};
	unsigned char *all = memory_grow(NULL, LONGEST, 1);

	for (uint64_t at = 0; at < LONGEST; at++)
		all[at] = byte_at(at);
	for (size_t k = 0; k < sizeof(pieces) / sizeof(pieces[0]); k++)
		for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
			compare(all, lengths[i], pieces[k]);
	compare(all, LONGEST, 65536);
	free(all);
}

TEST(a_file_is_read_in_the_same_way)
{
	const struct digest_request digests = {.sha256 = 1};
	struct source_file_facts facts;
	struct digest_result seen;
	struct source *source;
	struct trouble trouble;
	struct error err;
	uint64_t sum = 0;
	const unsigned char *data;
	size_t length;

	bytes_run("yes muster | head -c 5000001 > file; sha256sum file | cut -c-64 | tr -d \"\\n\" > sum");
	char *path = memory_format("%s/file", bytes_folder());
	EXPECT(source_open_file(path, &source, &facts, &err) == 0);
	free(path);
	struct ring *ring = ring_open(source, &digests, NULL, NULL);
	while (source_next(ring_source(ring), &data, &length, &trouble) == 0 && length > 0)
		sum += length;
	EXPECT_NUMBER(sum, 5000001);
	EXPECT_NUMBER(ring_finish(ring, &seen), 5000001);
	struct bytes told = bytes_load("sum");
	told.data[told.length] = '\0';
	EXPECT_STRING(seen.sha256, (char *)told.data);
	free(told.data);
	ring_close(ring);
	source_close(source);
}

TEST(a_failure_comes_after_the_bytes_before_it)
{
	static const uint64_t places[] = {0, 5000, RING_INLINE_BYTES, 6 * 1024 * 1024};
	const struct digest_request digests = {.sha256 = 1};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct digest_result seen;
		struct trouble trouble;
		uint64_t bytes;

		generator_init(&generator, 20 * 1024 * 1024, 65536);
		generator.fail_at = places[i];
		struct ring *ring = ring_open(&generator.source, &digests, NULL, NULL);
		EXPECT_NUMBER(take(ring, &bytes, &trouble), -1);
		EXPECT_NUMBER(trouble.soundness, UNREADABLE);
		EXPECT_STRING(trouble.error.message, "the generator failed");
		EXPECT(bytes >= places[i] && bytes < places[i] + 65536);
		EXPECT_NUMBER(take(ring, &bytes, &trouble), -1);
		EXPECT_NUMBER(ring_finish(ring, &seen), bytes);
		EXPECT_STRING(seen.sha256, "");
		ring_close(ring);
	}
}

static int asked, cancel_at;

static bool cancelled(void *context)
{
	(void)context;
	return ++asked >= cancel_at;
}

TEST(it_stops_when_it_is_told_to)
{
	const struct digest_request digests = {.md5 = 1};

	for (cancel_at = 1; cancel_at < 40; cancel_at += 3) {
		struct digest_result seen;
		struct trouble trouble;
		uint64_t bytes;

		asked = 0;
		generator_init(&generator, 1ULL << 40, 65536);
		struct ring *ring = ring_open(&generator.source, &digests, cancelled, NULL);
		EXPECT_NUMBER(take(ring, &bytes, &trouble), -1);
		EXPECT_NUMBER(trouble.soundness, UNREADABLE);
		EXPECT(ring_finish(ring, &seen) < 40ULL * 1024 * 1024);
		EXPECT_STRING(seen.md5, "");
		ring_close(ring);
	}
}

TEST(it_stops_while_it_waits_for_bytes)
{
	const struct digest_request digests = {.md5 = 0};
	struct trouble trouble;
	uint64_t bytes;
	time_t begin = time(NULL);

	asked = 0;
	cancel_at = 8;
	generator_init(&generator, 1ULL << 40, 700 * 1024);
	generator.pause_ms = 150;
	struct ring *ring = ring_open(&generator.source, &digests, cancelled, NULL);
	EXPECT_NUMBER(take(ring, &bytes, &trouble), -1);
	ring_close(ring);
	EXPECT(time(NULL) - begin < 5);
}

TEST(it_can_be_closed_at_any_time)
{
	const struct digest_request digests = {.sha256 = 1};

	for (int blocks = 0; blocks < 40; blocks += 3) {
		const unsigned char *data;
		struct trouble trouble;
		size_t length;

		generator_init(&generator, 1ULL << 40, 65536);
		struct ring *ring = ring_open(&generator.source, &digests, NULL, NULL);
		for (int i = 0; i < blocks; i++)
			EXPECT(source_next(ring_source(ring), &data, &length, &trouble) == 0);
		ring_close(ring);
	}
	ring_close(NULL);
}

UNIT_MAIN

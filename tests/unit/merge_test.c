#include "unit.h"

#include <stdlib.h>

#include "wrapper/run/step_output.h"

static char seen[1 << 20];
static size_t seen_length, torn;

static void collect(void *context, const char *data, size_t length)
{
	(void)context;
	memcpy(seen + seen_length, data, length);
	seen_length += length;
	if (data[length - 1] != '\n')
		torn++;
}

static void begin(struct merge *merge)
{
	seen_length = torn = 0;
	memset(seen, 0, sizeof(seen));
	merge_init(merge, collect, NULL);
}

TEST(lines_of_two_streams_are_not_torn)
{
	struct merge merge;

	begin(&merge);
	merge_feed(&merge, 0, "Bucket not ", 11);
	merge_feed(&merge, 1, "warning\n", 8);
	merge_feed(&merge, 0, "found\nDump", 10);
	merge_feed(&merge, 0, "ing\n", 4);
	EXPECT_STRING(seen, "warning\nBucket not found\nDumping\n");
	EXPECT_NUMBER(torn, 0);
	merge_finish(&merge);
	merge_release(&merge);
}

TEST(a_last_line_without_an_end_is_not_lost)
{
	struct merge merge;

	begin(&merge);
	merge_feed(&merge, 0, "out", 3);
	merge_feed(&merge, 1, "err", 3);
	EXPECT_STRING(seen, "");
	merge_finish(&merge);
	EXPECT_STRING(seen, "out\nerr");
	merge_release(&merge);
}

/* Whatever the blocks, every byte of a stream passes once and in order. */
TEST(nothing_is_lost_or_doubled_at_any_block_size)
{
	static char text[300000];
	struct merge merge;

	srand(7);
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = rand() % 60 == 0 ? '\n' : (char)('a' + rand() % 26);
	memset(text + 100000, 'x', 90000);
	for (size_t block = 1; block < 200000; block = block * 3 + 1) {
		begin(&merge);
		for (size_t at = 0; at < sizeof(text); at += block)
			merge_feed(&merge, 1, text + at, block < sizeof(text) - at ? block : sizeof(text) - at);
		merge_finish(&merge);
		EXPECT_NUMBER(seen_length, sizeof(text));
		EXPECT(memcmp(seen, text, sizeof(text)) == 0);
		merge_release(&merge);
	}
}

UNIT_MAIN

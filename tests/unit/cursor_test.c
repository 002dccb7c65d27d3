#include "assertions/bytes/cursor.h"
#include "bytes.h"

/* Gives what it has, then fails. */
struct failing {
	struct source source;
	size_t given;
};

static int failing_next(struct source *source, const unsigned char **ret_data, size_t *ret_length,
			struct trouble *ret_trouble)
{
	struct failing *failing = (struct failing *)source;

	if (failing->given++ == 0) {
		*ret_data = (const unsigned char *)"abc";
		*ret_length = 3;
		return 0;
	}
	return trouble_set(ret_trouble, UNREADABLE, "no more");
}

TEST(a_view_is_the_same_however_the_blocks_are_cut)
{
	unsigned char data[3000];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)(i * 7 + i / 256);
	for (size_t block = 0; block < 1100; block += block < 20 ? 1 : 97) {
		struct source *source = source_open_memory(data, sizeof(data), block);
		struct cursor cursor;
		size_t at = 0;
		uint64_t random = block;

		cursor_init(&cursor, source);
		while (at < sizeof(data)) {
			size_t wanted = 1 + bytes_random(&random) % CURSOR_VIEW_MAX, step;
			size_t left = sizeof(data) - at;
			const unsigned char *seen;
			size_t got = cursor_view(&cursor, wanted, &seen);

			EXPECT_NUMBER(got, wanted < left ? wanted : left);
			EXPECT(memcmp(seen, data + at, got) == 0);
			EXPECT_NUMBER(cursor.offset, at);
			step = 1 + bytes_random(&random) % got;
			if (step % 3 == 0) {
				cursor_advance(&cursor, step);
			} else if (step % 3 == 1) {
				EXPECT_NUMBER(cursor_skip(&cursor, step), step);
			} else {
				unsigned char into[CURSOR_VIEW_MAX];

				EXPECT_NUMBER(cursor_take(&cursor, into, step), step);
				EXPECT(memcmp(into, data + at, step) == 0);
			}
			at += step;
		}
		EXPECT_NUMBER(cursor_skip(&cursor, 1), 0);
		EXPECT(cursor.ended);
		source_close(source);
	}
}

TEST(zeros_are_counted)
{
	static unsigned char data[100000];

	for (size_t first = 0; first < 3000; first += 61)
		for (size_t block = 0; block < 2000; block += 333) {
			struct source *source = source_open_memory(data, sizeof(data), block);
			struct cursor cursor;

			data[first] = 1;
			cursor_init(&cursor, source);
			EXPECT_NUMBER(cursor_skip_zeros(&cursor, UINT64_MAX), first);
			EXPECT_NUMBER(cursor.offset, first);
			EXPECT_NUMBER(cursor_skip_zeros(&cursor, UINT64_MAX), 0);
			cursor_skip(&cursor, 1);
			EXPECT_NUMBER(cursor_skip_zeros(&cursor, 1000), 1000);
			EXPECT_NUMBER(cursor_skip_zeros(&cursor, UINT64_MAX), sizeof(data) - first - 1001);
			data[first] = 0;
			source_close(source);
		}
}

TEST(a_failure_is_told_after_what_came_before_it)
{
	struct failing failing = {.source = {.next = failing_next}};
	struct trouble trouble = {.soundness = SOUND};
	const unsigned char *data;
	struct cursor cursor;

	cursor_init(&cursor, &failing.source);
	EXPECT(!cursor_failed(&cursor, &trouble));
	EXPECT_NUMBER(cursor_view(&cursor, 10, &data), 3);
	EXPECT(memcmp(data, "abc", 3) == 0);
	EXPECT(cursor_failed(&cursor, &trouble));
	EXPECT_NUMBER(trouble.soundness, UNREADABLE);
	EXPECT_NUMBER(cursor_piece(&cursor, 2, &data), 2);
	EXPECT_NUMBER(cursor_piece(&cursor, 2, &data), 1);
	EXPECT_NUMBER(cursor_piece(&cursor, 2, &data), 0);
	EXPECT_NUMBER(failing.given, 2);
	EXPECT(!cursor.ended);
}

UNIT_MAIN

/*
 * The harness of the unit tests.
 *
 *     TEST(size_takes_a_unit)
 *     {
 *             EXPECT(units_parse_size("10KiB", &bytes, &err) == 0);
 *             EXPECT_STRING(text, "10 KiB");
 *     }
 *     UNIT_MAIN
 *
 * Tests register themselves, run in the order of the file, and go on after a failure.
 * The last line is "N passed, N failed"; the exit code is 1 where one failed.
 *
 * A sweep that takes long asks at each step, numbered as it likes, whether it is that one's turn:
 *
 *             for (size_t at = 0; at < length; at++)
 *                     if (unit_turn(at, 4))
 *
 * With TEST_FULL=1 in the environment it always is, else at one of four; at which, TEST_RUN (a number) turns.
 */
#ifndef MUSTER_TESTS_UNIT_H
#define MUSTER_TESTS_UNIT_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct unit_test {
	const char *name;
	void (*run)(void);
	struct unit_test *next;
};

static struct unit_test *unit_first, **unit_end = &unit_first;
static int unit_failures;

#define TEST(name)                                                         \
	static void test_##name(void);                                     \
	static struct unit_test entry_##name = {#name, test_##name, NULL}; \
	__attribute__((constructor)) static void register_##name(void)     \
	{                                                                  \
		*unit_end = &entry_##name;                                 \
		unit_end = &entry_##name.next;                             \
	}                                                                  \
	static void test_##name(void)

#define EXPECT(condition)                                                                \
	do {                                                                             \
		if (!(condition)) {                                                      \
			printf("%s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
			unit_failures++;                                                 \
		}                                                                        \
	} while (0)

#define EXPECT_STRING(seen, expected) unit_expect_string((seen), (expected), __FILE__, __LINE__)
#define EXPECT_NUMBER(seen, expected) unit_expect_number((long long)(seen), (long long)(expected), __FILE__, __LINE__)

static inline void unit_expect_string(const char *seen, const char *expected, const char *file, int line)
{
	if (seen != NULL && expected != NULL && strcmp(seen, expected) == 0)
		return;
	printf("%s:%d: expected \"%s\", saw \"%s\"\n", file, line, expected ? expected : "(null)",
	       seen ? seen : "(null)");
	unit_failures++;
}

static inline void unit_expect_number(long long seen, long long expected, const char *file, int line)
{
	if (seen == expected)
		return;
	printf("%s:%d: expected %lld, saw %lld\n", file, line, expected, seen);
	unit_failures++;
}

static inline bool unit_is_full(void)
{
	return getenv("TEST_FULL") != NULL;
}

static inline unsigned unit_run(void)
{
	const char *run = getenv("TEST_RUN");

	return run != NULL ? (unsigned)strtoul(run, NULL, 10) : 0;
}

static inline bool unit_turn(size_t step, size_t every)
{
	return unit_is_full() || (step + unit_run()) % every == 0;
}

#define UNIT_MAIN                                                                            \
	int main(void)                                                                       \
	{                                                                                    \
		int passed = 0, failed = 0;                                                  \
		for (struct unit_test *test = unit_first; test != NULL; test = test->next) { \
			int before = unit_failures;                                          \
			test->run();                                                         \
			if (unit_failures == before) {                                       \
				passed++;                                                    \
			} else {                                                             \
				failed++;                                                    \
				printf("FAILED %s: %s\n", __FILE__, test->name);             \
			}                                                                    \
		}                                                                            \
		printf("%d passed, %d failed\n", passed, failed);                            \
		return failed > 0;                                                           \
	}

#endif

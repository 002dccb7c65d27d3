/* test: optimised */
#include "assertions/base/memory.h"
#include "unit.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

TEST(memory_is_zeroed)
{
	static const char zeros[100];
	char *memory = memory_alloc(100), *array = memory_array(10, 10);

	EXPECT(memcmp(memory, zeros, 100) == 0);
	EXPECT(memcmp(array, zeros, 100) == 0);
	memory = memory_grow(memory, 2, 100);
	EXPECT(memcmp(memory, zeros, 100) == 0);
	free(memory);
	free(array);
	free(memory_alloc(0));
	free(memory_array(0, 8));
	free(memory_grow(NULL, 0, 8));
}

TEST(texts_are_copied)
{
	char *copy = memory_string("text"), *part = memory_substring("text", 2), *made = memory_format("%s-%d", "a", 7);

	EXPECT_STRING(copy, "text");
	EXPECT_STRING(part, "te");
	EXPECT_STRING(made, "a-7");
	EXPECT(memory_string(NULL) == NULL);
	free(copy);
	free(part);
	free(made);
	part = memory_substring(NULL, 0);
	EXPECT_STRING(part, "");
	free(part);
}

TEST(a_stream_becomes_a_text)
{
	char *text;
	size_t length;

	memory_end_stream(memory_open_stream(&text, &length));
	EXPECT_STRING(text, "");
	EXPECT(length == 0);
	free(text);
	FILE *file = memory_open_stream(&text, &length);
	for (int i = 0; i < 30000; i++)
		fprintf(file, "%05d\n", i);
	memory_end_stream(file);
	EXPECT(length == 180000 && strlen(text) == length);
	EXPECT(memcmp(text + length - 12, "29998\n29999\n", 12) == 0);
	free(text);
}

static void leave_a_sign(void)
{
	if (write(STDOUT_FILENO, "hook\n", 5) != 5)
		_exit(1);
}

static void use_up_by_array(void)
{
	memory_array(SIZE_MAX / 2, 3);
}

static void use_up_by_growing(void)
{
	memory_grow(NULL, SIZE_MAX / 2, 3);
}

static void use_up_by_copying(void)
{
	memory_substring("x", SIZE_MAX);
}

/* Its exit code, and whether the hook was called. */
static int run_in_child(void (*use_up)(void), bool *ret_hook)
{
	int ends[2], status = 0;
	char sign[16];

	EXPECT(pipe(ends) == 0);
	fflush(stdout);
	pid_t child = fork();
	if (child == 0) {
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		memory_on_exhaustion(leave_a_sign);
		use_up();
		_exit(0);
	}
	close(ends[1]);
	*ret_hook = read(ends[0], sign, 5) == 5 && memcmp(sign, "hook\n", 5) == 0;
	close(ends[0]);
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(exhaustion_ends_the_process)
{
	static void (*const ways[])(void) = {use_up_by_array, use_up_by_growing, use_up_by_copying};

	for (size_t i = 0; i < 3; i++) {
		bool hook = false;
		EXPECT_NUMBER(run_in_child(ways[i], &hook), MEMORY_EXHAUSTED_EXIT);
		EXPECT(hook);
	}
}

static void *use_up_later(void *unused)
{
	(void)unused;
	nanosleep(&(struct timespec){0, 30000000}, NULL);
	use_up_by_array();
	return NULL;
}

static void dawdle(void)
{
	nanosleep(&(struct timespec){0, 200000000}, NULL);
}

static void use_up_in_two_threads(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, use_up_later, NULL);
	use_up_by_array();
}

TEST(a_second_thread_does_not_cut_short_what_the_first_does)
{
	bool hook = false;

	memory_on_exhaustion(dawdle);
	EXPECT_NUMBER(run_in_child(use_up_in_two_threads, &hook), MEMORY_EXHAUSTED_EXIT);
	EXPECT(hook);
}

UNIT_MAIN

/*
 * Prints, in writes of so many bytes that each end in a line feed, as a program that flushes what it says; and writes the
 * processor time that it took itself, in seconds, to a file.
 *
 *     lines BYTES_EACH BYTES_ALL FILE
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define BYTES_MAX 65536

static double seconds(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

int main(int argc, char **argv)
{
	static char line[BYTES_MAX];
	struct rusage usage;
	long each = argc == 4 ? atol(argv[1]) : 0, all = argc == 4 ? atol(argv[2]) : 0;

	if (each < 1 || each > BYTES_MAX || all < 1)
		return 2;
	memset(line, 'x', sizeof line);
	line[each - 1] = '\n';
	for (long written = 0; written < all; written += each)
		if (write(STDOUT_FILENO, line, (size_t)each) != each)
			return 1;
	getrusage(RUSAGE_SELF, &usage);
	FILE *file = fopen(argv[3], "w");

	if (file == NULL || fprintf(file, "%.6f\n", seconds(usage.ru_utime) + seconds(usage.ru_stime)) < 0)
		return 1;
	return fclose(file) == 0 ? 0 : 1;
}

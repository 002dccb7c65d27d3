/*
 * How fast texts are scanned for 1, 10 and 100 patterns that are not in them, with the filter and without it,
 * in MB of text for each second of the processor. The better of alternating rounds counts.
 *
 *     make && gcc -O2 -o /tmp/scan tests/bench/scan.c build/libassertions.a -lpcre2-8
 *     gcc -O2 -o /tmp/corpus tests/bench/corpus.c && /tmp/corpus sql 200000000 >/tmp/sql && /tmp/corpus log 200000000 >/tmp/log
 *     /tmp/scan /tmp/sql /tmp/log
 */
#include "../../assertions/base/memory.h"
#include "../../assertions/base/scanner_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TEXT_MAX ((size_t)1 << 28)
#define FEED_BYTES ((size_t)128 * 1024)
#define BLOCK_BYTES ((size_t)64 * 1024)
#define ROUNDS 5
#define PATTERNS 100

static const char *const typical[] = {
	"Bucket not found",         "^\\[Error\\]",
	"^pg_dump: error:",         "(?i)permission denied",
	"No space left on device",  "^ERROR:\\s+\\S+",
	"Skipping backup of \\S+",  "connection (?:refused|reset by peer)",
	"\\bSegmentation fault\\b", "^Traceback \\(most recent call last\\):$",
};

static const char *const things[] = {"volume",   "bucket", "table",    "index",  "repository",
				     "snapshot", "upload", "database", "archive"};
static const char *const troubles[] = {"cannot be read",       "is missing",          "was skipped", "timed out",
				       "has a wrong checksum", "could not be locked", "is corrupt",  "not found",
				       "is truncated",         "exceeds the quota"};

static struct pattern *compile(const char *text)
{
	struct pattern *pattern;
	struct error err;

	if (pattern_compile(text, &pattern, &err) < 0) {
		fprintf(stderr, "%s\n", err.message);
		exit(2);
	}
	return pattern;
}

static struct pattern *make_pattern(size_t number)
{
	char text[100];

	if (number < 10)
		return compile(typical[number]);
	number -= 10;
	snprintf(text, sizeof(text), number % 3 == 0 ? "^%s \\S+ %s" : "%s %s", things[number % 9],
		 troubles[number / 9]);
	return compile(text);
}

static double scan(const struct pattern *const *patterns, size_t count, unsigned options, const char *text,
		   size_t length, size_t *ret_found)
{
	clock_t begin = clock();
	struct scanner *scanner =
		scanner_new_sized(patterns, count, SCANNER_STRIP_COLOURS | options, BLOCK_BYTES, SCANNER_SPAN_MAX);

	for (size_t done = 0, part; done < length; done += part) {
		part = FEED_BYTES < length - done ? FEED_BYTES : length - done;
		scanner_feed(scanner, text + done, part);
	}
	scanner_finish(scanner);
	for (size_t i = 0; i < count; i++)
		*ret_found += scanner_result(scanner, i, NULL) != SCAN_ABSENT;
	scanner_free(scanner);
	return (double)length / 1e6 / ((double)(clock() - begin) / CLOCKS_PER_SEC);
}

static void compare(const char *name, const struct pattern *const *patterns, size_t count, const char *text,
		    size_t length)
{
	double best[2] = {0, 0};
	size_t found[2] = {0, 0};

	for (int round = 0; round < ROUNDS; round++)
		for (int filtered = 0; filtered < 2; filtered++) {
			double rate = scan(patterns, count, filtered ? 0 : SCANNER_FILTER_NEVER, text, length,
					   &found[filtered]);
			best[filtered] = rate > best[filtered] ? rate : best[filtered];
		}
	printf("%-24s %8zu %12.0f %12.0f %8.1f  %zu%s\n", name, count, best[0], best[1], best[1] / best[0],
	       found[1] / ROUNDS, found[0] == found[1] ? "" : " DIFFERENT");
}

int main(int argc, char **argv)
{
	const struct pattern *patterns[PATTERNS];
	char *text = memory_alloc(TEXT_MAX);

	for (size_t i = 0; i < PATTERNS; i++)
		patterns[i] = make_pattern(i);
	printf("%-24s %8s %12s %12s %8s  %s\n", "text", "patterns", "plain MB/s", "filter MB/s", "times", "found");
	for (int i = 1; i < argc; i++) {
		FILE *file = fopen(argv[i], "r");
		size_t length = file != NULL ? fread(text, 1, TEXT_MAX, file) : 0;
		if (length == 0)
			return 1;
		fclose(file);
		for (size_t count = 1; count <= PATTERNS; count *= 10)
			compare(argv[i], patterns, count, text, length);
	}
	for (size_t i = 0; i < PATTERNS; i++)
		pattern_free((struct pattern *)(uintptr_t)patterns[i]);
	free(text);
	return 0;
}

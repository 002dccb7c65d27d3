/*
 * How fast texts are scanned for 1, 10 and 100 patterns that are not in them, with the filter and without it,
 * in MB of text for each second of the processor. The better of alternating rounds counts.
 *
 *     scan FILE...
 *
 * The kinds of patterns: typical ones; the same in either case; such as begin with any part of a line; such as have
 * no literal (two of ten, of a hundred twenty). The last text is made here, of what the patterns look for
 * without its last letters.
 */
#include "assertions/base/memory.h"
#include "assertions/scan/scan_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TEXT_MAX ((size_t)1 << 28)
#define FEED_BYTES ((size_t)128 * 1024)
#define BLOCK_BYTES ((size_t)64 * 1024)
#define ROUNDS 3
#define NEAR_BYTES ((size_t)32 << 20)
#define PART_MIN ((size_t)8 << 20)
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

enum kind { KIND_TYPICAL, KIND_CASELESS, KIND_LINE, KIND_SOME_WITHOUT, KINDS };

static const char *const kind_names[KINDS] = {"typical", "either case", "part of a line", "some without"};

static void write_phrase(size_t number, bool is_plain, char *text, size_t capacity)
{
	if (number < 10) {
		snprintf(text, capacity, "%s", typical[number]);
		return;
	}
	number -= 10;
	snprintf(text, capacity, number % 3 == 0 && !is_plain ? "^%s \\S+ %s" : "%s %s", things[number % 9],
		 troubles[number / 9]);
}

static struct pattern *make_pattern(enum kind kind, size_t number)
{
	char phrase[100], text[200];

	write_phrase(number, false, phrase, sizeof(phrase));
	snprintf(text, sizeof(text), "%s", phrase);
	if (kind == KIND_CASELESS && strncmp(phrase, "(?i)", 4) != 0)
		snprintf(text, sizeof(text), "(?i)%s", phrase);
	if (kind == KIND_LINE && strncmp(phrase, "(?i)", 4) != 0)
		snprintf(text, sizeof(text), number % 2 == 0 ? "^.*%s" : "\\w+:? %s", phrase + (*phrase == '^'));
	if (kind == KIND_SOME_WITHOUT && number % 10 >= 8)
		snprintf(text, sizeof(text), "^[A-Z]+_[%zu-9]{5}_\\w$", number / 10);
	return compile(text);
}

/* What compares the most and finds nothing. */
static size_t make_near(char *text)
{
	size_t length = 0;

	for (size_t i = 0; length < NEAR_BYTES; i++) {
		char phrase[100];
		write_phrase(i % PATTERNS, true, phrase, sizeof(phrase));
		size_t part = strcspn(phrase, "(") > 4 ? strcspn(phrase, "(") - 1 : 0;
		memcpy(text + length, phrase, part);
		length += part;
		text[length++] = i % 5 == 0 ? '\n' : ' ';
	}
	return length;
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

static void compare(const char *name, enum kind kind, size_t count, const char *text, size_t length)
{
	const struct pattern *patterns[PATTERNS];
	double best[2] = {0, 0};
	size_t found[2] = {0, 0};

	for (size_t i = 0; i < count; i++)
		patterns[i] = make_pattern(kind, i);
	for (int round = 0; round < ROUNDS; round++)
		for (int filtered = 0; filtered < 2; filtered++) {
			double rate = scan(patterns, count, filtered ? 0 : SCANNER_FILTER_NEVER, text, length,
					   &found[filtered]);
			best[filtered] = rate > best[filtered] ? rate : best[filtered];
		}
	printf("%-12s %-16s %8zu %12.0f %12.0f %8.1f  %zu%s\n", name, kind_names[kind], count, best[0], best[1],
	       best[1] / best[0], found[1] / ROUNDS, found[0] == found[1] ? "" : " DIFFERENT");
	fflush(stdout);
	for (size_t i = 0; i < count; i++)
		pattern_free((struct pattern *)(uintptr_t)patterns[i]);
}

/* What is slow without the filter is shown on a part of the text. */
static void compare_all(const char *path, const char *text, size_t length)
{
	const char *name = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;

	for (enum kind kind = 0; kind < KINDS; kind++)
		for (size_t count = 1; count <= PATTERNS; count *= 10) {
			size_t part = length / count < PART_MIN ? PART_MIN : length / count;
			compare(name, kind, count, text, part < length ? part : length);
		}
}

int main(int argc, char **argv)
{
	char *text = memory_alloc(TEXT_MAX);

	printf("%-12s %-16s %8s %12s %12s %8s  %s\n", "text", "patterns", "count", "plain MB/s", "filter MB/s", "times",
	       "found");
	for (int i = 1; i < argc; i++) {
		FILE *file = fopen(argv[i], "r");
		size_t length = file != NULL ? fread(text, 1, TEXT_MAX, file) : 0;
		if (length == 0)
			return 1;
		fclose(file);
		compare_all(argv[i], text, length);
	}
	compare_all("near", text, make_near(text));
	free(text);
	return 0;
}

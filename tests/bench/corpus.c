/*
 * Makes what the benchmarks read, fast and the same every time.
 *
 *     corpus sql BYTES       a PostgreSQL dump: COPY blocks of rows, compresses about as well as a real one, ends in its marker
 *     corpus log BYTES       lines of several services: requests, jobs, few errors
 *     corpus noise BYTES     what does not compress: git packs, images
 *     corpus half BYTES      what compresses to a half: programs
 *     corpus members COUNT   a tar of so many members of 200 to 499 bytes
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t seed = 88172645463325252u;

static uint64_t next(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

static void write_sql(uint64_t bytes)
{
	static const char *const words[] = {"merge",  "request", "pipeline", "failed", "the",      "build",
					    "of",     "main",    "fix",      "tests",  "update",   "dependency",
					    "to",     "version", "add",      "remove", "refactor", "service",
					    "worker", "commit",  "review",   "branch", "release",  "docs",
					    "typo",   "in",      "README",   "cache",  "runner",   "timeout",
					    "issue",  "closes"};
	char line[1024];
	uint64_t written = 0, row = 1;

	written += (uint64_t)printf("--\n-- PostgreSQL database dump\n--\n\n");
	while (written < bytes) {
		if (row % 200000 == 1)
			written += (uint64_t)printf("COPY public.events_%" PRIu64
						    " (id, project_id, author, created_at, sha, note) FROM stdin;\n",
						    row / 200000);
		uint64_t a = next(), b = next();
		int length =
			snprintf(line, sizeof(line),
				 "%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t2026-04-%02u %02u:%02u:%02u\t%06" PRIx64 "\t",
				 row, a % 400, b % 90, (unsigned)(row / 100000 % 28 + 1), (unsigned)(row / 4000 % 24),
				 (unsigned)(row / 70 % 60), (unsigned)(b >> 8) % 60, a & 0xffffff);
		for (uint64_t words_left = b % 24 + 6; words_left > 0; words_left--)
			length += snprintf(line + length, sizeof(line) - (size_t)length, "%s ", words[next() % 32]);
		line[length++] = '\n';
		fwrite(line, 1, (size_t)length, stdout);
		written += (uint64_t)length;
		if (++row % 200000 == 1)
			written += (uint64_t)printf("\\.\n\n");
	}
	printf("\\.\n\n--\n-- PostgreSQL database dump complete\n--\n\n");
}

static void write_log(uint64_t bytes)
{
	static const char *const levels[] = {"INFO", "INFO", "INFO", "INFO", "DEBUG", "DEBUG", "WARN", "ERROR"};
	static const char *const paths[] = {"/api/v4/projects", "/users/sign_in",         "/groups/infra/tree",
					    "/-/health",        "/uploads/image.png",     "/api/v4/jobs/request",
					    "/explore",         "/projects/backup/issues"};
	static const char *const jobs[] = {"PipelineProcessWorker", "MergeRequestMergeabilityCheckWorker",
					   "RepositoryUpdateWorker", "WebHookWorker", "UpdateIndexWorker"};
	uint64_t written = 0, row = 0;

	while (written < bytes) {
		uint64_t a = next(), b = next();
		char line[512];
		int length = snprintf(line, sizeof(line), "2026-04-%02u %02u:%02u:%02u,%03u %-5s [%s-%u] ",
				      (unsigned)(row / 2000000 % 28 + 1), (unsigned)(row / 80000 % 24),
				      (unsigned)(row / 1400 % 60), (unsigned)(row / 23 % 60), (unsigned)(a % 1000),
				      levels[b % 8], a % 3 != 0 ? "web" : "worker", (unsigned)(a >> 20) % 16);
		if (a % 3 != 0)
			length +=
				snprintf(line + length, sizeof(line) - (size_t)length,
					 "GET %s/%u status=%u duration=%u.%03us ip=10.%u.%u.%u id=%016" PRIx64,
					 paths[b >> 8 & 7], (unsigned)(b >> 16) % 9000, b % 8 == 7 ? 500 : 200,
					 (unsigned)(b >> 32) % 3, (unsigned)(b >> 40) % 1000, (unsigned)(a >> 8) & 255,
					 (unsigned)(a >> 16) & 255, (unsigned)(a >> 24) & 255, b);
		else
			length += snprintf(line + length, sizeof(line) - (size_t)length,
					   "%s JID-%012" PRIx64 ": %s, queue=default retry=%u latency=%u ms",
					   jobs[b >> 8 & 3], b >> 16,
					   b % 8 == 7 ? "failed: execution expired, will be retried" : "done",
					   (unsigned)(b >> 12) % 3, (unsigned)(b >> 20) % 5000);
		line[length++] = '\n';
		fwrite(line, 1, (size_t)length, stdout);
		written += (uint64_t)length;
		row++;
	}
}

static void write_noise(uint64_t bytes, unsigned zeros)
{
	uint64_t block[8192];

	while (bytes > 0) {
		size_t length = bytes < sizeof(block) ? (size_t)bytes : sizeof(block);
		for (size_t i = 0; i < sizeof(block) / sizeof(block[0]); i++)
			block[i] = i % 4 < zeros ? 0x0000004889e58948u : next();
		fwrite(block, 1, length, stdout);
		bytes -= length;
	}
}

static void write_member(uint64_t number)
{
	char header[512] = {0}, data[512] = {0};
	unsigned size = (unsigned)(next() % 300 + 200), sum = 0;

	snprintf(header, 100, "./d%03" PRIu64 "/f%07" PRIu64 ".txt", number / 1000, number);
	snprintf(header + 100, 8, "%07o", 0644u);
	snprintf(header + 108, 8, "%07o", 0u);
	snprintf(header + 116, 8, "%07o", 0u);
	snprintf(header + 124, 12, "%011o", size);
	snprintf(header + 136, 12, "%011o", 1776000000u);
	header[156] = '0';
	memcpy(header + 257, "ustar\00000", 8);
	memset(header + 148, ' ', 8);
	for (size_t i = 0; i < sizeof(header); i++)
		sum += (unsigned char)header[i];
	snprintf(header + 148, 8, "%06o", sum);
	memset(data, 'a' + (int)(number % 26), size);
	fwrite(header, 1, sizeof(header), stdout);
	fwrite(data, 1, sizeof(data), stdout);
}

int main(int argc, char **argv)
{
	static char buffer[1 << 20];
	uint64_t amount = argc == 3 ? strtoull(argv[2], NULL, 10) : 0;

	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	if (amount == 0)
		return 2;
	if (strcmp(argv[1], "sql") == 0) {
		write_sql(amount);
	} else if (strcmp(argv[1], "log") == 0) {
		write_log(amount);
	} else if (strcmp(argv[1], "noise") == 0) {
		write_noise(amount, 0);
	} else if (strcmp(argv[1], "half") == 0) {
		write_noise(amount, 2);
	} else if (strcmp(argv[1], "members") == 0) {
		for (uint64_t i = 0; i < amount; i++)
			write_member(i);
		write_noise(0, 0);
		for (int i = 0; i < 1024; i++)
			putchar(0);
	} else {
		return 2;
	}
	return fflush(stdout) != 0;
}

#include "assertions/base/version.h"
#include "unit.h"

static void expect_found(const char *text, const char *expected)
{
	char version[32] = "untouched";

	EXPECT_NUMBER(version_find(text, version, sizeof(version)), 0);
	EXPECT_STRING(version, expected);
}

TEST(versions_are_found)
{
	expect_found("s3cmd version 2.3.0", "2.3.0");
	expect_found("pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "15.18");
	expect_found("gzip 1.12\nCopyright (C) 2022", "1.12");
	expect_found("aws-cli/2.9.19 Python/3.11.2 Linux/6.1", "2.9.19");
	expect_found("bzip2, a block-sorting file compressor.  Version 1.0.8, 13-Jul-2019.", "1.0.8");
	expect_found("*** LZ4 command line interface 64-bits v1.9.4, by Yann Collet ***", "1.9.4");
	expect_found("Copyright (c) 1990-2008 Info-ZIP. This is Zip 3.0 (July 5th 2008)", "3.0");
	expect_found("go version go1.21.4 linux/amd64", "1.21.4");
	expect_found("less 590 (GNU regular expressions)", "590");
	expect_found("v1.28.2", "1.28.2");
	expect_found("1.0.2-rc1", "1.0.2");
	expect_found("x86_64 build 7", "7");
	expect_found("2.3.", "2.3");
	expect_found("3.40.1 2022-12-28 14:03:47 df5c253c", "3.40.1");
}

TEST(where_there_is_none)
{
	char version[4] = "old";

	EXPECT_NUMBER(version_find("no number at all", version, sizeof(version)), -1);
	EXPECT_NUMBER(version_find("", version, sizeof(version)), -1);
	EXPECT_NUMBER(version_find("s3cmd", version, sizeof(version)), -1);
	EXPECT_NUMBER(version_find("2.30", version, sizeof(version)), -1);
	EXPECT_STRING(version, "old");
	EXPECT_NUMBER(version_find("2.3", version, sizeof(version)), 0);
}

static bool holds(const char *text, const char *version)
{
	struct version_range *range = NULL;
	struct error err = {""};

	if (version_range_parse(text, &range, &err) < 0) {
		printf("%s: %s\n", text, err.message);
		unit_failures++;
		return false;
	}
	bool in = version_in_range(range, version);
	version_range_free(range);
	return in;
}

TEST(parts_are_numbers)
{
	EXPECT(holds(">=2.3", "2.3"));
	EXPECT(holds(">=2.3", "2.3.0"));
	EXPECT(holds(">=2.3", "2.10"));
	EXPECT(holds(">=2.3", "3"));
	EXPECT(!holds(">=2.3", "2.2.9"));
	EXPECT(!holds(">=2.3", "2"));
	EXPECT(holds(">=2.3.0", "2.3"));
	EXPECT(holds(">2.3", "2.3.1"));
	EXPECT(!holds(">2.3", "2.3.0"));
	EXPECT(holds("<4.1", "4.0.99"));
	EXPECT(!holds("<4.1", "4.1"));
	EXPECT(holds("<=3", "3.0"));
	EXPECT(!holds("<=3", "3.0.1"));
	EXPECT(holds(">=1.02", "1.2"));
	EXPECT(holds(">99999999999999999998", "99999999999999999999"));
}

TEST(equal_means_as_far_as_it_says)
{
	EXPECT(holds("2.3", "2.3.7"));
	EXPECT(holds("=2.3", "2.3"));
	EXPECT(holds("=2.3.0", "2.3"));
	EXPECT(!holds("=2.3", "2.30"));
	EXPECT(!holds("=2.3.1", "2.3"));
	EXPECT(!holds("2.3", "2"));
}

TEST(all_conditions_must_hold)
{
	EXPECT(holds(">=2.3, <3", "2.9"));
	EXPECT(holds(">=2.3 <3", "2.9"));
	EXPECT(holds(" >=2.3,<3 ", "2.9"));
	EXPECT(holds(">= 2.3", "2.9"));
	EXPECT(!holds(">=2.3 <3", "3.0"));
	EXPECT(!holds(">=2.3 <3", "2.2"));
}

TEST(text_after_the_numbers_is_ignored)
{
	EXPECT(holds(">=1.0.2", "1.0.2-rc1"));
	EXPECT(holds("<1.0.3", "1.0.2rc9"));
	EXPECT(holds(">=1.2", "v1.2"));
	EXPECT(holds(">=v1.2", "1.2"));
	EXPECT(!holds(">=0", "none"));
	EXPECT(!holds("<9", ""));
}

/* No version is within the one and not within the other where the one is said to be within it. */
TEST(ranges_within_ranges)
{
	static const char *const written[] = {">=2",     ">2",       "<=2",     "<2",   "=2",   ">=2.3",
					      ">2.3",    "<=2.3",    "<2.3",    "=2.3", "=2.0", "=2.3.1",
					      ">=1, <3", ">1 <=2.3", "<3, >=2", "<3"};
	static const char *const versions[] = {"0",   "1",    "1.9",   "2",     "2.0.0",   "2.0.1",
					       "2.2", "2.3",  "2.3.0", "2.3.1", "2.3.1.4", "2.3.2",
					       "2.4", "2.10", "3",     "3.0.1", "10"};
	enum { RANGES = sizeof(written) / sizeof(written[0]) };
	struct version_range *ranges[RANGES] = {NULL};
	struct error err;
	size_t within = 0;

	for (size_t i = 0; i < RANGES; i++)
		EXPECT_NUMBER(version_range_parse(written[i], &ranges[i], &err), 0);
	for (size_t a = 0; a < RANGES; a++)
		for (size_t b = 0; b < RANGES; b++) {
			if (!version_range_is_within(ranges[a], ranges[b])) {
				EXPECT(a != b);
				continue;
			}
			within++;
			for (size_t v = 0; v < sizeof(versions) / sizeof(versions[0]); v++)
				EXPECT(!version_in_range(ranges[a], versions[v]) ||
				       version_in_range(ranges[b], versions[v]));
		}
	EXPECT(within > 50);
	for (size_t i = 0; i < RANGES; i++)
		version_range_free(ranges[i]);
}

TEST(what_is_no_range)
{
	static const char *const bad[] = {
		"",          " ",    ">=",  "x",   ">=x",    "2.3x",
		">=2.3-rc1", "==2",  "!=2", "2.",  ">=2,",   ",2",
		">=2,,<3",   "~2.3", "^2",  "2.x", ">=2;<3", "1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1"};
	struct version_range *range = NULL;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct error err = {""};
		EXPECT_NUMBER(version_range_parse(bad[i], &range, &err), -1);
		EXPECT(strstr(err.message, bad[i]) != NULL);
		EXPECT(range == NULL);
	}
	version_range_free(NULL);
}

UNIT_MAIN

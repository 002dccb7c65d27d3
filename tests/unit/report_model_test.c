#include <stdlib.h>

#include "wrapper/report/report.h"
#include "unit.h"

#define HEAD                                                                                                       \
	"{\"muster\": 1, \"mode\": \"run\", \"name\": \"n\", \"run\": {\"id\": \"i\", \"started\": "               \
	"\"2026-04-21T02:30:00.000Z\", \"finished\": \"2026-04-21T02:30:01.500Z\", \"host\": \"h\", \"version\": " \
	"\"v\"}, \"manifest\": {\"path\": \"m\", \"sha256\": \"s\"}, "
#define TAIL ", \"steps\": [], \"artifacts\": [], \"uploads\": []}"
#define COUNTS(declared, passed, failed, unproven, waived)                                     \
	"\"counts\": {\"declared\": " declared ", \"passed\": " passed ", \"failed\": " failed \
	", \"unproven\": " unproven ", \"waived\": " waived "}, "
#define CHECK(id, verdict, more)                                           \
	"{\"id\": \"" id "\", \"kind\": \"exit\", \"verdict\": \"" verdict \
	"\", \"expected\": \"e\", \"observed\": \"o\", \"message\": \"m\", \"line\": 4, \"seconds\": 0.5" more "}"
#define VERDICT(verdict, code) "\"verdict\": \"" verdict "\", \"exit_code\": " code ", "

static struct error err;

static struct report *parse(const char *text)
{
	err.message[0] = '\0';
	return report_parse(text, strlen(text), &err);
}

static void expect_refused(const char *text, const char *because)
{
	struct report *report = parse(text);

	EXPECT(report == NULL);
	report_free(report);
	if (strstr(err.message, because) == NULL)
		EXPECT_STRING(err.message, because);
}

TEST(what_is_in_it_is_read)
{
	struct report *report = parse(HEAD VERDICT("fail", "1") COUNTS("2", "1", "1", "0", "0") "\"checks\": [" CHECK(
		"a", "pass",
		"") ", " CHECK("b", "fail",
			       ", \"hint\": \"h\", \"coverage\": {\"covered\": 1, \"items\": 3}") "]" TAIL);

	EXPECT_STRING(err.message, "");
	if (report == NULL)
		return;
	EXPECT_NUMBER(report->check_count, 2);
	EXPECT_NUMBER(report->checks[1].verdict, VERDICT_FAIL);
	EXPECT_NUMBER(report->checks[1].coverable, 3);
	EXPECT_STRING(report->checks[1].hint, "h");
	EXPECT(report->checks[0].hint == NULL);
	EXPECT(report_seconds(report) > 1.4 && report_seconds(report) < 1.6);
	char *summary = report_summary(report);
	EXPECT_STRING(summary, "n: fail: of 2 checks 1 passed, 1 failed, 0 not proven");
	free(summary);
	report_free(report);
}

TEST(counts_must_be_those_of_the_checks)
{
	expect_refused(HEAD VERDICT("pass", "0")
			       COUNTS("2", "2", "0", "0", "0") "\"checks\": [" CHECK("a", "pass", "") "]" TAIL,
		       "counts 2 checks as declared");
	expect_refused(HEAD VERDICT("pass", "0")
			       COUNTS("1", "1", "0", "0", "0") "\"checks\": [" CHECK("a", "fail", "") "]" TAIL,
		       "counts 1 checks as passed");
	expect_refused(HEAD VERDICT("fail", "5")
			       COUNTS("1", "0", "0", "0", "1") "\"checks\": [" CHECK("a", "unproven", "") "]" TAIL,
		       "not proven");
}

TEST(a_pass_needs_checks_that_passed)
{
	expect_refused(HEAD VERDICT("pass", "0") COUNTS("0", "0", "0", "0", "0") "\"checks\": []" TAIL, "exit code 0");
	expect_refused(HEAD VERDICT("pass", "0")
			       COUNTS("1", "0", "0", "1", "0") "\"checks\": [" CHECK("a", "unproven", "") "]" TAIL,
		       "exit code 0");
	expect_refused(HEAD VERDICT("fail", "0")
			       COUNTS("1", "1", "0", "0", "0") "\"checks\": [" CHECK("a", "pass", "") "]" TAIL,
		       "verdict is 'fail'");
	expect_refused(HEAD VERDICT("pass", "70")
			       COUNTS("1", "1", "0", "0", "0") "\"checks\": [" CHECK("a", "pass", "") "]" TAIL,
		       "verdict is 'pass'");
	expect_refused(HEAD VERDICT("fail", "1")
			       COUNTS("1", "1", "0", "0", "0") "\"checks\": [" CHECK("a", "pass", "") "]" TAIL,
		       "exit code 1");
	expect_refused(HEAD VERDICT("fail", "5")
			       COUNTS("1", "0", "1", "0", "0") "\"checks\": [" CHECK("a", "fail", "") "]" TAIL,
		       "exit code 5");
	expect_refused(HEAD VERDICT("fail", "3")
			       COUNTS("1", "0", "1", "0", "0") "\"checks\": [" CHECK("a", "fail", "") "]" TAIL,
		       "exit code 3");
}

TEST(a_failure_without_a_failed_check_says_what_it_was)
{
	struct report *report =
		parse(HEAD VERDICT("fail", "143")
			      COUNTS("1", "1", "0", "0", "0") "\"checks\": [" CHECK("a", "pass", "") "]" TAIL);

	EXPECT(report != NULL);
	if (report == NULL)
		return;
	char *failure = report_other_failure(report);
	EXPECT_STRING(failure, "muster was ended by SIGTERM");
	free(failure);
	report_free(report);
}

TEST(a_shape_that_is_none)
{
	expect_refused("", "not JSON");
	expect_refused("[]", "not an object");
	expect_refused("{}", "is missing");
	expect_refused("{\"muster\": 1, \"muster\": 1}", "duplicate");
	expect_refused(HEAD VERDICT("pass", "0")
			       COUNTS("1", "1", "0", "0", "0") "\"checks\": [" CHECK("a", "pass", "") "]" TAIL "x",
		       "not JSON");
	expect_refused(HEAD VERDICT("pass", "0")
			       COUNTS("2", "2", "0", "0",
				      "0") "\"checks\": [" CHECK("a", "pass", "") "," CHECK("a", "pass", "") "]" TAIL,
		       "'a' is there twice");
	expect_refused(HEAD VERDICT("pass", "0") COUNTS("1", "1", "0", "0", "0") "\"checks\": [" CHECK(
			       "a", "pass", ", \"coverage\": {\"covered\": 2, \"items\": 1}") "]" TAIL,
		       "covers more");
	expect_refused(HEAD VERDICT("pass", "0")
			       COUNTS("1", "1", "0", "0", "-1") "\"checks\": [" CHECK("a", "pass", "") "]" TAIL,
		       "whole number");
	expect_refused(HEAD VERDICT("maybe", "0")
			       COUNTS("1", "1", "0", "0", "0") "\"checks\": [" CHECK("a", "pass", "") "]" TAIL,
		       "neither pass nor fail");
}

UNIT_MAIN

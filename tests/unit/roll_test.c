#include "unit.h"

#include "wrapper/roll.h"

static const struct place line_3 = {3, 1};

static void answer(struct roll *roll, size_t row, enum verdict verdict)
{
	struct finding finding = {.verdict = verdict};

	roll_answer(roll, row, &finding, true, 0);
}

static void enter_two(struct roll *roll)
{
	EXPECT_NUMBER(roll_enter(roll, "store:a/bucket", "bucket", line_3, "it is there", true), 0);
	EXPECT_NUMBER(roll_enter(roll, "step:b/exit", "exit", line_3, "exit code 0", false), 1);
	roll_close(roll);
}

TEST(passes_only_when_every_row_passed)
{
	static const struct {
		enum verdict gate, check;
		int code;
	} cases[] = {
		{VERDICT_PASS, VERDICT_PASS, EXIT_PASSED},
		{VERDICT_PASS, VERDICT_WAIVED, EXIT_PASSED},
		{VERDICT_PASS, VERDICT_FAIL, EXIT_FAILED},
		{VERDICT_PASS, VERDICT_UNPROVEN, EXIT_UNPROVEN},
		{VERDICT_PASS, VERDICT_UNEVALUATED, EXIT_UNPROVEN},
		{VERDICT_FAIL, VERDICT_UNPROVEN, EXIT_PREFLIGHT},
		{VERDICT_FAIL, VERDICT_FAIL, EXIT_PREFLIGHT},
		{VERDICT_UNPROVEN, VERDICT_PASS, EXIT_UNPROVEN},
		{VERDICT_UNPROVEN, VERDICT_FAIL, EXIT_FAILED},
		{VERDICT_UNEVALUATED, VERDICT_UNEVALUATED, EXIT_UNPROVEN},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct roll roll = {0};
		enter_two(&roll);
		answer(&roll, 0, cases[i].gate);
		answer(&roll, 1, cases[i].check);
		EXPECT_NUMBER(roll_exit_code(&roll, 0, false), cases[i].code);
		EXPECT(roll_passed(&roll) == (cases[i].code == EXIT_PASSED));
		roll_release(&roll);
	}
}

TEST(a_row_without_an_answer_is_not_proven)
{
	struct roll roll = {0};

	enter_two(&roll);
	answer(&roll, 0, VERDICT_PASS);
	EXPECT(!roll_passed(&roll));
	roll_settle(&roll, "not reached");
	EXPECT_STRING(roll.rows[1].finding.observed, "not reached");
	EXPECT_NUMBER(roll.rows[1].finding.verdict, VERDICT_UNPROVEN);
	EXPECT_NUMBER(roll_exit_code(&roll, 0, false), EXIT_UNPROVEN);
	roll_release(&roll);
}

TEST(counts_add_up_whatever_happened)
{
	struct roll roll = {0};

	enter_two(&roll);
	answer(&roll, 1, VERDICT_FAIL);
	struct roll_counts counts = roll_count(&roll);
	EXPECT_NUMBER(counts.declared, 2);
	EXPECT_NUMBER(counts.passed + counts.failed + counts.unproven + counts.waived, 2);
	EXPECT_NUMBER(counts.unproven, 1);
	roll_release(&roll);
}

TEST(an_answer_given_twice_is_an_error_inside)
{
	struct roll roll = {0};

	enter_two(&roll);
	answer(&roll, 0, VERDICT_PASS);
	answer(&roll, 1, VERDICT_FAIL);
	answer(&roll, 1, VERDICT_PASS);
	EXPECT(!roll_passed(&roll));
	EXPECT_NUMBER(roll_exit_code(&roll, 0, false), EXIT_INTERNAL);
	roll_release(&roll);
}

TEST(what_came_to_light_later_replaces_an_answer)
{
	struct roll roll = {0};
	const struct finding gone = {.verdict = VERDICT_FAIL};

	enter_two(&roll);
	answer(&roll, 0, VERDICT_PASS);
	answer(&roll, 1, VERDICT_PASS);
	EXPECT(roll_passed(&roll));
	roll_revise(&roll, 1, &gone);
	EXPECT(!roll_passed(&roll));
	EXPECT_NUMBER(roll_exit_code(&roll, 0, false), EXIT_FAILED);
	roll_release(&roll);
}

TEST(what_was_not_answered_cannot_be_revised)
{
	struct roll roll = {0};
	const struct finding gone = {.verdict = VERDICT_FAIL};

	enter_two(&roll);
	roll_revise(&roll, 1, &gone);
	EXPECT_NUMBER(roll_exit_code(&roll, 0, false), EXIT_INTERNAL);
	roll_release(&roll);
}

TEST(an_answer_without_a_row_is_an_error_inside)
{
	struct roll roll = {0};

	enter_two(&roll);
	answer(&roll, 0, VERDICT_PASS);
	answer(&roll, 1, VERDICT_PASS);
	answer(&roll, 2, VERDICT_PASS);
	EXPECT_NUMBER(roll_exit_code(&roll, 0, false), EXIT_INTERNAL);
	roll_release(&roll);
}

TEST(nothing_declared_never_passes)
{
	struct roll roll = {0};

	roll_close(&roll);
	EXPECT(!roll_passed(&roll));
	EXPECT(roll_exit_code(&roll, 0, false) != EXIT_PASSED);
	roll_release(&roll);
}

TEST(an_open_roll_never_passes)
{
	struct roll roll = {0};

	roll_enter(&roll, "step:b/exit", "exit", line_3, "exit code 0", false);
	answer(&roll, 0, VERDICT_PASS);
	EXPECT(!roll_passed(&roll));
	EXPECT_NUMBER(roll_exit_code(&roll, 0, false), EXIT_INTERNAL);
	roll_release(&roll);
}

TEST(a_signal_and_an_error_inside_win)
{
	struct roll roll = {0};

	enter_two(&roll);
	answer(&roll, 0, VERDICT_PASS);
	answer(&roll, 1, VERDICT_PASS);
	EXPECT_NUMBER(roll_exit_code(&roll, 15, false), 143);
	EXPECT_NUMBER(roll_exit_code(&roll, 0, true), EXIT_INTERNAL);
	roll_release(&roll);
}

TEST(an_id_stands_once_and_nothing_is_entered_later)
{
	struct roll roll = {0};

	EXPECT_NUMBER(roll_enter(&roll, "a", "exit", line_3, "x", false), 0);
	EXPECT_NUMBER(roll_enter(&roll, "a", "exit", line_3, "x", false), -1);
	roll_close(&roll);
	EXPECT_NUMBER(roll_enter(&roll, "b", "exit", line_3, "x", false), -1);
	EXPECT_NUMBER(roll.count, 1);
	roll_release(&roll);
}

UNIT_MAIN

#include "assertions/base/process_end.h"
#include "unit.h"

#include <errno.h>
#include <signal.h>

static void expect_text(struct process_end end, const char *expected)
{
	char text[PROCESS_END_TEXT_MAX];

	EXPECT_STRING(process_end_text(&end, text), expected);
}

TEST(ends_have_names)
{
	expect_text((struct process_end){0}, "was not started");
	expect_text((struct process_end){.outcome = PROCESS_NOT_STARTED, .error_number = ENOENT},
		    "could not be executed: No such file or directory");
	expect_text((struct process_end){.outcome = PROCESS_EXITED}, "exited with 0");
	expect_text((struct process_end){.outcome = PROCESS_EXITED, .code = 127}, "exited with 127");
	expect_text((struct process_end){.outcome = PROCESS_SIGNALED, .signal = SIGKILL}, "killed by SIGKILL");
	expect_text((struct process_end){.outcome = PROCESS_SIGNALED, .signal = SIGKILL, .out_of_memory = true},
		    "killed by SIGKILL: out of memory");
	expect_text((struct process_end){.outcome = PROCESS_SIGNALED, .signal = 63}, "killed by signal 63");
	expect_text((struct process_end){.outcome = PROCESS_TIMED_OUT, .signal = SIGTERM}, "timed out");
}

TEST(signals_have_names)
{
	char text[PROCESS_END_TEXT_MAX];

	EXPECT_STRING(process_signal_name(SIGTERM, text), "SIGTERM");
	EXPECT_STRING(process_signal_name(SIGINT, text), "SIGINT");
	EXPECT_STRING(process_signal_name(63, text), "signal 63");
	EXPECT_STRING(process_signal_name(0, text), "signal 0");
	for (int number = 1; number < 32; number++) {
		EXPECT(strncmp(process_signal_name(number, text), "SIG", 3) == 0);
		EXPECT(strncmp(text + 3, sigabbrev_np(number), sizeof(text)) == 0 || number == SIGIO);
	}
}

UNIT_MAIN

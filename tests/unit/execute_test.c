/* test: waits */
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "assertions/base/cleanup.h"
#include "wrapper/process/execute.h"
#include "wrapper/process/supervise.h"
#include "processes.h"

struct captured {
	int status;
	struct process_end end;
	struct error err;
};

static struct captured capture_shell(const char *script, bool merge_stderr, int64_t timeout_ms, struct buffer *output)
{
	char shell[] = "/bin/sh", flag[] = "-c", text[512];
	char *argv[] = {shell, flag, text, NULL};
	struct captured captured = {.err = {"?"}};

	snprintf(text, sizeof text, "%s", script);
	captured.status = process_capture(argv, NULL, timeout_ms, merge_stderr, output, &captured.end, &captured.err);
	return captured;
}

ALONE(both_streams_are_kept_or_stdout_alone)
{
	cleanup_buffer struct buffer both, one;

	buffer_init(&both, 100);
	buffer_init(&one, 100);
	struct captured captured = capture_shell("echo a; echo b >&2; echo c; exit 7", true, PARAMETER_UNSET, &both);

	EXPECT_NUMBER(captured.status, 0);
	EXPECT_END(&captured.end, "exited with 7");
	EXPECT_STRING(captured.err.message, "");
	EXPECT_STRING(both.data, "a\nb\nc\n");
	captured = capture_shell("echo a; echo b >&2; echo c", false, 10000, &one);
	EXPECT_END(&captured.end, "exited with 0");
	EXPECT_STRING(one.data, "a\nc\n");
	EXPECT(!one.truncated);
}

ALONE(the_maximum_bounds_what_is_kept)
{
	cleanup_buffer struct buffer output;

	buffer_init(&output, 10);
	struct captured captured = capture_shell("yes | head -c 10000000; exit 3", true, PARAMETER_UNSET, &output);

	EXPECT_END(&captured.end, "exited with 3");
	EXPECT_STRING(output.data, "y\ny\ny\ny\ny\n");
	EXPECT(output.truncated);
}

ALONE(what_a_background_process_would_have_printed_is_missed)
{
	cleanup_buffer struct buffer output;

	buffer_init(&output, 100);
	struct captured captured =
		capture_shell("echo a; (sleep 100; echo b) & exit 0", true, PARAMETER_UNSET, &output);

	EXPECT_END(&captured.end, "exited with 0");
	EXPECT_STRING(output.data, "a\n");
	EXPECT(output.truncated);
	EXPECT(strncmp(captured.err.message, "left something running that had to be ended: sh (pid ", 53) == 0);
}

ALONE(the_last_of_the_errors_is_kept)
{
	char shell[] = "sh", flag[] = "-c", script[] = "echo out; seq 100000 >&2; echo the last one >&2";
	char *argv[] = {shell, flag, script, NULL};
	cleanup_buffer struct buffer output, errors;
	struct process_end end;
	struct error err;

	buffer_init(&output, 100);
	buffer_init(&errors, 26);
	EXPECT_NUMBER(process_capture_apart(argv, NULL, PARAMETER_UNSET, &output, &errors, &end, &err), 0);
	EXPECT_STRING(output.data, "out\n");
	EXPECT_STRING(errors.data, "99999\n100000\nthe last one\n");
	EXPECT(errors.truncated && !output.truncated);
	EXPECT_NUMBER(errors.length, 26);
}

ALONE(a_missing_program_is_told)
{
	char name[] = "no-such-program";
	char *argv[] = {name, NULL};
	cleanup_buffer struct buffer output;
	struct process_end end;
	struct error err;

	buffer_init(&output, 100);
	EXPECT_NUMBER(process_capture(argv, NULL, 1000, true, &output, &end, &err), 0);
	EXPECT_NUMBER(end.outcome, PROCESS_NOT_STARTED);
	EXPECT_NUMBER(end.error_number, ENOENT);
	EXPECT_STRING(err.message, "cannot execute 'no-such-program': not found in PATH");
	EXPECT_STRING(output.data, "");
}

ALONE(time_and_signals_end_it)
{
	cleanup_buffer struct buffer output;

	buffer_init(&output, 100);
	struct captured captured = capture_shell("echo a; exec sleep 100", true, 100, &output);

	EXPECT_END(&captured.end, "timed out");
	EXPECT_STRING(output.data, "a\n");
	raise(SIGTERM);
	captured = capture_shell("exit 0", true, 100, &output);
	EXPECT_NUMBER(captured.end.outcome, PROCESS_NOT_STARTED);
	EXPECT_STRING(captured.err.message, "muster was told to end");
}

/* As some container runtimes do for calls that they do not know. */
static void forbid_close_range(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close_range, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = 4, .filter = filter};

	EXPECT_NUMBER(prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L), 0);
	EXPECT_NUMBER(prctl(PR_SET_SECCOMP, (unsigned long)SECCOMP_MODE_FILTER, &program, 0L, 0L), 0);
	EXPECT_NUMBER(syscall(SYS_close_range, ~0U, ~0U, 0), -1);
}

ALONE(descriptors_are_closed_without_close_range_too)
{
	cleanup_buffer struct buffer output;

	forbid_close_range();
	EXPECT(dup2(STDERR_FILENO, 300) == 300 && dup2(STDERR_FILENO, 7) == 7);
	buffer_init(&output, 1000);
	struct captured captured = capture_shell("exec ls /proc/self/fd", true, 10000, &output);

	EXPECT_END(&captured.end, "exited with 0");
	EXPECT_STRING(output.data, "0\n1\n2\n3\n");
}

/* A question for a password has nobody to answer it: it must fail, not wait stopped for a terminal. */
ALONE(there_is_no_terminal)
{
	cleanup_buffer struct buffer output;
	int leader = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

	EXPECT(leader >= 0 && grantpt(leader) == 0 && unlockpt(leader) == 0 && setsid() == getpid());
	int terminal = open(ptsname(leader), O_RDWR | O_CLOEXEC), own = open("/dev/tty", O_RDWR | O_CLOEXEC);

	EXPECT(terminal >= 0 && own >= 0);
	buffer_init(&output, 1000);
	struct captured captured =
		capture_shell("(read answer </dev/tty) 2>/dev/null && echo yes || echo no", true, 3000, &output);

	EXPECT_END(&captured.end, "exited with 0");
	EXPECT_STRING(output.data, "no\n");
	close(own);
	own = open("/dev/tty", O_RDWR | O_CLOEXEC);
	EXPECT(own >= 0);
}

UNIT_MAIN

/* test: waits, slow, optimised, about 14 */
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>

#include "assertions/base/memory.h"
#include "wrapper/process/children.h"
#include "wrapper/process/supervise.h"
#include "processes.h"

/* Sends muster a signal when the time has come; without a process of its own, since muster would wait for that. */
static void signal_after(int number, long ms)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = number};
	const struct itimerspec when = {.it_value = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}};
	timer_t timer;

	EXPECT(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0 && timer_settime(timer, 0, &when, NULL) == 0);
}

static bool has_no_children(void)
{
	return waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD;
}

ALONE(a_timeout_ends_the_group)
{
	SCRIPTS(scripts, "exit 3", "exec sleep 100", "sleep 100 & sleep 100");

	scripts.is.timeout_ms = 400;
	struct pipeline_result result = run_scripts(&scripts);

	EXPECT_END(&result.ends[0], "exited with 3");
	EXPECT_END(&result.ends[1], "timed out");
	EXPECT_END(&result.ends[2], "timed out");
	EXPECT(result.duration_ms >= 400 && result.duration_ms < 8000);
	EXPECT(!result.interrupted && has_no_children());
	pipeline_result_release(&result);
}

ALONE(who_ignores_the_signal_is_killed_after_the_grace)
{
	SCRIPTS(scripts, "trap '' TERM; while :; do sleep 0.05; done");

	scripts.is.timeout_ms = 400;
	scripts.is.grace_ms = 300;
	struct pipeline_result result = run_scripts(&scripts);

	EXPECT_END(&result.ends[0], "timed out");
	EXPECT_NUMBER(result.ends[0].signal, SIGKILL);
	EXPECT(result.duration_ms >= 700 && result.duration_ms < 8000);
	EXPECT(has_no_children());
	pipeline_result_release(&result);
}

ALONE(who_answers_the_signal_with_0_has_not_exited)
{
	SCRIPTS(scripts, "exec 2>/dev/null; trap 'echo bye; exit 0' TERM; while :; do sleep 0.02; done");
	struct seen seen = {.total = 0};

	scripts.is.timeout_ms = 400;
	scripts.is.output = see;
	scripts.is.context = &seen;
	struct pipeline_result result = run_scripts(&scripts);

	EXPECT_NUMBER(result.ends[0].outcome, PROCESS_TIMED_OUT);
	EXPECT_STRING(seen.text[2], "bye\n");
	EXPECT(result.duration_ms < 8000);
	pipeline_result_release(&result);
}

ALONE(a_stopped_stage_hears_the_signal)
{
	SCRIPTS(scripts, "kill -STOP $$");

	scripts.is.timeout_ms = 400;
	struct pipeline_result result = run_scripts(&scripts);

	EXPECT_END(&result.ends[0], "timed out");
	EXPECT_NUMBER(result.ends[0].signal, SIGTERM);
	EXPECT(result.duration_ms < 8000);
	pipeline_result_release(&result);
}

ALONE(a_stage_in_another_session_hears_the_signal)
{
	SCRIPTS(scripts, "exec sleep 100", "exec setsid sleep 100");

	scripts.is.timeout_ms = 400;
	struct pipeline_result result = run_scripts(&scripts);

	EXPECT_END(&result.ends[1], "timed out");
	EXPECT_NUMBER(result.ends[1].signal, SIGTERM);
	EXPECT(result.duration_ms < 8000);
	pipeline_result_release(&result);
}

ALONE(nobody_hears_it_twice)
{
	SCRIPTS(scripts,
		"exec 2>/dev/null; trap 'echo TERM; exit' TERM;"
		"(trap 'echo TERM' TERM; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do sleep 0.1; done) &"
		"while :; do sleep 0.02; done");
	struct seen seen = {.total = 0};

	scripts.is.timeout_ms = 400;
	scripts.is.output = see;
	scripts.is.context = &seen;
	struct pipeline_result result = run_scripts(&scripts);

	EXPECT_STRING(seen.text[2], "TERM\nTERM\n");
	pipeline_result_release(&result);
}

static struct pipeline_result run_leaving(const char *script, struct seen *seen, int64_t grace_ms)
{
	SCRIPTS(scripts, script);
	scripts.is.output = see;
	scripts.is.context = seen;
	scripts.is.grace_ms = grace_ms;
	struct pipeline_result result = run_scripts(&scripts);

	EXPECT_END(&result.ends[0], "exited with 4");
	EXPECT(has_no_children());
	return result;
}

ALONE(what_is_left_behind_is_ended_and_counted)
{
	struct seen seen = {.total = 0};
	struct pipeline_result result = run_leaving("sleep 100 & echo x; exit 4", &seen, 400);

	EXPECT_NUMBER(result.left_behind, 1);
	EXPECT(result.output_incomplete && result.duration_ms < 5000);
	EXPECT_STRING(seen.text[2], "x\n");
	pipeline_result_release(&result);
	result = run_leaving("setsid sleep 100 >/dev/null 2>&1 & sleep 0.1; exit 4", &seen, 400);
	EXPECT_NUMBER(result.left_behind, 1);
	EXPECT(!result.output_incomplete);
	EXPECT(strncmp(result.left_running, "sleep (pid ", 11) == 0);
	pipeline_result_release(&result);
	result = run_leaving("setsid sh -c 'sleep 100 & sleep 100 & wait' & sleep 0.2; exit 4", &seen, 400);
	EXPECT_NUMBER(result.left_behind, 3);
	pipeline_result_release(&result);
	result = run_leaving("true & exit 4", &seen, 400);
	EXPECT_NUMBER(result.left_behind, 0);
	pipeline_result_release(&result);
}

ALONE(a_daemon_that_ignores_the_signal_is_killed)
{
	struct seen seen = {.total = 0};
	int64_t began = clock_monotonic_ms();
	struct pipeline_result result =
		run_leaving("setsid sh -c 'trap \"\" TERM; sleep 100; sleep 100' & sleep 0.2; exit 4", &seen, 200);

	EXPECT(result.left_behind >= 1);
	EXPECT(clock_monotonic_ms() - began < 4000);
	pipeline_result_release(&result);
}

ALONE(what_ends_by_itself_may_finish)
{
	struct seen seen = {.total = 0};
	struct pipeline_result result = run_leaving("echo a; (sleep 0.3; echo b) & exit 4", &seen, 5000);

	EXPECT_STRING(seen.text[2], "a\nb\n");
	EXPECT_NUMBER(result.left_behind, 0);
	EXPECT(!result.output_incomplete && result.duration_ms < 250);
	pipeline_result_release(&result);
}

ALONE(what_is_waited_for_has_the_time_of_the_step)
{
	SCRIPTS(scripts, "(sleep 1.5; echo b; exit 3) & (sleep 100; exit 5) >/dev/null 2>&1 & echo a");
	struct seen seen = {.total = 0};

	scripts.is.output = see;
	scripts.is.context = &seen;
	scripts.is.may_leave = true;
	scripts.is.timeout_ms = 3000;
	scripts.is.grace_ms = 400;
	struct pipeline_result result = run_scripts(&scripts);

	EXPECT_END(&result.ends[0], "exited with 0");
	EXPECT_STRING(seen.text[2], "a\nb\n");
	EXPECT(!result.output_incomplete && result.duration_ms >= 3000);
	EXPECT(strncmp(result.left_running, "sh (pid ", 8) == 0 && strchr(result.left_running, ',') == NULL);
	EXPECT_NUMBER(result.orphans.count, 1);
	EXPECT_NUMBER(pipeline_end_of(result.orphans.items[0].status).code, 3);
	EXPECT_STRING(result.orphans.items[0].name, "sh");
	EXPECT(has_no_children());
	pipeline_result_release(&result);
}

static void expect_parts(int64_t grace_ms, int64_t step_ms, int64_t clean_up_ms, int64_t moment_ms)
{
	supervise_set_grace(grace_ms);
	EXPECT_NUMBER(supervise_end_of(SUPERVISE_STEP) - moment_ms, step_ms);
	EXPECT_NUMBER(supervise_end_of(SUPERVISE_CLEAN_UP) - moment_ms, clean_up_ms);
	EXPECT_NUMBER(supervise_end_of(SUPERVISE_REPORTS) - moment_ms, grace_ms);
}

ALONE(the_grace_is_shared_out_once_muster_is_told)
{
	EXPECT_NUMBER(supervise_begin(), 0);
	EXPECT(supervise_end_of(SUPERVISE_STEP) == INT64_MAX && supervise_end_of(SUPERVISE_REPORTS) == INT64_MAX);
	int64_t before = clock_monotonic_ms();

	raise(SIGTERM);
	int64_t moment = supervise_end_of(SUPERVISE_REPORTS) - SUPERVISE_GRACE_MS;

	EXPECT(moment >= before && moment <= clock_monotonic_ms());
	expect_parts(25000, 12000, 22000, moment);
	expect_parts(100000, 87000, 97000, moment);
	expect_parts(4000, 1500, 3000, moment);
	expect_parts(1, 1, 1, moment);
	supervise_set_grace(INT64_MAX);
	EXPECT(supervise_end_of(SUPERVISE_CLEAN_UP) == INT64_MAX);
}

ALONE(no_grace_of_a_step_outlasts_what_there_is)
{
	SCRIPTS(scripts, "trap '' TERM; while :; do sleep 0.02; done");

	EXPECT_NUMBER(supervise_begin(), 0);
	supervise_set_grace(2000);
	signal_after(SIGTERM, 300);
	scripts.is.grace_ms = 60000;
	scripts.is.clean_up_follows = true;
	struct pipeline_result result = run_scripts(&scripts);

	EXPECT_END(&result.ends[0], "killed by SIGKILL");
	EXPECT(result.duration_ms >= 900 && result.duration_ms < 2300);
	pipeline_result_release(&result);
	scripts.is.deaf = true;
	result = run_scripts(&scripts);
	EXPECT_END(&result.ends[0], "timed out");
	EXPECT(result.duration_ms < 1500);
	pipeline_result_release(&result);
}

ALONE(a_signal_to_muster_ends_the_step)
{
	SCRIPTS(scripts, "exit 0", "echo x; exec sleep 100");
	struct seen seen = {.total = 0};

	scripts.is.output = see;
	scripts.is.context = &seen;
	EXPECT_NUMBER(supervise_begin(), 0);
	EXPECT_NUMBER(supervise_signal(), 0);
	signal_after(SIGTERM, 600);
	struct pipeline_result result = run_scripts(&scripts);

	EXPECT(result.interrupted && result.duration_ms < 8000);
	EXPECT_END(&result.ends[0], "exited with 0");
	EXPECT_END(&result.ends[1], "killed by SIGTERM");
	EXPECT_STRING(seen.text[2], "x\n");
	EXPECT_NUMBER(supervise_signal(), SIGTERM);
	EXPECT_NUMBER(supervise_signal_count(), 1);
	EXPECT(has_no_children());
	pipeline_result_release(&result);
	result = run_scripts(&scripts);
	EXPECT(result.interrupted);
	EXPECT_NUMBER(result.ends[0].outcome, PROCESS_NOT_STARTED);
	EXPECT_NUMBER(result.ends[0].error_number, 0);
	EXPECT_NUMBER(seen.total, 2);
	pipeline_result_release(&result);
	EXPECT(!supervise_sleep(100000));
}

ALONE(who_exits_with_0_when_interrupted_has_not_exited)
{
	SCRIPTS(scripts, "exec 2>/dev/null; trap 'exit 0' TERM; while :; do sleep 0.02; done");
	EXPECT_NUMBER(supervise_begin(), 0);
	signal_after(SIGINT, 150);
	struct pipeline_result result = run_scripts(&scripts);

	EXPECT_END(&result.ends[0], "killed by SIGTERM");
	EXPECT(result.interrupted);
	pipeline_result_release(&result);
}

/* Hears so slowly that the stage is gone before it looks again. */
static void see_slowly(void *context, enum pipeline_stream stream, const char *data, size_t length)
{
	const struct timespec wait = {.tv_nsec = 500000000};

	see(context, stream, data, length);
	nanosleep(&wait, NULL);
}

ALONE(last_words_are_heard)
{
	SCRIPTS(scripts,
		"exec 2>/dev/null; trap 'echo a; sleep 0.1; echo b; exit 0' TERM; while :; do sleep 0.02; done");
	struct seen seen = {.total = 0};

	scripts.is.timeout_ms = 200;
	scripts.is.output = see_slowly;
	scripts.is.context = &seen;
	struct pipeline_result result = run_scripts(&scripts);

	EXPECT_STRING(seen.text[2], "a\nb\n");
	pipeline_result_release(&result);
}

static int open_once_read(const char *fifo)
{
	for (int i = 0; i < 500; i++) {
		const struct timespec wait = {.tv_nsec = 10000000};
		int fd = open(fifo, O_WRONLY | O_NONBLOCK | O_CLOEXEC);

		if (fd >= 0)
			return fd;
		nanosleep(&wait, NULL);
	}
	return -1;
}

ALONE(stages_die_with_muster)
{
	char *folder = scratch_folder();

	EXPECT(chdir(folder) == 0 && mkfifo("input", 0600) == 0);
	pid_t muster = fork();

	if (muster == 0) {
		SCRIPTS(scripts, "exec sleep 100");
		scripts.is.stdin_path = "input";
		run_scripts(&scripts);
		_exit(0);
	}
	struct pollfd event = {.fd = open_once_read("input")};

	EXPECT(event.fd >= 0 && poll(&event, 1, 50) == 0);
	EXPECT(kill(muster, SIGKILL) == 0 && waitpid(muster, NULL, 0) == muster);
	/* Its input was the only reader. */
	EXPECT(poll(&event, 1, 2000) == 1 && (event.revents & POLLERR) != 0);
	close(event.fd);
	EXPECT(unlink("input") == 0 && chdir("/") == 0 && rmdir(folder) == 0);
}

ALONE(a_clean_up_is_ended_by_a_further_signal_alone)
{
	SCRIPTS(scripts, "sleep 0.3; echo done");
	SCRIPTS(endless, "exec sleep 100");
	struct seen seen = {.total = 0};

	EXPECT_NUMBER(supervise_begin(), 0);
	raise(SIGINT);
	scripts.is.deaf = true;
	scripts.is.output = see;
	scripts.is.context = &seen;
	struct pipeline_result result = run_scripts(&scripts);

	EXPECT_END(&result.ends[0], "exited with 0");
	EXPECT_STRING(seen.text[2], "done\n");
	EXPECT(!result.interrupted);
	pipeline_result_release(&result);
	endless.is.deaf = true;
	signal_after(SIGTERM, 600);
	result = run_scripts(&endless);
	EXPECT_END(&result.ends[0], "killed by SIGTERM");
	EXPECT(result.interrupted);
	EXPECT_NUMBER(supervise_signal(), SIGINT);
	EXPECT_NUMBER(supervise_signal_count(), 2);
	pipeline_result_release(&result);
}

ALONE(a_second_signal_kills_at_once_but_a_pair_is_one)
{
	SCRIPTS(scripts, "trap '' TERM; while :; do sleep 0.05; done");

	EXPECT_NUMBER(supervise_begin(), 0);
	signal_after(SIGINT, 700);
	signal_after(SIGHUP, 750);
	signal_after(SIGQUIT, 1500);
	struct pipeline_result result = run_scripts(&scripts);

	EXPECT_END(&result.ends[0], "killed by SIGKILL");
	EXPECT(result.duration_ms >= 1100 && result.duration_ms < 8000);
	EXPECT_NUMBER(supervise_signal(), SIGINT);
	EXPECT_NUMBER(supervise_signal_count(), 2);
	pipeline_result_release(&result);
}

ALONE(children_start_with_default_signals_and_three_descriptors)
{
	SCRIPTS(scripts, "cat /proc/self/status; ls /proc/self/fd | wc -l");
	const struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct seen seen = {.total = 0};

	for (int number = 1; number < NSIG; number++)
		sigaction(number, &ignore, NULL);
	/* glibc's posix_spawn(), which make uses, hands on 32 and 33 ignored; sigaction() refuses them. */
	const unsigned long kernel_ignore[16] = {1};

	EXPECT_NUMBER(syscall(SYS_rt_sigaction, 32, kernel_ignore, NULL, (size_t)8), 0);
	EXPECT(open("/dev/null", O_RDONLY) >= 0);
	scripts.is.output = see;
	scripts.is.context = &seen;
	struct pipeline_result result = run_scripts(&scripts);

	EXPECT_END(&result.ends[0], "exited with 0");
	EXPECT(strstr(seen.text[2], "SigIgn:\t0000000000000000\n") != NULL);
	EXPECT(strstr(seen.text[2], "SigBlk:\t0000000000000000\n") != NULL);
	EXPECT(strstr(seen.text[2], "SigCgt:\t0000000000000000\n") != NULL);
	EXPECT(seen.kept[2] > 2 && strcmp(seen.text[2] + seen.kept[2] - 3, "\n4\n") == 0);
	pipeline_result_release(&result);
}

ALONE(children_start_with_the_first_mask)
{
	SCRIPTS(scripts, "");
	char grep[] = "grep", what[] = "SigBlk", where[] = "/proc/self/status";
	char *argv[] = {grep, what, where, NULL};
	struct seen seen = {.total = 0};
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigaddset(&mask, SIGUSR1);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	scripts.stages[0] = argv;
	scripts.is.output = see;
	scripts.is.context = &seen;
	struct pipeline_result result = run_scripts(&scripts);

	EXPECT_STRING(seen.text[2], "SigBlk:\t0000000000004200\n");
	raise(SIGTERM);
	EXPECT_NUMBER(supervise_signal(), SIGTERM);
	pipeline_result_release(&result);
}

ALONE(closed_standard_descriptors_are_opened)
{
	SCRIPTS(scripts, "echo out; echo err >&2; cat; readlink /proc/self/fd/0");
	struct seen seen = {.total = 0};
	int saved = fcntl(STDOUT_FILENO, F_DUPFD, 10);

	close(0);
	close(1);
	close(2);
	scripts.is.streams_apart = true;
	scripts.is.output = see;
	scripts.is.context = &seen;
	struct pipeline_result result;
	struct error err;
	int status = pipeline_run(&scripts.is, &result, &err);
	bool told = write(STDOUT_FILENO, "x", 1) < 0 && write(STDERR_FILENO, "x", 1) < 0;

	dup2(saved, STDOUT_FILENO);
	EXPECT_NUMBER(status, 0);
	EXPECT(told);
	EXPECT_END(&result.ends[0], "exited with 0");
	EXPECT_STRING(seen.text[0], "out\n/dev/null\n");
	EXPECT_STRING(seen.text[1], "err\n");
	pipeline_result_release(&result);
}

ALONE(children_from_before_are_left_alone)
{
	SCRIPTS(scripts, "sleep 100 & exit 0");
	scripts.is.grace_ms = 200;
	pid_t before = fork(), brief = before == 0 ? 0 : fork();

	if (before == 0 || brief == 0) {
		struct timespec wait = {.tv_sec = before == 0 ? 100 : 0};

		nanosleep(&wait, NULL);
		_exit(7);
	}
	struct pipeline_result result = run_scripts(&scripts);

	EXPECT_NUMBER(result.left_behind, 1);
	EXPECT_NUMBER(supervise_end_all(100), 0);
	EXPECT_NUMBER(kill(before, 0), 0);
	EXPECT(kill(before, SIGKILL) == 0 && waitpid(before, NULL, 0) == before);
	EXPECT(kill(brief, 0) < 0 && errno == ESRCH);
	pipeline_result_release(&result);
}

static int as_first_process(void)
{
	SCRIPTS(scripts, "setsid sh -c 'sleep 0.1 & sleep 100 & exit' ; sleep 0.3; exit 4");
	struct seen seen = {.total = 0};

	scripts.is.grace_ms = 200;
	EXPECT(mount("proc", "/proc", "proc", 0, NULL) == 0);
	scripts.is.output = see;
	scripts.is.context = &seen;
	struct pipeline_result result = run_scripts(&scripts);

	EXPECT_NUMBER(getpid(), 1);
	EXPECT_END(&result.ends[0], "exited with 4");
	EXPECT_NUMBER(result.left_behind, 1);
	EXPECT(has_no_children());
	pipeline_result_release(&result);
	raise(SIGTERM);
	EXPECT_NUMBER(supervise_signal(), SIGTERM);
	return unit_failures;
}

/* /proc is that of the namespace outside: whoever trusted its numbers would end the wrong processes. */
static int under_a_foreign_proc(void)
{
	SCRIPTS(scripts, "sleep 100 & sleep 100 & exit 4");
	scripts.is.grace_ms = 200;
	struct pipeline_result result = run_scripts(&scripts);

	EXPECT_END(&result.ends[0], "exited with 4");
	EXPECT(result.left_behind >= 1);
	EXPECT(has_no_children());
	pipeline_result_release(&result);
	return unit_failures;
}

/* Namespaces are root's, or whose user namespace it is. */
static void be_first_and_run(int (*body)(void))
{
	int status = 0, failures = unit_failures;

	if (unshare((geteuid() == 0 ? 0 : CLONE_NEWUSER) | CLONE_NEWPID | CLONE_NEWNS) < 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
		printf("no namespace of its own can be had: %s\n", strerror(errno));
		fflush(stdout);
		_exit(1);
	}
	pid_t pid = fork();

	if (pid == 0) {
		int after = body();

		fflush(stdout);
		_exit(after > failures);
	}
	waitpid(pid, &status, 0);
	_exit(status != 0);
}

static void unshare_and_run(int (*body)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		be_first_and_run(body);
	waitpid(pid, &status, 0);
	EXPECT_NUMBER(status, 0);
}

ALONE(the_first_process_reaps_orphans)
{
	unshare_and_run(as_first_process);
}

ALONE(a_foreign_proc_is_not_believed)
{
	unshare_and_run(under_a_foreign_proc);
}

ALONE(everything_is_ended)
{
	EXPECT_NUMBER(supervise_begin(), 0);
	for (int i = 0; i < 3; i++) {
		if (fork() == 0) {
			const struct sigaction ignore = {.sa_handler = SIG_IGN};
			const struct sigaction standard = {.sa_handler = SIG_DFL};

			sigaction(SIGTERM, i == 0 ? &ignore : &standard, NULL);
			pause();
			_exit(0);
		}
	}
	struct timespec wait = {.tv_nsec = 50000000};

	nanosleep(&wait, NULL);
	EXPECT_NUMBER(supervise_end_all(200), 3);
	EXPECT(has_no_children());
	EXPECT_NUMBER(supervise_end_all(200), 0);
}

ALONE(sleep_reaps_and_wakes)
{
	EXPECT_NUMBER(supervise_begin(), 0);
	EXPECT_NUMBER(supervise_begin(), 0);
	int64_t began = clock_monotonic_ms();

	if (fork() == 0)
		_exit(0);
	EXPECT(supervise_sleep(120));
	EXPECT(clock_monotonic_ms() - began >= 120);
	EXPECT(has_no_children());
	signal_after(SIGQUIT, 100);
	EXPECT(!supervise_sleep(INT64_MAX));
	EXPECT(clock_monotonic_ms() - began < 8000);
	EXPECT_NUMBER(supervise_signal(), SIGQUIT);
}

ALONE(nohup_is_respected)
{
	const struct sigaction ignore = {.sa_handler = SIG_IGN};

	sigaction(SIGHUP, &ignore, NULL);
	EXPECT_NUMBER(supervise_begin(), 0);
	raise(SIGHUP);
	EXPECT_NUMBER(supervise_signal(), 0);
	raise(SIGPIPE);
	raise(SIGTERM);
	EXPECT_NUMBER(supervise_signal(), SIGTERM);
}

/* Asks for more memory than there may be while a child runs. */
static _Noreturn void exhaust(void)
{
	const struct rlimit limit = {.rlim_cur = 1 << 26, .rlim_max = 1 << 26};

	dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
	supervise_begin();
	if (fork() == 0) {
		alarm(20);
		pause();
		_exit(0);
	}
	setrlimit(RLIMIT_AS, &limit);
	free(memory_grow(NULL, SIZE_MAX, 2));
	_exit(0);
}

TEST(nothing_outlives_the_end_of_memory)
{
	int ends[2], status = 0;

	EXPECT(pipe(ends) == 0);
	fflush(stdout);
	pid_t pid = fork();

	if (pid == 0)
		exhaust();
	close(ends[1]);
	EXPECT(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	EXPECT_NUMBER(WEXITSTATUS(status), MEMORY_EXHAUSTED_EXIT);
	/* The child held the other end. */
	struct pollfd event = {.fd = ends[0], .events = POLLIN};

	EXPECT(poll(&event, 1, 1000) == 1 && event.revents == POLLHUP);
	close(ends[0]);
}

UNIT_MAIN

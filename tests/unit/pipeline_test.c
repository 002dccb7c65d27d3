/* test: slow, optimised, about 2 */
#include <sys/resource.h>

#include "processes.h"

ALONE(every_exit_code_is_told)
{
	for (int code = 0; code < 256; code++) {
		char script[32], expected[32];

		snprintf(script, sizeof script, "exit %d", code);
		snprintf(expected, sizeof expected, "exited with %d", code);
		SCRIPTS(scripts, script);
		struct pipeline_result result = run_scripts(&scripts);

		EXPECT_END(&result.ends[0], expected);
		EXPECT_NUMBER(result.ends[0].outcome, PROCESS_EXITED);
		EXPECT_NUMBER(result.ends[0].code, code);
		pipeline_result_release(&result);
	}
}

static bool is_ending(int number)
{
	const int harmless[] = {SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG, SIGWINCH, 32, 33};

	for (size_t i = 0; i < sizeof harmless / sizeof harmless[0]; i++) {
		if (harmless[i] == number)
			return false;
	}
	return true;
}

ALONE(every_signal_is_told)
{
	int tried = 0;

	for (int number = 1; number <= SIGRTMAX; number++) {
		char script[64];

		if (!is_ending(number))
			continue;
		snprintf(script, sizeof script, "ulimit -c 0; kill -%d $$; exit 0", number);
		SCRIPTS(scripts, script);
		struct pipeline_result result = run_scripts(&scripts);

		EXPECT_NUMBER(result.ends[0].outcome, PROCESS_SIGNALED);
		EXPECT_NUMBER(result.ends[0].signal, number);
		EXPECT(!result.interrupted);
		pipeline_result_release(&result);
		tried++;
	}
	EXPECT(tried >= 50);
}

static struct pipeline_result run_program(const char *program, struct pipeline pipeline)
{
	char name[256];
	char *argv[] = {name, NULL};
	char *const *stages[] = {argv};
	struct pipeline_result result = {.ends = NULL};
	struct error err;

	snprintf(name, sizeof name, "%s", program);
	pipeline.stages = stages;
	pipeline.stage_count = 1;
	pipeline.timeout_ms = PARAMETER_UNSET;
	EXPECT_NUMBER(pipeline_run(&pipeline, &result, &err), 0);
	return result;
}

static void expect_not_started(const char *program, struct pipeline pipeline, int error_number, const char *reason)
{
	struct pipeline_result result = run_program(program, pipeline);

	EXPECT_NUMBER(result.ends[0].outcome, PROCESS_NOT_STARTED);
	EXPECT_NUMBER(result.ends[0].error_number, error_number);
	EXPECT_STRING(result.start_error.message, reason);
	pipeline_result_release(&result);
}

static void write_script(const char *path, const char *text, mode_t mode)
{
	FILE *file = fopen(path, "w");

	EXPECT(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0 && chmod(path, mode) == 0);
}

ALONE(what_cannot_be_executed_is_told_from_127)
{
	struct pipeline plain = {.grace_ms = 100};
	char *folder = scratch_folder();

	EXPECT(chdir(folder) == 0);
	write_script("plain", "exit 0\n", 0755);
	write_script("unreadable", "#!/bin/sh\nexit 0\n", 0644);
	write_script("orphan", "#!/no/such/interpreter\n", 0755);
	write_script("127", "#!/bin/sh\nexit 127\n", 0755);
	expect_not_started("no-such-program", plain, ENOENT, "cannot execute 'no-such-program': not found in PATH");
	expect_not_started("./no/such", plain, ENOENT, "cannot execute './no/such': No such file or directory");
	expect_not_started("", plain, ENOENT, "cannot execute '': not found in PATH");
	expect_not_started("./unreadable", plain, EACCES, "cannot execute './unreadable': Permission denied");
	expect_not_started("/tmp", plain, EACCES, "cannot execute '/tmp': Permission denied");
	expect_not_started("./plain", plain, ENOEXEC,
			   "cannot execute './plain': neither a program for this machine nor a script with a #! line");
	expect_not_started("./orphan", plain, ENOENT,
			   "cannot execute './orphan': the interpreter that it names does not exist");
	struct pipeline_result result = run_program("./127", plain);

	EXPECT_END(&result.ends[0], "exited with 127");
	EXPECT_STRING(result.start_error.message, "");
	pipeline_result_release(&result);
	EXPECT(unlink("plain") == 0 && unlink("unreadable") == 0 && unlink("orphan") == 0 && unlink("127") == 0);
	EXPECT(chdir("/") == 0 && rmdir(folder) == 0);
}

ALONE(a_missing_folder_or_input_is_told)
{
	struct pipeline folder = {.working_folder = "/no/such"}, input = {.stdin_path = "/no/input"};

	expect_not_started("true", folder, ENOENT, "cannot enter the folder '/no/such': No such file or directory");
	expect_not_started("true", input, ENOENT, "cannot open '/no/input' as input: No such file or directory");
}

ALONE(no_privileges_are_gained_where_that_is_asked)
{
	for (int asked = 0; asked < 2; asked++) {
		char script[128];

		snprintf(script, sizeof script, "grep -q '^NoNewPrivs:[[:space:]]*%d$' /proc/self/status", asked);
		SCRIPTS(scripts, script, script);
		scripts.is.no_new_privs = asked == 1;
		struct pipeline_result result = run_scripts(&scripts);

		EXPECT_END(&result.ends[0], "exited with 0");
		EXPECT_END(&result.ends[1], "exited with 0");
		pipeline_result_release(&result);
	}
}

ALONE(path_is_that_of_the_environment)
{
	char *folder = scratch_folder();
	char path[128], variable[256];

	snprintf(path, sizeof path, "%s/only-here", folder);
	snprintf(variable, sizeof variable, "PATH=/nowhere:%s", folder);
	write_script(path, "#!/bin/sh\necho \"$A $PATH\"; exit 5\n", 0755);
	char *environment[] = {variable, NULL}, none[] = "A=b";
	char *empty[] = {none, NULL}, elsewhere[] = "PATH=/nowhere", *nowhere[] = {elsewhere, NULL};
	struct pipeline_result result = run_program("only-here", (struct pipeline){.environment = environment});

	EXPECT_END(&result.ends[0], "exited with 5");
	pipeline_result_release(&result);
	expect_not_started("only-here", (struct pipeline){.environment = empty}, ENOENT,
			   "cannot execute 'only-here': its environment has no PATH, and it is not in "
			   "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	expect_not_started("only-here", (struct pipeline){.environment = nowhere}, ENOENT,
			   "cannot execute 'only-here': not found in PATH");
	/* What may not be executed is worse than what is not there, wherever it lies in PATH. */
	char both[256];
	char *forbidden[] = {both, NULL};

	snprintf(both, sizeof both, "PATH=%s:/nowhere", folder);
	EXPECT(chmod(path, 0644) == 0);
	expect_not_started("only-here", (struct pipeline){.environment = forbidden}, EACCES,
			   "cannot execute 'only-here': Permission denied");
	struct pipeline_result standard = run_program("true", (struct pipeline){.environment = empty});

	EXPECT_END(&standard.ends[0], "exited with 0");
	pipeline_result_release(&standard);
	EXPECT(unlink(path) == 0 && rmdir(folder) == 0);
}

ALONE(what_may_not_be_executed_is_passed_over)
{
	char *folder = scratch_folder();
	char path[128], variable[256];
	char *environment[] = {variable, NULL};

	snprintf(path, sizeof path, "%s/true", folder);
	snprintf(variable, sizeof variable, "PATH=%s:/bin:/usr/bin", folder);
	write_script(path, "#!/bin/sh\nexit 5\n", 0644);
	struct pipeline_result result = run_program("true", (struct pipeline){.environment = environment});

	EXPECT_END(&result.ends[0], "exited with 0");
	pipeline_result_release(&result);
	EXPECT(unlink(path) == 0 && rmdir(folder) == 0);
}

ALONE(each_stage_of_a_pipe_has_its_own_end)
{
	for (size_t bad = 0; bad < 3; bad++) {
		const char *list[] = {"echo one", "cat", "cat", NULL};

		list[bad] = "cat; exit 9";
		struct scripts scripts;
		struct seen seen = {.total = 0};

		scripts_set(&scripts, list);
		scripts.is.output = see;
		scripts.is.context = &seen;
		struct pipeline_result result = run_scripts(&scripts);

		for (size_t i = 0; i < 3; i++)
			EXPECT_END(&result.ends[i], i == bad ? "exited with 9" : "exited with 0");
		EXPECT_STRING(seen.text[2], bad == 0 ? "" : "one\n");
		pipeline_result_release(&result);
	}
}

ALONE(a_stage_killed_in_the_middle_is_told)
{
	SCRIPTS(scripts, "exec yes", "head -c 1000000 >/dev/null; kill -9 $$", "cat");
	struct pipeline_result result = run_scripts(&scripts);

	EXPECT_END(&result.ends[0], "killed by SIGPIPE");
	EXPECT_END(&result.ends[1], "killed by SIGKILL");
	EXPECT_END(&result.ends[2], "exited with 0");
	pipeline_result_release(&result);
}

ALONE(a_stage_that_cannot_start_ends_the_others)
{
	for (size_t bad = 0; bad < 3; bad++) {
		SCRIPTS(scripts, "exec sleep 100", "exec sleep 100", "exec sleep 100");
		char name[] = "no-such-program";
		char *argv[] = {name, NULL};

		scripts.stages[bad] = argv;
		struct pipeline_result result = run_scripts(&scripts);

		for (size_t i = 0; i < 3; i++)
			EXPECT_NUMBER(result.ends[i].outcome, i == bad ? PROCESS_NOT_STARTED : PROCESS_SIGNALED);
		EXPECT(result.duration_ms < 5000);
		EXPECT_STRING(result.start_error.message, "cannot execute 'no-such-program': not found in PATH");
		pipeline_result_release(&result);
	}
	EXPECT(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

ALONE(output_comes_in_the_order_in_which_it_was_written)
{
	SCRIPTS(scripts, "for i in 1 2 3 4 5; do echo o$i; echo e$i >&2; done");
	struct seen seen = {.total = 0}, apart = {.total = 0};

	scripts.is.output = see;
	scripts.is.context = &seen;
	struct pipeline_result result = run_scripts(&scripts);

	EXPECT_STRING(seen.text[2], "o1\ne1\no2\ne2\no3\ne3\no4\ne4\no5\ne5\n");
	EXPECT_STRING(seen.text[0], "");
	pipeline_result_release(&result);
	scripts.is.streams_apart = true;
	scripts.is.context = &apart;
	result = run_scripts(&scripts);
	EXPECT_STRING(apart.text[0], "o1\no2\no3\no4\no5\n");
	EXPECT_STRING(apart.text[1], "e1\ne2\ne3\ne4\ne5\n");
	EXPECT_STRING(apart.text[2], "");
	pipeline_result_release(&result);
}

ALONE(errors_of_every_stage_come_and_only_the_last_output)
{
	SCRIPTS(scripts, "echo a >&2; echo lost", "echo b >&2; cat >/dev/null", "cat; echo c >&2; echo out");
	struct seen seen = {.total = 0};

	scripts.is.streams_apart = true;
	scripts.is.output = see;
	scripts.is.context = &seen;
	struct pipeline_result result = run_scripts(&scripts);

	EXPECT_STRING(seen.text[0], "out\n");
	EXPECT(strstr(seen.text[1], "a\n") != NULL && strstr(seen.text[1], "b\n") != NULL);
	EXPECT(strstr(seen.text[1], "c\n") != NULL);
	EXPECT_NUMBER(seen.kept[1], 6);
	pipeline_result_release(&result);
}

ALONE(input_comes_from_the_file_or_from_nowhere)
{
	SCRIPTS(scripts, "cat; pwd");
	struct seen seen = {.total = 0}, none = {.total = 0};
	char *folder = scratch_folder();

	EXPECT(chdir(folder) == 0);
	write_script("input", "hello\n", 0600);
	scripts.is.stdin_path = "input";
	scripts.is.working_folder = "/usr";
	scripts.is.output = see;
	scripts.is.context = &seen;
	struct pipeline_result result = run_scripts(&scripts);

	EXPECT_STRING(seen.text[2], "hello\n/usr\n");
	pipeline_result_release(&result);
	scripts.is.stdin_path = NULL;
	scripts.is.context = &none;
	result = run_scripts(&scripts);
	EXPECT_STRING(none.text[2], "/usr\n");
	EXPECT_END(&result.ends[0], "exited with 0");
	pipeline_result_release(&result);
	EXPECT(unlink("input") == 0 && chdir("/") == 0 && rmdir(folder) == 0);
}

ALONE(output_takes_no_memory)
{
	SCRIPTS(scripts, "head -c 1073741824 /dev/zero", "cat");
	SCRIPTS(brief, "head -c 1048576 /dev/zero", "cat");
	struct seen seen = {.total = 0};
	struct rusage before, after;

	scripts.is.output = brief.is.output = see;
	scripts.is.context = brief.is.context = &seen;
	/* What each run takes once is not of its output: a sanitizer's second stack is some MiB. */
	struct pipeline_result result = run_scripts(&brief);

	pipeline_result_release(&result);
	seen.total = 0;
	getrusage(RUSAGE_SELF, &before);
	result = run_scripts(&scripts);
	getrusage(RUSAGE_SELF, &after);
	EXPECT_NUMBER(seen.total, 1073741824);
	EXPECT(after.ru_maxrss - before.ru_maxrss < 4096);
	EXPECT(result.cpu_seconds > 0.01 && result.max_rss_bytes > 100000);
	pipeline_result_release(&result);
}

ALONE(descriptors_do_not_leak)
{
	SCRIPTS(scripts, "cat", "cat", "echo x; echo y >&2");
	SCRIPTS(missing, "exit 1", "cat", "cat");
	char name[] = "/no/such", path[] = "/dev/null";
	char *argv[] = {name, NULL};

	missing.stages[1] = argv;
	scripts.is.stdout_path = path;
	struct pipeline_result first = run_scripts(&scripts);
	unsigned before = open_descriptors();

	pipeline_result_release(&first);
	for (int i = 0; i < 100; i++) {
		struct pipeline_result good = run_scripts(&scripts), bad = run_scripts(&missing);

		EXPECT_END(&good.ends[2], "exited with 0");
		pipeline_result_release(&good);
		pipeline_result_release(&bad);
	}
	EXPECT_NUMBER(open_descriptors(), before);
	EXPECT(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

ALONE(running_out_of_descriptors_is_told)
{
	const struct rlimit few = {.rlim_cur = 9, .rlim_max = 64};
	SCRIPTS(scripts, "true", "true", "true", "exec sleep 100", "true", "true", "true");
	struct pipeline_result result;
	struct error err;
	unsigned before = open_descriptors();

	setrlimit(RLIMIT_NOFILE, &few);
	int status = pipeline_run(&scripts.is, &result, &err);

	EXPECT(status < 0 || strstr(result.start_error.message, "Too many open files") != NULL);
	EXPECT(status < 0 || result.ends[6].outcome == PROCESS_NOT_STARTED);
	pipeline_result_release(&result);
	for (int fd = 3; fd < 9; fd++)
		(void)!dup(0);
	EXPECT(pipeline_run(&scripts.is, &result, &err) < 0);
	EXPECT(strstr(err.message, "Too many open files") != NULL);
	for (int fd = 4; fd < 9; fd++)
		close(fd);
	EXPECT(open_descriptors() <= before + 1);
}

ALONE(nothing_is_no_pipeline)
{
	struct pipeline pipeline = {.stage_count = 0};
	struct pipeline_result result;
	struct error err;

	EXPECT_NUMBER(pipeline_run(&pipeline, &result, &err), -1);
	pipeline_result_release(&result);
}

/* From its first output on the pipes cannot be read any more. */
static void break_pipes(void *context, enum pipeline_stream stream, const char *data, size_t length)
{
	int folder = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	see(context, stream, data, length);
	for (int fd = 3; fd < 64; fd++) {
		struct stat facts;
		if (fstat(fd, &facts) == 0 && S_ISFIFO(facts.st_mode) && (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0)
			EXPECT(dup2(folder, fd) == fd);
	}
	close(folder);
}

ALONE(a_failed_read_is_not_the_end_of_the_output)
{
	for (int apart = 0; apart < 2; apart++) {
		SCRIPTS(scripts, "trap '' PIPE; echo a; sleep 0.2; echo b 2>/dev/null; exit 0");
		struct seen seen = {.total = 0};

		scripts.is.streams_apart = apart;
		scripts.is.output = break_pipes;
		scripts.is.context = &seen;
		struct pipeline_result result = run_scripts(&scripts);

		EXPECT_STRING(seen.text[apart ? 0 : 2], "a\n");
		EXPECT_END(&result.ends[0], "exited with 0");
		EXPECT(result.output_incomplete && result.left_behind == 0 && result.left_running[0] == '\0');
		pipeline_result_release(&result);
	}
}

UNIT_MAIN

/* test: waits, slow, about 2 */
#include <sys/mount.h>
#include <sys/resource.h>

#include "wrapper/process/outfile.h"
#include "wrapper/process/supervise.h"
#include "processes.h"

static struct pipeline_result run_into(const char *script, const char *path)
{
	SCRIPTS(scripts, script);
	scripts.is.stdout_path = path;
	scripts.is.grace_ms = 500;
	return run_scripts(&scripts);
}

static void expect_discarded(const char *script, const char *end)
{
	struct pipeline_result result = run_into(script, "out");
	struct error err;

	EXPECT_END(&result.ends[0], end);
	EXPECT_NUMBER(access("out", F_OK), -1);
	EXPECT(result.temporary_path != NULL && strncmp(result.temporary_path, "./.muster-out.", 14) == 0);
	EXPECT_NUMBER(count_entries("."), 1);
	if (result.ends[0].outcome == PROCESS_EXITED)
		pipeline_discard_output(&result);
	else
		EXPECT_NUMBER(pipeline_commit_output(&result, &err), -1);
	EXPECT_NUMBER(count_entries("."), 0);
	pipeline_result_release(&result);
}

static char *enter_scratch(void)
{
	char *folder = scratch_folder();

	EXPECT(chdir(folder) == 0);
	return folder;
}

static void leave_scratch(const char *folder)
{
	EXPECT_NUMBER(count_entries("."), 0);
	EXPECT(chdir("/") == 0 && rmdir(folder) == 0);
}

ALONE(the_file_gets_its_name_by_commit_alone)
{
	char *folder = enter_scratch();
	struct stat status;
	struct error err;
	mode_t mask = umask(0026);
	struct pipeline_result result = run_into("printf abc; printf def; echo not this >&2", "out");

	EXPECT_NUMBER(access("out", F_OK), -1);
	EXPECT_NUMBER(result.output_bytes, 6);
	EXPECT_STRING(result.output_error.message, "");
	EXPECT_NUMBER(pipeline_commit_output(&result, &err), 0);
	EXPECT_NUMBER(pipeline_commit_output(&result, &err), 0);
	pipeline_result_release(&result);
	EXPECT_STRING(content_of("out"), "abcdef");
	EXPECT(stat("out", &status) == 0 && (status.st_mode & 07777) == 0640);
	EXPECT_NUMBER(count_entries("."), 1);
	umask(mask);
	EXPECT(unlink("out") == 0);
	leave_scratch(folder);
}

ALONE(a_failed_stage_leaves_no_file)
{
	char *folder = enter_scratch();

	expect_discarded("echo x; exit 1", "exited with 1");
	expect_discarded("echo x; kill -9 $$", "killed by SIGKILL");
	expect_discarded("kill -15 $$", "killed by SIGTERM");
	leave_scratch(folder);
}

ALONE(a_release_discards)
{
	char *folder = enter_scratch();
	struct pipeline_result result = run_into("echo x", "out");

	EXPECT_NUMBER(count_entries("."), 1);
	pipeline_result_release(&result);
	pipeline_result_release(&result);
	leave_scratch(folder);
}

ALONE(a_stage_that_cannot_start_leaves_no_file)
{
	char *folder = enter_scratch();
	char name[] = "/no/such";
	char *argv[] = {name, NULL};
	SCRIPTS(scripts, "echo x", "cat");
	struct error err;

	scripts.is.stdout_path = "out";
	scripts.stages[0] = argv;
	struct pipeline_result result = run_scripts(&scripts);

	EXPECT_NUMBER(pipeline_commit_output(&result, &err), -1);
	pipeline_result_release(&result);
	leave_scratch(folder);
}

ALONE(what_is_replaced_stays_until_then_and_keeps_its_permissions)
{
	char *folder = enter_scratch();
	struct stat status;
	struct error err;

	EXPECT(close(open("old", O_WRONLY | O_CREAT, 0600)) == 0 && truncate("old", 5) == 0);
	EXPECT(chmod("old", 0604) == 0 && symlink("old", "link") == 0);
	struct pipeline_result result = run_into("echo new", "link");

	EXPECT(stat("old", &status) == 0 && status.st_size == 5);
	EXPECT_NUMBER(pipeline_commit_output(&result, &err), 0);
	EXPECT_STRING(content_of("old"), "new\n");
	EXPECT(stat("old", &status) == 0 && (status.st_mode & 07777) == 0604);
	EXPECT(lstat("link", &status) == 0 && S_ISLNK(status.st_mode));
	pipeline_result_release(&result);
	EXPECT(unlink("link") == 0 && unlink("old") == 0);
	leave_scratch(folder);
}

ALONE(the_listener_hears_what_the_file_gets_where_streams_are_apart)
{
	char *folder = enter_scratch();
	SCRIPTS(scripts, "echo out; echo err >&2");
	struct seen seen = {.total = 0}, together = {.total = 0};

	scripts.is.stdout_path = "out";
	scripts.is.output = see;
	scripts.is.context = &seen;
	scripts.is.streams_apart = true;
	struct pipeline_result result = run_scripts(&scripts);

	EXPECT_STRING(seen.text[0], "out\n");
	EXPECT_STRING(seen.text[1], "err\n");
	EXPECT_NUMBER(result.output_bytes, 4);
	pipeline_result_release(&result);
	scripts.is.streams_apart = false;
	scripts.is.context = &together;
	result = run_scripts(&scripts);
	EXPECT_STRING(together.text[2], "err\n");
	EXPECT_NUMBER(together.total, 4);
	EXPECT_NUMBER(result.output_bytes, 4);
	pipeline_result_release(&result);
	leave_scratch(folder);
}

static void expect_output_error(const char *script, const char *path, const char *message)
{
	struct pipeline_result result = run_into(script, path);
	struct error err;

	EXPECT_STRING(result.output_error.message, message);
	EXPECT(result.temporary_path == NULL);
	EXPECT(result.duration_ms < 1500);
	EXPECT_NUMBER(pipeline_commit_output(&result, &err), -1);
	EXPECT_STRING(err.message, message);
	pipeline_result_release(&result);
}

ALONE(a_full_disk_cannot_hide)
{
	struct pipeline_result result = run_into("exec yes", "/dev/full");

	EXPECT_STRING(result.output_error.message, "cannot write '/dev/full': No space left on device");
	EXPECT_END(&result.ends[0], "killed by SIGTERM");
	pipeline_result_release(&result);
	expect_output_error("echo x; exit 0", "/dev/full", "cannot write '/dev/full': No space left on device");
	expect_output_error("trap 'exit 0' TERM; echo x; while :; do sleep 0.01; done", "/dev/full",
			    "cannot write '/dev/full': No space left on device");
}

ALONE(a_full_file_system_cannot_hide)
{
	char *folder = enter_scratch();

	EXPECT(mkdir("full", 0700) == 0);
	if (mount("none", "full", "tmpfs", 0, "size=64k") == 0) {
		expect_output_error("exec yes", "full/out", "cannot write 'full/out': No space left on device");
		expect_output_error("head -c 65537 /dev/zero", "full/out",
				    "cannot write 'full/out': No space left on device");
		EXPECT_NUMBER(count_entries("full"), 0);
		EXPECT(umount2("full", MNT_DETACH) == 0);
	} else {
		expect_output_error("exec yes", "/dev/full", "cannot write '/dev/full': No space left on device");
	}
	EXPECT(rmdir("full") == 0);
	leave_scratch(folder);
}

static void write_over_the_limit(void)
{
	const struct rlimit limit = {.rlim_cur = 5000, .rlim_max = 5000};

	setrlimit(RLIMIT_FSIZE, &limit);
	expect_output_error("exec yes", "out", "cannot write 'out': File too large");
}

ALONE(a_file_over_the_limit_is_an_error)
{
	char *folder = enter_scratch();

	EXPECT(alone(write_over_the_limit));
	leave_scratch(folder);
}

ALONE(where_there_is_no_folder_nothing_is_started)
{
	char *folder = enter_scratch();

	expect_output_error("touch started", "no/such/out",
			    "cannot write 'no/such/out': cannot create a file in 'no/such': No such file or directory");
	expect_output_error("touch started", ".", "cannot write '.': it is a folder");
	expect_output_error("touch started", "new/", "cannot write 'new/': it is a folder");
	leave_scratch(folder);
}

ALONE(what_is_no_regular_file_is_written_to_directly)
{
	char *folder = enter_scratch();
	struct error err;
	struct pipeline_result result = run_into("echo x", "/dev/null");

	EXPECT_STRING(result.output_error.message, "");
	EXPECT_NUMBER(result.output_bytes, 2);
	EXPECT_NUMBER(pipeline_commit_output(&result, &err), 0);
	pipeline_result_release(&result);
	EXPECT(mkfifo("fifo", 0600) == 0);
	int reader = open("fifo", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char text[16] = "";

	result = run_into("echo through", "fifo");
	EXPECT(read(reader, text, sizeof text - 1) == 8);
	EXPECT_STRING(text, "through\n");
	EXPECT_NUMBER(pipeline_commit_output(&result, &err), 0);
	pipeline_result_release(&result);
	close(reader);
	EXPECT(unlink("fifo") == 0);
	leave_scratch(folder);
}

static struct pipeline_result run_into_fifo(const char *script)
{
	SCRIPTS(scripts, script);
	scripts.is.stdout_path = "fifo";
	scripts.is.timeout_ms = 200;
	return run_scripts(&scripts);
}

ALONE(a_fifo_that_nobody_empties_ends_with_the_time)
{
	char *folder = enter_scratch();

	EXPECT(mkfifo("fifo", 0600) == 0);
	struct pipeline_result result = run_into_fifo("echo x");

	EXPECT_STRING(result.output_error.message, "cannot write 'fifo': nobody reads from it");
	pipeline_result_release(&result);
	int reader = open("fifo", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	result = run_into_fifo("exec yes");
	EXPECT_STRING(result.output_error.message, "cannot write 'fifo': its reader takes nothing");
	EXPECT_END(&result.ends[0], "timed out");
	pipeline_result_release(&result);
	close(reader);
	EXPECT(unlink("fifo") == 0);
	leave_scratch(folder);
}

ALONE(a_long_name_still_has_a_temporary_one)
{
	char *folder = enter_scratch();
	char name[256];
	struct error err;

	memset(name, 'n', 255);
	name[255] = '\0';
	struct pipeline_result result = run_into("echo x", name);

	EXPECT_NUMBER(pipeline_commit_output(&result, &err), 0);
	pipeline_result_release(&result);
	EXPECT_STRING(content_of(name), "x\n");
	EXPECT(unlink(name) == 0);
	leave_scratch(folder);
}

ALONE(a_name_that_cannot_be_taken_is_an_error)
{
	char *folder = enter_scratch();
	struct error err;
	struct pipeline_result result = run_into("echo x", "out");

	EXPECT(mkdir("out", 0700) == 0);
	EXPECT_NUMBER(pipeline_commit_output(&result, &err), -1);
	EXPECT(strstr(err.message, "cannot rename") != NULL);
	pipeline_result_release(&result);
	EXPECT(rmdir("out") == 0);
	leave_scratch(folder);
}

ALONE(a_process_in_the_background_keeps_the_file_from_being_complete)
{
	char *folder = enter_scratch();
	struct error err;
	struct pipeline_result result = run_into("echo begin; (sleep 20; echo end) & exit 0", "out");

	EXPECT_END(&result.ends[0], "exited with 0");
	EXPECT(result.left_behind > 0 && result.output_incomplete);
	EXPECT(strncmp(result.output_error.message,
		       "cannot complete 'out': a process that the step left running still writes to it: sh (pid ",
		       88) == 0);
	EXPECT_NUMBER(pipeline_commit_output(&result, &err), -1);
	pipeline_result_release(&result);
	leave_scratch(folder);
}

ALONE(large_output_arrives_whole)
{
	char *folder = enter_scratch();
	struct error err;
	struct stat status;
	struct pipeline_result result = run_into("head -c 300000001 /dev/zero", "out");

	EXPECT_NUMBER(result.output_bytes, 300000001);
	EXPECT_NUMBER(pipeline_commit_output(&result, &err), 0);
	EXPECT(stat("out", &status) == 0 && status.st_size == 300000001);
	pipeline_result_release(&result);
	EXPECT(unlink("out") == 0);
	leave_scratch(folder);
}

UNIT_MAIN

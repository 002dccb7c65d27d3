#include "wrapper/process/pipeline_private.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "wrapper/process/supervise.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define FALLBACK_DESCRIPTORS 65536

struct prepared { /* what the child may not compute: after fork() it can take no lock and no memory */
	char **candidates; /* NULL-ended */
	char *const *environment;
	unsigned descriptor_limit; /* 0: close_range() works */
	int report;
	pid_t parent;
};

static char *const *environment_of(const struct spawn_request *request)
{
	return request->environment != NULL ? request->environment : environ;
}

static const char *find_path(char *const *environment)
{
	for (size_t i = 0; environment != NULL && environment[i] != NULL; i++)
		if (strncmp(environment[i], "PATH=", 5) == 0)
			return environment[i] + 5;
	return NULL;
}

/* As execvp(3) looks them up; an empty part of PATH is the current folder. */
static char **list_candidates(const char *program, char *const *environment)
{
	if (strchr(program, '/') != NULL || program[0] == '\0') {
		char **only = memory_array(2, sizeof *only);

		only[0] = memory_string(program);
		return only;
	}
	const char *found = find_path(environment), *path = found != NULL ? found : DEFAULT_PATH;
	size_t count = 2;
	for (const char *at = path; *at != '\0'; at++)
		count += *at == ':';
	char **candidates = memory_array(count, sizeof *candidates);
	for (size_t i = 0; path != NULL; i++) {
		size_t length = strcspn(path, ":");
		candidates[i] = length == 0 ? memory_format("./%s", program)
					    : memory_format("%.*s/%s", (int)length, path, program);
		path = path[length] == ':' ? path + length + 1 : NULL;
	}
	return candidates;
}

static void free_candidates(char ***candidates)
{
	for (size_t i = 0; (*candidates)[i] != NULL; i++)
		free((*candidates)[i]);
	free(*candidates);
}

static int hide_descriptors(unsigned first)
{
	return (int)syscall(SYS_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC);
}

/* Before Linux 5.11 there is no CLOSE_RANGE_CLOEXEC, and some sandboxes refuse the call. */
static unsigned find_descriptor_limit(void)
{
	if (hide_descriptors(~0U) == 0)
		return 0;
	cleanup_dir DIR *folder = opendir("/proc/self/fd");
	long highest = -1;

	if (folder == NULL)
		return FALLBACK_DESCRIPTORS;
	for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
		long number = strtol(entry->d_name, NULL, 10);
		highest = number > highest ? number : highest;
	}
	return (unsigned)highest + 1;
}

static _Noreturn void give_up(int report, enum spawn_place place)
{
	struct spawn_trouble trouble = {.place = place, .error_number = errno};

	while (write(report, &trouble, sizeof trouble) < 0 && errno == EINTR)
		;
	_exit(127);
}

/* sigaction() refuses the two signals that glibc keeps for itself, and these may have been inherited as ignored. */
static void reset_signals(void)
{
	static const unsigned char standard[128]; /* the kernel's struct sigaction: SIG_DFL, no flags, no mask */

	for (int number = 1; number < NSIG; number++)
		syscall(SYS_rt_sigaction, number, standard, NULL, (size_t)(_NSIG / 8));
	sigprocmask(SIG_SETMASK, supervise_initial_mask(), NULL);
}

static void leave_terminal(void)
{
	int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);

	if (terminal >= 0)
		ioctl(terminal, TIOCNOTTY);
}

static void connect_descriptors(const struct spawn_request *request, const struct prepared *prepared)
{
	int input = request->input;

	if (input < 0) {
		const char *path = request->input_path != NULL ? request->input_path : "/dev/null";
		input = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
		if (input < 0)
			give_up(prepared->report, SPAWN_INPUT);
	}
	if (dup2(input, STDIN_FILENO) < 0 || dup2(request->output, STDOUT_FILENO) < 0 ||
	    dup2(request->errors, STDERR_FILENO) < 0)
		give_up(prepared->report, SPAWN_SETUP);
	for (unsigned fd = STDERR_FILENO + 1; fd < prepared->descriptor_limit; fd++)
		fcntl((int)fd, F_SETFD, FD_CLOEXEC);
	if (prepared->descriptor_limit == 0 && hide_descriptors(STDERR_FILENO + 1) < 0)
		give_up(prepared->report, SPAWN_SETUP);
}

static void execute(const struct spawn_request *request, const struct prepared *prepared)
{
	bool forbidden = false;

	for (size_t i = 0; prepared->candidates[i] != NULL; i++) {
		execve(prepared->candidates[i], request->argv, prepared->environment);
		if (errno == EACCES)
			forbidden = true;
		else if (errno != ENOENT && errno != ENOTDIR && errno != ESTALE && errno != ENODEV &&
			 errno != ETIMEDOUT)
			return;
	}
	if (forbidden)
		errno = EACCES;
}

static _Noreturn void run_child(const struct spawn_request *request, const struct prepared *prepared)
{
	if (setpgid(0, request->group) < 0)
		give_up(prepared->report, SPAWN_SETUP);
	prctl(PR_SET_PDEATHSIG, (unsigned long)SIGKILL, 0L, 0L, 0L);
	if (getppid() != prepared->parent)
		_exit(127);
	reset_signals();
	if (request->no_new_privs && prctl(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L) < 0)
		give_up(prepared->report, SPAWN_PRIVILEGES);
	leave_terminal();
	connect_descriptors(request, prepared);
	if (request->working_folder != NULL && chdir(request->working_folder) < 0)
		give_up(prepared->report, SPAWN_FOLDER);
	execute(request, prepared);
	give_up(prepared->report, SPAWN_PROGRAM);
}

pid_t spawn_start(const struct spawn_request *request, int *ret_report)
{
	char *const *environment = environment_of(request);
	int report[2];
	sigset_t all, before;
	__attribute__((cleanup(free_candidates))) char **candidates =
		list_candidates(request->argv[0] != NULL ? request->argv[0] : "", environment);
	struct prepared prepared = {.candidates = candidates, .environment = environment, .parent = getpid()};

	prepared.descriptor_limit = find_descriptor_limit();
	if (pipe2(report, O_CLOEXEC) < 0)
		return -1;
	prepared.report = report[1];
	/* A handler of muster's must not run in the child. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	pid_t pid = fork();
	if (pid == 0)
		run_child(request, &prepared);
	int saved = errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(report[1]);
	if (pid < 0) {
		close(report[0]);
		errno = saved;
		return -1;
	}
	/* Whichever of the two is first; it fails here once the child has executed its program. */
	setpgid(pid, request->group != 0 ? request->group : pid);
	fcntl(report[0], F_SETFL, O_NONBLOCK);
	*ret_report = report[0];
	return pid;
}

int spawn_report_read(int report, struct spawn_trouble *ret_trouble)
{
	struct spawn_trouble trouble;
	ssize_t length;

	do
		length = read(report, &trouble, sizeof trouble);
	while (length < 0 && errno == EINTR);
	if (length < 0)
		return errno == EAGAIN ? -1 : 0;
	if (length != (ssize_t)sizeof trouble)
		return 0;
	*ret_trouble = trouble;
	return 1;
}

static bool is_somewhere(const struct spawn_request *request)
{
	__attribute__((cleanup(free_candidates))) char **candidates =
		list_candidates(request->argv[0], environment_of(request));
	const char *from = request->working_folder != NULL ? request->working_folder : ".";
	cleanup_fd int folder = open(from, O_PATH | O_DIRECTORY | O_CLOEXEC);

	for (size_t i = 0; candidates[i] != NULL; i++)
		if (faccessat(folder, candidates[i], F_OK, 0) == 0)
			return true;
	return false;
}

static void explain_missing(const struct spawn_request *request, const char *program, struct error *ret_text)
{
	if (find_path(environment_of(request)) != NULL)
		error_set(ret_text, "cannot execute '%s': not found in PATH", program);
	else
		error_set(ret_text, "cannot execute '%s': its environment has no PATH, and it is not in " DEFAULT_PATH,
			  program);
}

static void explain_program(const struct spawn_request *request, int error_number, struct error *ret_text)
{
	const char *program = request->argv[0] != NULL ? request->argv[0] : "";

	if (error_number == ENOENT && program[0] != '\0' && is_somewhere(request))
		error_set(ret_text, "cannot execute '%s': the interpreter that it names does not exist", program);
	else if (error_number == ENOENT && strchr(program, '/') == NULL)
		explain_missing(request, program, ret_text);
	else if (error_number == ENOEXEC)
		error_set(ret_text,
			  "cannot execute '%s': neither a program for this machine nor a script with a #! line",
			  program);
	else
		error_set(ret_text, "cannot execute '%s': %s", program, strerror(error_number));
}

void spawn_explain(const struct spawn_request *request, const struct spawn_trouble *trouble, struct error *ret_text)
{
	const char *reason = strerror(trouble->error_number);

	if (trouble->place == SPAWN_PROGRAM)
		explain_program(request, trouble->error_number, ret_text);
	else if (trouble->place == SPAWN_INPUT)
		error_set(ret_text, "cannot open '%s' as input: %s",
			  request->input_path != NULL ? request->input_path : "/dev/null", reason);
	else if (trouble->place == SPAWN_PRIVILEGES)
		error_set(ret_text, "cannot set no_new_privs: %s", reason);
	else if (trouble->place == SPAWN_FOLDER)
		error_set(ret_text, "cannot enter the folder '%s': %s", request->working_folder, reason);
	else
		error_set(ret_text, "cannot prepare a process for '%s': %s",
			  request->argv[0] != NULL ? request->argv[0] : "", reason);
}

#include "wrapper/process/children.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "assertions/base/cleanup.h"

#define NAMED_MAX 8

static struct child *watched;
static pid_t inherited[CHILDREN_MAX];
static size_t inherited_count;
static struct children_ends *noted;

/* /proc may be that of another PID namespace, where our numbers mean other processes. */
static bool proc_is_ours(void)
{
	char text[32];
	ssize_t length = readlink("/proc/self", text, sizeof text - 1);

	if (length <= 0)
		return false;
	text[length] = '\0';
	return strtol(text, NULL, 10) == (long)getpid();
}

/* "123 456 ": see proc(5). Without memory, since it also serves when there is none. */
static ssize_t read_numbers(int fd, pid_t *ret_pids, size_t maximum)
{
	char text[4096];
	size_t count = 0;
	pid_t number = 0;

	for (;;) {
		ssize_t length = read(fd, text, sizeof text);
		if (length < 0)
			return -1;
		for (ssize_t i = 0; i < length; i++) {
			if (text[i] >= '0' && text[i] <= '9') {
				number = number * 10 + (text[i] - '0');
			} else if (number > 0) {
				if (count < maximum)
					ret_pids[count++] = number;
				number = 0;
			}
		}
		if (length == 0 || count == maximum)
			return (ssize_t)count;
	}
}

pid_t children_parent_of(pid_t pid)
{
	char path[64], text[512];

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd >= 0 ? read(fd, text, sizeof text - 1) : -1;
	if (length <= 0)
		return -1;
	text[length] = '\0';
	/* The program's name stands in parentheses and may hold anything; what follows it is the state and the parent. */
	const char *end = strrchr(text, ')');
	return end != NULL && strlen(end) > 4 ? (pid_t)strtol(end + 4, NULL, 10) : -1;
}

/* For kernels without CONFIG_PROC_CHILDREN. */
static ssize_t search_proc(pid_t *ret_pids, size_t maximum)
{
	cleanup_dir DIR *folder = opendir("/proc");
	size_t count = 0;

	if (folder == NULL)
		return -1;
	for (struct dirent *entry; count < maximum && (entry = readdir(folder)) != NULL;) {
		pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
		if (pid > 0 && children_parent_of(pid) == getpid())
			ret_pids[count++] = pid;
	}
	return (ssize_t)count;
}

/* Orphans are handed to the main thread, which also starts all others: its list is the whole. -1: nobody can say. */
static ssize_t list_children(pid_t *ret_pids, size_t maximum)
{
	char path[64];

	if (!proc_is_ours())
		return -1;
	snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd >= 0 ? read_numbers(fd, ret_pids, maximum) : search_proc(ret_pids, maximum);
}

static bool contains(const pid_t *pids, size_t count, pid_t pid)
{
	for (size_t i = 0; i < count; i++)
		if (pids[i] == pid)
			return true;
	return false;
}

static bool is_watched(pid_t pid)
{
	for (const struct child *child = watched; child != NULL; child = child->next)
		if (child->pid == pid && !child->ended)
			return true;
	return false;
}

/* Whether the child lives: one that has ended stays until it is reaped. */
static bool is_alive(idtype_t type, pid_t id)
{
	siginfo_t info = {.si_pid = 0};

	return waitid(type, (id_t)id, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0;
}

static bool has_children(void)
{
	siginfo_t info;

	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

void children_begin(void)
{
	ssize_t count = has_children() ? list_children(inherited, CHILDREN_MAX) : 0;

	inherited_count = count > 0 ? (size_t)count : 0;
}

void children_watch(struct child *child, pid_t pid)
{
	*child = (struct child){.pid = pid, .next = watched};
	watched = child;
}

void children_forget(struct child *child)
{
	for (struct child **link = &watched; *link != NULL; link = &(*link)->next) {
		if (*link == child) {
			*link = child->next;
			return;
		}
	}
}

/* Of its own choosing, so nothing in it is to move a terminal's cursor. */
static void read_name(pid_t pid, char ret_name[CHILDREN_NAME_MAX])
{
	char path[64];

	snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd >= 0 ? read(fd, ret_name, CHILDREN_NAME_MAX - 1) : -1;
	ret_name[length > 0 ? length : 0] = '\0';
	ret_name[strcspn(ret_name, "\n")] = '\0';
	for (char *letter = ret_name; *letter != '\0'; letter++)
		if (*letter < ' ' || *letter > '~')
			*letter = '?';
}

void children_note_orphans(struct children_ends *ends)
{
	noted = ends;
}

static void note_orphan(pid_t pid, int status, const char *name)
{
	if (noted == NULL || status == 0 || noted->count == CHILDREN_ENDS_MAX)
		return;
	struct children_end *end = &noted->items[noted->count++];
	*end = (struct children_end){.pid = pid, .status = status};
	snprintf(end->name, sizeof end->name, "%s", name);
}

static void note_end(pid_t pid, int status, const struct rusage *usage, const char *name)
{
	for (struct child *child = watched; child != NULL; child = child->next) {
		if (child->pid == pid && !child->ended) {
			child->ended = true;
			child->status = status;
			child->usage = *usage;
			return;
		}
	}
	for (size_t i = 0; i < inherited_count; i++) {
		if (inherited[i] == pid) {
			inherited[i] = inherited[--inherited_count];
			return;
		}
	}
	note_orphan(pid, status, name);
}

/* Whoever is reaped has no name any more. */
static pid_t reap_one(int *ret_status, struct rusage *ret_usage, char ret_name[CHILDREN_NAME_MAX])
{
	siginfo_t info = {.si_pid = 0};

	if (noted == NULL)
		return wait4(-1, ret_status, WNOHANG, ret_usage);
	if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0)
		return 0;
	read_name(info.si_pid, ret_name);
	return wait4(info.si_pid, ret_status, WNOHANG, ret_usage);
}

void children_reap(void)
{
	char name[CHILDREN_NAME_MAX] = "";
	struct rusage usage;
	int status;
	pid_t pid;

	while ((pid = reap_one(&status, &usage, name)) > 0)
		note_end(pid, status, &usage, name);
}

bool children_signal_group(pid_t group, int signal)
{
	siginfo_t info;

	if (group <= 1 || waitid(P_PGID, (id_t)group, &info, WEXITED | WNOHANG | WNOWAIT) < 0)
		return false;
	kill(-group, signal);
	if (signal != SIGKILL)
		kill(-group, SIGCONT);
	return true;
}

/* With those that have ended and were not reaped: whatever one of them left behind is muster's only now, and not in the list. */
static ssize_t list_orphans(pid_t *ret_pids, bool with_ended)
{
	ssize_t listed = has_children() ? list_children(ret_pids, CHILDREN_MAX) : 0;
	size_t count = 0;

	for (ssize_t i = 0; i < listed; i++) {
		pid_t pid = ret_pids[i];
		if (!is_watched(pid) && !contains(inherited, inherited_count, pid) &&
		    (with_ended || is_alive(P_PID, pid)))
			ret_pids[count++] = pid;
	}
	return listed < 0 ? listed : (ssize_t)count;
}

size_t children_count_orphans(pid_t group)
{
	pid_t pids[CHILDREN_MAX];
	ssize_t count = list_orphans(pids, true);

	if (count < 0 && watched == NULL && inherited_count == 0)
		return has_children();
	return count >= 0 ? (size_t)count : group > 1 && is_alive(P_PGID, group);
}

bool children_name_orphans(pid_t group, char ret_names[CHILDREN_NAMES_MAX])
{
	pid_t pids[CHILDREN_MAX];
	ssize_t count = list_orphans(pids, true);
	size_t length = 0;

	if (count < 0) {
		bool is_left = children_count_orphans(group) > 0;
		snprintf(ret_names, CHILDREN_NAMES_MAX, "%s", is_left ? "a process that /proc does not tell of" : "");
		return is_left;
	}
	ret_names[0] = '\0';
	for (ssize_t i = 0; i < count && i < NAMED_MAX; i++) {
		char name[CHILDREN_NAME_MAX];
		read_name(pids[i], name);
		length += (size_t)snprintf(&ret_names[length], CHILDREN_NAMES_MAX - length, "%s%s (pid %d)",
					   i > 0 ? ", " : "", name, (int)pids[i]);
	}
	if (count > NAMED_MAX)
		snprintf(&ret_names[length], CHILDREN_NAMES_MAX - length, " and %zd more", count - NAMED_MAX);
	return count > 0;
}

static void tell_child(struct children_told *told, pid_t pid, int signal)
{
	bool known = contains(told->pids, told->count, pid);

	if (!known && told->count < CHILDREN_MAX)
		told->pids[told->count++] = pid;
	if (signal != SIGKILL && (known || (told->group > 1 && getpgid(pid) == told->group)))
		return;
	kill(pid, signal);
	if (signal != SIGKILL)
		kill(pid, SIGCONT);
}

size_t children_tell_orphans(struct children_told *told, pid_t group, int signal)
{
	pid_t pids[CHILDREN_MAX];
	ssize_t count = list_orphans(pids, false);

	for (ssize_t i = 0; i < count; i++)
		tell_child(told, pids[i], signal);
	if (count >= 0)
		return (size_t)count;
	if (group <= 1 || !is_alive(P_PGID, group))
		return 0;
	if (signal == SIGKILL || (told->count == 0 && told->group != group))
		children_signal_group(group, signal);
	if (told->count == 0)
		told->pids[told->count++] = group;
	return 1;
}

void children_kill_all(void)
{
	pid_t pids[CHILDREN_MAX];

	for (const struct child *child = watched; child != NULL; child = child->next) {
		pid_t group = child->ended ? -1 : getpgid(child->pid);
		if (child->ended)
			continue;
		if (group > 1 && group != getpgrp())
			kill(-group, SIGKILL);
		kill(child->pid, SIGKILL);
	}
	ssize_t count = list_orphans(pids, false);
	for (ssize_t i = 0; i < count; i++)
		kill(pids[i], SIGKILL);
}

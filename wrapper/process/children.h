/*
 * The processes below muster: the stages that are watched, and the orphans that the kernel hands over to a subreaper.
 *
 *     children_watch(&stage->child, pid);
 *     children_reap();
 *     if (stage->child.ended) ... stage->child.status ...
 *     children_forget(&stage->child);
 *
 * Only children of this process are ever signalled. A child that was not reaped keeps its number, so none of the
 * signals sent here can reach a stranger. What was a child before children_begin() is left alone.
 * One thread, the main one, starts and reaps children.
 */
#ifndef MUSTER_PROCESS_CHILDREN_H
#define MUSTER_PROCESS_CHILDREN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/types.h>

#define CHILDREN_MAX 1024 /* that are looked at in one go; more are dealt with when these are gone */

struct child {
	pid_t pid;
	bool ended;
	int status; /* as wait4() gives it */
	struct rusage usage;
	struct child *next;
};

void children_begin(void);

/* The struct must stay where it is until it is forgotten. */
void children_watch(struct child *child, pid_t pid);
void children_forget(struct child *child);

/* Takes in every child that has ended; what is not watched is only reaped. */
void children_reap(void);

/* Signals a process group where at least one of it is a child that was not reaped. False where there is none. */
bool children_signal_group(pid_t group, int signal);

/* The orphans that were signalled, each counted once. Starts as {0}, or with the group that has got its SIGTERM. */
struct children_told {
	pid_t pids[CHILDREN_MAX];
	size_t count;
	pid_t group;
};

/*
 * Sends SIGTERM (followed by SIGCONT) to each orphan that was not told yet, or SIGKILL to all of them. Returns how many are
 * alive. Where /proc cannot tell who they are, `group` is what can be signalled.
 */
size_t children_tell_orphans(struct children_told *told, pid_t group, int signal);
/* With those that have ended and were not reaped yet: none is left only where this says 0 after children_reap(). */
size_t children_count_orphans(pid_t group);

/* Orphans that ended with anything but code 0, as many as there is room for, from children_note_orphans() to the next. */
#define CHILDREN_NAME_MAX 20 /* the kernel's 15 bytes, a line's end, and room */
#define CHILDREN_ENDS_MAX 8
struct children_end {
	pid_t pid;
	int status;
	char name[CHILDREN_NAME_MAX];
};
struct children_ends {
	struct children_end items[CHILDREN_ENDS_MAX];
	size_t count;
};
void children_note_orphans(struct children_ends *ends); /* NULL: no longer */

/*
 * "sleep (pid 312), gpg-agent (pid 314) and 3 more": those that were not reaped, by the kernel's name for the program and never by
 * its arguments, which may hold secrets. False, with "", where there is none.
 */
#define CHILDREN_NAMES_MAX 320
bool children_name_orphans(pid_t group, char ret_names[CHILDREN_NAMES_MAX]);

/* Of any process, as /proc tells it; -1 where it does not. */
pid_t children_parent_of(pid_t pid);

/* SIGKILL to all of them and their groups; takes no memory. */
void children_kill_all(void);

#endif

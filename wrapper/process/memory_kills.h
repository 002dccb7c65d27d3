/*
 * What the kernel ended for want of memory: the counter of muster's own control group, which is that of its children.
 *
 *     int64_t before = memory_kills_count();
 *     ... a step ...
 *     if (before >= 0 && memory_kills_count() > before) ...
 *
 * Version 2 of control groups counts in memory.events, "oom_kill" (with the groups below it), version 1 in memory.oom_control:
 * see cgroup-v2.rst and cgroup-v1/memory.rst in the kernel's documentation. The counter is raised before the victim gets its SIGKILL,
 * so it has been raised once the victim is reaped.
 */
#ifndef MUSTER_PROCESS_MEMORY_KILLS_H
#define MUSTER_PROCESS_MEMORY_KILLS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct memory_group {
	char folder[PATH_MAX];
	bool unified; /* version 2 */
	bool is_container; /* nothing else is to be seen of the tree */
};

/* Of texts as in /proc/self/cgroup and /proc/self/mountinfo (proc(5)); false where there is no group with a memory controller. */
bool memory_kills_locate(FILE *groups, FILE *mounts, bool unified, struct memory_group *ret_group);

/* -1 where nobody counts. */
int64_t memory_kills_count(void);
/* Bytes that the group may use; -1 where there is no limit, or nobody knows. */
int64_t memory_kills_limit(void);
/*
 * Whether a process that was ended was none of a stranger's who merely shares the group: in a container whose program muster is, or
 * belongs to. In a login session, or executed beside a container's program, it may have been anybody's.
 */
bool memory_kills_are_own(void);

#endif

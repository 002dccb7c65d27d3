/*
 * Starts one program as a member of a process group, and learns whether it could be started.
 *
 *     int report;
 *     pid_t pid = spawn_start(&request, &report);
 *     ...
 *     switch (spawn_report_read(report, &trouble)) ...        once `report` is readable, or the child has ended
 *
 * Everything that can go wrong in the child before its program runs comes back through a close-on-exec pipe, so that a
 * program which exits with 127 is not taken for one that was not there. The child opens its input, enters its folder
 * and executes its program under muster's eyes: one that hangs in that can be ended like any other.
 *
 * The child has default signal dispositions, the mask that muster was started with, no descriptor but 0 to 2, no
 * controlling terminal (a question for a password fails at once rather than stopping it), and dies with muster.
 */
#ifndef MUSTER_PROCESS_SPAWN_H
#define MUSTER_PROCESS_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

#include "assertions/base/error.h"

struct spawn_request {
	char *const *argv;              /* argv[0] is looked up in PATH of the environment (without one: in the usual folders) unless it has a slash */
	char *const *environment;       /* NULL: muster's own */
	const char *working_folder;     /* NULL: as it is */
	const char *input_path;         /* where `input` is -1; NULL: /dev/null */
	int input, output, errors;      /* descriptors above 2 */
	pid_t group;                    /* 0: it leads its own */
	bool no_new_privs;
};

enum spawn_place { SPAWN_SETUP, SPAWN_PRIVILEGES, SPAWN_INPUT, SPAWN_FOLDER, SPAWN_PROGRAM };

struct spawn_trouble {
	enum spawn_place place;
	int error_number;
};

/* The child's number, -1 with errno where it could not be made. `ret_report` is close-on-exec and does not block. */
pid_t spawn_start(const struct spawn_request *request, int *ret_report);

/* 1 with *ret_trouble: not started. 0: started, or ended before it was. -1: not known yet. */
int spawn_report_read(int report, struct spawn_trouble *ret_trouble);

/* The trouble in words. */
void spawn_explain(const struct spawn_request *request, const struct spawn_trouble *trouble, struct error *ret_text);

#endif

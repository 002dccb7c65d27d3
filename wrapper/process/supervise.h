/*
 * muster as the father of processes: signals, orphans, and the promise that no child outlives it.
 *
 * supervise_begin() is called once, before anything is started (further calls are harmless): it makes muster a
 * subreaper, catches SIGTERM, SIGINT, SIGHUP, SIGQUIT and SIGCHLD through one descriptor, ignores SIGPIPE and SIGXFSZ
 * (a write then says EPIPE or EFBIG) and what a stranger may send that means nothing here (SIGUSR1, SIGALRM ...), opens descriptors 0 to 2 where they are closed, and ends the children when
 * memory is exhausted. A SIGHUP that was ignored from the start (nohup) stays ignored. Children get the signal mask that
 * muster was started with and the default dispositions.
 *
 * Processes that were muster's children before it began (a proxy started by the script that then ran
 * `exec muster`) are none of its business: they are reaped, but never ended.
 */
#ifndef MUSTER_PROCESS_SUPERVISE_H
#define MUSTER_PROCESS_SUPERVISE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

int supervise_begin(void);

#define SUPERVISE_UNKILLABLE_MS \
	10000 /* a process that hangs in the kernel must not keep the report from being written */
#define SUPERVISE_ROUND_MS 50 /* an orphan can be handed over without any signal that says so */

/* The first signal that told muster to end, 0 while there was none. */
int supervise_signal(void);
/* Whether there was one: for who asks only that. */
bool supervise_is_told(void);
/* How many of them came. Those within 200 ms of each other are one: `timeout` and service managers send them in pairs. */
int supervise_signal_count(void);

/*
 * How long everything may take once muster was told to end, reports included: what Kubernetes calls the termination grace
 * period, less what it takes to be told and to be gone. Of it the reports keep SUPERVISE_REPORTS_MS (of a short one a
 * quarter), and SUPERVISE_CLEAN_UP_MS (at most half of the rest) is kept for steps that are run whatever happens.
 */
#define SUPERVISE_GRACE_MS 25000
#define SUPERVISE_CLEAN_UP_MS 10000
#define SUPERVISE_REPORTS_MS 3000
void supervise_set_grace(int64_t ms);
int64_t supervise_grace(void);

enum supervise_part {
	SUPERVISE_STEP, /* the step that was going on, where there is something to be cleaned up after it */
	SUPERVISE_CLEAN_UP, /* every child */
	SUPERVISE_REPORTS, /* all of it */
};

/* The clock_monotonic_ms() at which the part must be over; INT64_MAX while nothing told muster to end. */
int64_t supervise_end_of(enum supervise_part part);

/* For poll(): readable when a signal or the end of a child has something to do. */
int supervise_descriptor(void);
/* Makes it unreadable again; to be called before what it told of is looked at. */
void supervise_clear(void);

/*
 * Reaps what has ended meanwhile, where the main thread calls it: to be called now and then while there is nothing to wait for. As
 * process 1 of a container muster is handed the orphans of everybody in it.
 */
void supervise_reap(void);

/* The mask that muster was started with. */
const sigset_t *supervise_initial_mask(void);

/* Sleeps, reaping orphans; false, at once, where a signal told muster to end before or meanwhile. */
bool supervise_sleep(int64_t ms);

/* Ends every child and everything they left behind: SIGTERM, after the grace SIGKILL. Returns how many there were. */
unsigned supervise_end_all(int64_t grace_ms);

#endif

/*
 * muster as the father of processes: signals, orphans, and the promise that no child outlives it.
 *
 * supervise_begin() is called once, before anything is started: it makes muster a subreaper, catches
 * SIGTERM, SIGINT, SIGHUP, SIGQUIT and SIGCHLD through one descriptor, ignores SIGPIPE, and ends the children
 * when memory is exhausted. Children get the signal mask and dispositions that muster was started with.
 */
#ifndef MUSTER_PROCESS_SUPERVISE_H
#define MUSTER_PROCESS_SUPERVISE_H

#include <stdbool.h>
#include <stdint.h>

int supervise_begin(void);

/* The first signal that told muster to end, 0 while there was none. Takes in what is pending. */
int supervise_signal(void);
/* How many of them came. */
int supervise_signal_count(void);

/* For poll(): readable when supervise_signal() or supervise_reap() has something to do. */
int supervise_descriptor(void);

/* Sleeps; false where a signal told muster to end meanwhile. */
bool supervise_sleep(int64_t ms);

/* Ends every child and everything they left behind: SIGTERM, after the grace SIGKILL. Returns how many there were. */
unsigned supervise_end_all(int64_t grace_ms);

#endif

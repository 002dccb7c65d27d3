/*
 * Standard output and standard error, which a reader who stalls cannot hold up for ever.
 *
 *     console_begin();                        from now on `stdout` and `stderr` go through here
 *     fprintf(stdout, ...);
 *     if (console_deliver(stdout, text, length) < 0) ...      it has not arrived
 *     console_finish();                       before the process ends
 *
 * What is printed waits in CONSOLE_BYTES of memory for a thread that writes it out. When they are full, whoever prints waits
 * for the reader as it would without all this, but only until the reader has taken nothing for CONSOLE_PATIENCE_MS; once muster was
 * told to end, for less. From then on what is printed is left out, with a line that says how much it was, until the
 * reader is back. Where a terminal is among the three standard descriptors somebody is there who may have stopped it, or reads in a
 * pager: that reader is waited for as long as nothing tells muster to end. CONSOLE_KEPT_BYTES of the room are kept for what is printed between console_conclude(true) and (false): the verdict.
 *
 * One thread, the main one, prints. Output appears within CONSOLE_DELAY_MS of being flushed.
 */
#ifndef MUSTER_REPORT_CONSOLE_H
#define MUSTER_REPORT_CONSOLE_H

#include <stdbool.h>
#include <stdio.h>

#define CONSOLE_BYTES ((size_t)1 << 20)
#define CONSOLE_KEPT_BYTES ((size_t)256 << 10)
#define CONSOLE_PATIENCE_MS 10000
#define CONSOLE_HURRY_MS 1000 /* the same once muster was told to end, */
#define CONSOLE_VERDICT_MS 3000 /* and for the verdict and reports */
#define CONSOLE_DELAY_MS 20

void console_begin(void);
bool console_is_terminal(FILE *file);
void console_conclude(bool concluding);

/*
 * Prints a text that must arrive whole, and waits until it has been written. -1, and errno, where it was not: ETIMEDOUT for a
 * reader who takes nothing. What is left of it then is withdrawn.
 */
int console_deliver(FILE *file, const char *text, size_t length);

/* Waits for what was printed so far, within the patience: before something goes past the console to the same reader. */
void console_settle(void);

/*
 * The same for both, and the end of it; what is not taken within the patience, counted from now, is given up. False where something
 * was: the other stream may still be read.
 */
bool console_finish(void);

#endif

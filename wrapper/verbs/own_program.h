/*
 * The program that is running, as a file and as it lies in memory.
 *
 *     if (own_program_interpreter() != NULL) ...      it needs libraries that another image may lack
 *     int fd = own_program_open(&err);
 *
 * Linux says which file that is in /proc/self/exe (proc(5)). Where /proc is not mounted, it is the one by whose name it was
 * executed (getauxval(3), AT_EXECFN), provided that this is still the file that was loaded: its read-only segments are
 * compared with those in memory.
 */
#ifndef MUSTER_VERBS_OWN_PROGRAM_H
#define MUSTER_VERBS_OWN_PROGRAM_H

#include "assertions/base/error.h"

/* What the kernel was asked to load it by; NULL where it is linked statically. */
const char *own_program_interpreter(void);

/* A descriptor to read from, at its start; -1 with the error. */
int own_program_open(struct error *err);

#endif

/*
 * How far the reading of an artifact is: on a terminal a bar with bytes, rate and time left, which is drawn over itself;
 * elsewhere a line now and then.
 */
#ifndef MUSTER_REPORT_PROGRESS_H
#define MUSTER_REPORT_PROGRESS_H

#include <stdint.h>

#include "wrapper/outcome.h"

/* A size below 0 is not known. */
void progress_begin(const char *name, int64_t size_bytes);
void progress_tell(const struct run *run, uint64_t bytes);
/* Takes the bar away. */
void progress_clear(const struct run *run);

#endif

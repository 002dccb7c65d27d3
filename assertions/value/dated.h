/*
 * When a backup was made. A name with ${run.date} or ${run.time} in it says it, and so does the clock of the place where it lies: a sync
 * that renews all times must not make an old backup new, so the older of the two counts.
 *
 * A run writes its backup some time after the moment that its name says: as long as the clock says no later than
 * DATED_RUN_MS after that (after the end of the day, in UTC, where it is a date) the two agree, and the clock is more exact.
 */
#ifndef MUSTER_VALUE_DATED_H
#define MUSTER_VALUE_DATED_H

#include <stdint.h>

#include "assertions/value/text.h"

#define DATED_RUN_MS INT64_C(43200000)

/* What clocks may differ by: a moment further ahead is one of the future. */
#define DATED_TOLERANCE_MS INT64_C(900000)

/*
 * `name`: a path or a key (is_key) that `pattern` made, in whichever run; one that has no date where the pattern has one was made when the
 * clock says (modified_ms). Where either lies in the future, seen from now_ms, that is what is returned.
 */
int64_t dated_made_ms(const struct text *pattern, bool is_key, const char *name, int64_t modified_ms, int64_t now_ms);

#endif

/*
 * Which of the backups that lie in a place may serve as a yardstick: those that the manifest's own checks of size would have
 * accepted in their turn, one a night. What was rejected never becomes what is usual, whatever its number.
 *
 * Each is measured, the oldest first, against those accepted on the nights before it, by every check whose kind has accepts().
 * Nobody knows how the first of them came to be accepted: where it holds next to nothing beside the largest, it is what a
 * failed backup left behind, and no begin.
 *
 *     accepted_judge(checks, size_bytes, items, count, &earlier);
 *     newest = accepted_before_night(items, count, now_ms);
 */
#ifndef MUSTER_CHECKS_ACCEPTED_H
#define MUSTER_CHECKS_ACCEPTED_H

#include "assertions/checks/assertion.h"

/* What comes within half a day of the first of a night is an attempt of the same one, so that neither midnight nor a late
 * start makes two of one or one of two. */
#define ACCEPTED_NIGHT_MS INT64_C(43200000)

/* `items`: the oldest first; their is_rejected is set. `verified_bytes`: the size of the artifact that they are for. */
void accepted_judge(const struct check_list *checks, int64_t verified_bytes, struct kept_object *items, size_t count,
		    struct earlier_backups *ret_earlier);
/* The newest accepted of the nights before that moment's; `count` where there is none. */
size_t accepted_before_night(const struct kept_object *items, size_t count, int64_t moment_ms);

#endif

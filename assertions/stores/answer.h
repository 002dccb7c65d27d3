/*
 * What holds of every server's answers, whatever the dialect: what no answer at all means, and what may help then.
 */
#ifndef MUSTER_STORES_ANSWER_H
#define MUSTER_STORES_ANSWER_H

#include "assertions/stores/http/http.h"
#include "assertions/stores/store.h"

#define ANSWER_NONSENSE_ATTEMPTS 3 /* for what came whole and still is not what was asked for */

/* May be otherwise if asked again. */
bool answer_is_transient_status(int http_status);

/* What the headers say of when; *ret_offset_ms is the server's clock minus ours. False: they have no date. */
bool answer_clock_offset(const struct http_response *response, int64_t *ret_offset_ms);
int64_t answer_retry_after_ms(const struct http_response *response); /* 0: at once */

/* For what was no answer; *ret_attempts_max 0: as many as fit. */
enum store_status answer_judge_failure(const struct http_failure *failure, bool *ret_transient,
				       unsigned *ret_attempts_max);

/* What to change, by the words for a name that is not known and for a server that is not reached; "": nothing is known to help. */
const char *answer_hint_for_failure(const struct http_failure *failure, const char *unresolved,
				    const char *unreachable);

#endif

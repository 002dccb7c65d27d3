/*
 * How long and how often something that failed for the moment is tried again: waits that
 * double, each a random part of that ("full jitter"), within a budget of time.
 *
 *     struct backoff backoff;
 *     backoff_begin(&backoff, timeout_ms);
 *     do
 *             ... try ...
 *     while (failed for the moment && backoff_wait(&backoff, retry_after_ms));
 */
#ifndef MUSTER_STORES_BACKOFF_H
#define MUSTER_STORES_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

#define BACKOFF_BASE_MS 300
#define BACKOFF_CAP_MS 5000
#define BACKOFF_ATTEMPTS_MAX 10

struct http_client;

struct backoff {
	int64_t began_ms, budget_ms; /* by the monotonic clock */
	unsigned attempts; /* that have failed */
	unsigned attempts_max; /* BACKOFF_ATTEMPTS_MAX, unless the caller sets another */
	struct http_client *client; /* whose end ends the waits, too; NULL, unless the caller sets one */
};

void backoff_begin(struct backoff *backoff, int64_t budget_ms);

/* Waits at least `at_least_ms` (what the server asked for; 0). False where the budget is used up, or would be by waiting. */
bool backoff_wait(struct backoff *backoff, int64_t at_least_ms);

/* The same for trouble that is worth so many attempts and no more; 0: as many as fit. */
bool backoff_wait_within(struct backoff *backoff, unsigned attempts_max, int64_t at_least_ms);

int64_t backoff_elapsed_ms(const struct backoff *backoff);

#endif

#include "assertions/stores/backoff.h"

#include <sys/random.h>

#include "assertions/base/clock.h"
#include "assertions/stores/http/http.h"

void backoff_begin(struct backoff *backoff, int64_t budget_ms)
{
	*backoff = (struct backoff){clock_monotonic_ms(), budget_ms, 0, BACKOFF_ATTEMPTS_MAX, NULL};
}

int64_t backoff_elapsed_ms(const struct backoff *backoff)
{
	return clock_monotonic_ms() - backoff->began_ms;
}

static int64_t random_below(int64_t limit)
{
	uint64_t number = 0;

	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) != (ssize_t)sizeof(number))
		number = (uint64_t)clock_monotonic_ms() * UINT64_C(0x9e3779b97f4a7c15);
	return (int64_t)(number % (uint64_t)limit);
}

bool backoff_wait(struct backoff *backoff, int64_t at_least_ms)
{
	int64_t limit_ms = BACKOFF_BASE_MS;

	for (unsigned i = 0; i < backoff->attempts && limit_ms < BACKOFF_CAP_MS; i++)
		limit_ms *= 2;
	backoff->attempts++;

	int64_t wait_ms = random_below(limit_ms < BACKOFF_CAP_MS ? limit_ms : BACKOFF_CAP_MS) + 1;

	if (wait_ms < at_least_ms)
		wait_ms = at_least_ms;
	if (backoff->attempts >= backoff->attempts_max || backoff_elapsed_ms(backoff) + wait_ms >= backoff->budget_ms)
		return false;
	return http_client_sleep(backoff->client, wait_ms);
}

bool backoff_wait_within(struct backoff *backoff, unsigned attempts_max, int64_t at_least_ms)
{
	return (attempts_max == 0 || backoff->attempts + 1 < attempts_max) && backoff_wait(backoff, at_least_ms);
}

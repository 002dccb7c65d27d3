#include "assertions/base/patient.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "assertions/base/clock.h"

#define ROUND_MS 100

int patient_open(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

ssize_t patient_read(int fd, void *into, size_t size, int64_t silence_ms, bool (*is_told)(void))
{
	int64_t began_ms = clock_monotonic_ms();

	for (;;) {
		/* A pipe that nobody has opened yet to write to would read as ended; poll() waits for whoever does. */
		struct pollfd event = {.fd = fd, .events = POLLIN};
		int ready = poll(&event, 1, ROUND_MS);

		ssize_t got = ready > 0 ? read(fd, into, size) : -1;

		if (got >= 0 || (ready != 0 && errno != EINTR && errno != EAGAIN))
			return got;
		/* What is there already is taken all the same. */
		if (is_told != NULL && is_told()) {
			errno = ECANCELED;
			return -1;
		}
		if (clock_monotonic_ms() - began_ms >= silence_ms) {
			errno = ETIMEDOUT;
			return -1;
		}
	}
}

#include "wrapper/process/supervise.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "wrapper/process/children.h"

#define SAME_SIGNAL_MS 200
#define EXHAUSTED_ROUNDS 1000

static const int end_signals[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};
/* They mean nothing here, and would kill muster without a verdict; from SIGRTMIN on, too. Of SIGPIPE and SIGXFSZ a write tells. */
static const int ignored_signals[] = {SIGPIPE,   SIGXFSZ, SIGUSR1, SIGUSR2, SIGALRM,
				      SIGVTALRM, SIGPROF, SIGIO,   SIGPWR,  SIGSTKFLT};
static int descriptor = -1;
static sigset_t initial_mask;
static atomic_int first_signal, signal_count;
static atomic_bool child_ended;
static atomic_llong first_signal_ms, last_signal_ms;
static int64_t grace_of_all_ms = SUPERVISE_GRACE_MS;

static void on_signal(int number)
{
	const uint64_t one = 1;
	int saved = errno;

	if (number != SIGCHLD) {
		struct timespec now = {0};
		int none = 0;
		clock_gettime(CLOCK_MONOTONIC, &now);
		long long now_ms = now.tv_sec * 1000LL + now.tv_nsec / 1000000;
		long long last_ms = atomic_exchange(&last_signal_ms, now_ms);
		if (atomic_load(&first_signal) == 0)
			atomic_store(&first_signal_ms, now_ms);
		atomic_compare_exchange_strong(&first_signal, &none, number);
		if (atomic_load(&signal_count) == 0 || now_ms - last_ms >= SAME_SIGNAL_MS)
			atomic_fetch_add(&signal_count, 1);
	} else {
		atomic_store(&child_ended, true);
	}
	/* A full counter wakes as well as one more. */
	if (write(descriptor, &one, sizeof one) < 0)
		errno = saved;
	errno = saved;
}

/*
 * A pipe that became descriptor 1 would be taken for muster's output. They are opened the wrong way round, so that
 * whoever writes a report to a closed standard output is told so, as it would be without this.
 */
static int open_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
			continue;
		if (open("/dev/null", (fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) | O_NOCTTY) != fd)
			return -1;
	}
	return 0;
}

static int ignore_signals(void)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	for (size_t i = 0; i < sizeof ignored_signals / sizeof ignored_signals[0]; i++)
		if (sigaction(ignored_signals[i], &ignore, NULL) < 0)
			return -1;
	for (int number = SIGRTMIN; number <= SIGRTMAX; number++)
		if (sigaction(number, &ignore, NULL) < 0)
			return -1;
	return 0;
}

static int catch_signals(void)
{
	struct sigaction catch = {.sa_handler = on_signal, .sa_flags = SA_RESTART | SA_NOCLDSTOP}, before;
	sigset_t wanted;

	sigfillset(&catch.sa_mask);
	sigemptyset(&wanted);
	sigaddset(&wanted, SIGCHLD);
	for (size_t i = 0; i < sizeof end_signals / sizeof end_signals[0]; i++) {
		int number = end_signals[i];
		sigaddset(&wanted, number);
		if (number == SIGHUP && sigaction(number, NULL, &before) == 0 && before.sa_handler == SIG_IGN)
			continue;
		if (sigaction(number, &catch, NULL) < 0)
			return -1;
	}
	if (sigaction(SIGCHLD, &catch, NULL) < 0 || ignore_signals() < 0)
		return -1;
	return sigprocmask(SIG_UNBLOCK, &wanted, &initial_mask);
}

static void on_exhaustion(void)
{
	const struct timespec round = {.tv_nsec = 1000000};

	for (int i = 0; i < EXHAUSTED_ROUNDS; i++) {
		children_kill_all();
		children_reap();
		if (children_count_orphans(0) == 0)
			return;
		nanosleep(&round, NULL);
	}
}

int supervise_begin(void)
{
	if (descriptor >= 0)
		return 0;
	if (open_standard_descriptors() < 0)
		return -1;
	if (prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L) < 0 && getpid() != 1)
		return -1;
	descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (descriptor < 0)
		return -1;
	children_begin();
	memory_on_exhaustion(on_exhaustion);
	return catch_signals();
}

int supervise_signal(void)
{
	return atomic_load(&first_signal);
}

bool supervise_is_told(void)
{
	return supervise_signal() != 0;
}

int supervise_signal_count(void)
{
	return atomic_load(&signal_count);
}

void supervise_set_grace(int64_t ms)
{
	grace_of_all_ms = ms;
}

int64_t supervise_grace(void)
{
	return grace_of_all_ms;
}

static int64_t smaller(int64_t left, int64_t right)
{
	return left < right ? left : right;
}

int64_t supervise_end_of(enum supervise_part part)
{
	int64_t end, reports_ms, clean_up_ms;

	if (supervise_signal() == 0 || grace_of_all_ms > INT64_MAX - atomic_load(&first_signal_ms))
		return INT64_MAX;
	end = atomic_load(&first_signal_ms) + grace_of_all_ms;
	reports_ms = smaller(SUPERVISE_REPORTS_MS, grace_of_all_ms / 4);
	clean_up_ms = smaller(SUPERVISE_CLEAN_UP_MS, (grace_of_all_ms - reports_ms) / 2);
	if (part == SUPERVISE_STEP)
		return end - reports_ms - clean_up_ms;
	return part == SUPERVISE_CLEAN_UP ? end - reports_ms : end;
}

int supervise_descriptor(void)
{
	return descriptor;
}

void supervise_clear(void)
{
	uint64_t count;

	while (read(descriptor, &count, sizeof count) < 0 && errno == EINTR)
		;
}

void supervise_reap(void)
{
	if (gettid() == getpid() && atomic_exchange(&child_ended, false))
		children_reap();
}

const sigset_t *supervise_initial_mask(void)
{
	return &initial_mask;
}

static void wait_until(int64_t moment_ms)
{
	struct pollfd event = {.fd = descriptor, .events = POLLIN};
	int64_t left = moment_ms - clock_monotonic_ms();

	if (left > 0)
		poll(&event, 1, left > INT_MAX ? INT_MAX : (int)left);
	supervise_clear();
	children_reap();
}

bool supervise_sleep(int64_t ms)
{
	int64_t now = clock_monotonic_ms();
	int64_t end = ms > INT64_MAX - now ? INT64_MAX : now + ms;

	while (supervise_signal() == 0 && clock_monotonic_ms() < end)
		wait_until(end);
	return supervise_signal() == 0;
}

unsigned supervise_end_all(int64_t grace_ms)
{
	struct children_told told = {.count = 0};
	int64_t kill =
		smaller(clock_monotonic_ms() + (grace_ms > 0 ? grace_ms : 0), supervise_end_of(SUPERVISE_CLEAN_UP));
	int64_t abandon = smaller(kill + SUPERVISE_UNKILLABLE_MS, supervise_end_of(SUPERVISE_REPORTS));
	int count = supervise_signal_count();

	for (;;) {
		children_reap();
		int64_t now = clock_monotonic_ms();
		bool hard = now >= kill || supervise_signal_count() > count;
		if (children_tell_orphans(&told, 0, hard ? SIGKILL : SIGTERM) == 0 || now >= abandon)
			return (unsigned)told.count;
		wait_until(now + SUPERVISE_ROUND_MS);
	}
}

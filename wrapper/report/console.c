#include "wrapper/report/console.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/base/units.h"
#include "wrapper/process/supervise.h"

#define WRITE_BYTES ((size_t)64 << 10) /* a pipe's capacity */
#define SLOW_BYTES ((size_t)4 << 10) /* how finely it is seen that a slow reader goes on reading */
#define ROUND_MS 100 /* how soon a signal is noticed */
#define NOTE_BYTES 160

struct outlet { /* one open file; standard output and standard error may be the same */
	int fd;
	bool is_file, is_pipe, is_terminal;
	pthread_mutex_t lock;
	pthread_cond_t filled; /* there is something to write, or it is urgent */
	pthread_cond_t emptied;
	char *ring;
	size_t begin, length;
	bool urgent; /* not worth waiting for more */
	bool stalled; /* nothing is taken in */
	uint64_t left_out; /* bytes since it stalled */
	bool given_up; /* by console_finish() */
	bool lost; /* something of what console_deliver() was given */
	unsigned withdrawn; /* how often what was in the ring was */
	int error; /* of write(), where nobody is left who could read */
	int64_t progress_ms;
};

static struct outlet outlets[2];
static size_t outlet_count;
static FILE *streams[2];
static struct outlet *outlet_of_stream[2];
static bool is_concluding;
static bool is_attended; /* by somebody at a terminal */

static void wait_on(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t ms)
{
	struct timespec moment;

	clock_gettime(CLOCK_MONOTONIC, &moment);
	moment.tv_sec += ms / 1000;
	moment.tv_nsec += ms % 1000 * 1000000;
	if (moment.tv_nsec >= 1000000000) {
		moment.tv_sec++;
		moment.tv_nsec -= 1000000000;
	}
	pthread_cond_timedwait(condition, lock, &moment);
}

/* write() comes back when all has been taken: what does not fit at once is written in small pieces. */
static size_t piece_of(const struct outlet *outlet)
{
	int waiting = 0;

	if (outlet->is_file || (outlet->is_pipe && ioctl(outlet->fd, FIONREAD, &waiting) == 0 && waiting == 0))
		return WRITE_BYTES;
	return SLOW_BYTES;
}

/* The rest, and whatever else lies in the ring; the thread may be about to write some of it. */
static void withdraw(struct outlet *outlet)
{
	outlet->begin = outlet->length = 0;
	outlet->withdrawn++;
	outlet->lost = true;
}

/* A disk that is full may have room again; a reader who has gone does not come back. */
static void take_error(struct outlet *outlet, int error)
{
	if (error == EPIPE || error == EBADF)
		outlet->error = error;
	withdraw(outlet);
}

/* The caller holds the lock, and gets it back. */
static void write_some(struct outlet *outlet)
{
	size_t until_end = CONSOLE_BYTES - outlet->begin;
	size_t length = outlet->length < until_end ? outlet->length : until_end, piece = piece_of(outlet);
	const char *data = outlet->ring + outlet->begin;
	unsigned withdrawn = outlet->withdrawn;

	pthread_mutex_unlock(&outlet->lock);
	ssize_t written = write(outlet->fd, data, length < piece ? length : piece);
	int error = written < 0 ? errno : 0;
	if (error == EAGAIN || written == 0)
		poll(&(struct pollfd){.fd = outlet->fd, .events = POLLOUT}, 1, ROUND_MS);
	pthread_mutex_lock(&outlet->lock);
	if (withdrawn != outlet->withdrawn) {
		outlet->progress_ms = clock_monotonic_ms();
	} else if (written > 0) {
		outlet->length -= (size_t)written;
		/* Where the begin is used again and again it stays in the processor's cache. */
		outlet->begin = outlet->length > 0 ? (outlet->begin + (size_t)written) % CONSOLE_BYTES : 0;
		outlet->progress_ms = clock_monotonic_ms();
	} else if (written < 0 && error != EAGAIN && error != EINTR) {
		take_error(outlet, error);
	}
	pthread_cond_signal(&outlet->emptied);
}

static void *write_out(void *context)
{
	struct outlet *outlet = context;

	pthread_mutex_lock(&outlet->lock);
	for (;;) {
		while (outlet->length == 0)
			pthread_cond_wait(&outlet->filled, &outlet->lock);
		/* Few large writes cost less than many small ones. */
		if (!outlet->urgent && outlet->length < WRITE_BYTES)
			wait_on(&outlet->filled, &outlet->lock, CONSOLE_DELAY_MS);
		while (outlet->length > 0)
			write_some(outlet);
		outlet->urgent = false;
	}
	return NULL;
}

static int64_t end_of_patience(const struct outlet *outlet, enum supervise_part part)
{
	int64_t patience_ms = CONSOLE_PATIENCE_MS, end = INT64_MAX;

	if (supervise_signal() != 0)
		patience_ms = part == SUPERVISE_REPORTS ? CONSOLE_VERDICT_MS : CONSOLE_HURRY_MS;
	if (supervise_signal() != 0 || !is_attended)
		end = outlet->progress_ms + patience_ms;
	int64_t last = supervise_end_of(part);

	return end < last ? end : last;
}

/* False where the reader takes nothing. */
static bool wait_for_reader(struct outlet *outlet, enum supervise_part part)
{
	if (clock_monotonic_ms() >= end_of_patience(outlet, part))
		return false;
	outlet->urgent = true;
	pthread_cond_signal(&outlet->filled);
	wait_on(&outlet->emptied, &outlet->lock, ROUND_MS);
	return true;
}

static size_t room_in(const struct outlet *outlet)
{
	size_t all = is_concluding ? CONSOLE_BYTES : CONSOLE_BYTES - CONSOLE_KEPT_BYTES;

	return outlet->length < all ? all - outlet->length : 0;
}

static void put_in(struct outlet *outlet, const char *data, size_t length)
{
	size_t end = (outlet->begin + outlet->length) % CONSOLE_BYTES;
	size_t first = length < CONSOLE_BYTES - end ? length : CONSOLE_BYTES - end;
	bool was_little = outlet->length < WRITE_BYTES;

	/* Its patience is measured from here on: before there was nothing to take. */
	if (outlet->length == 0)
		outlet->progress_ms = clock_monotonic_ms();
	memcpy(outlet->ring + end, data, first);
	memcpy(outlet->ring, data + first, length - first);
	if (outlet->length == 0 || (was_little && outlet->length + length >= WRITE_BYTES))
		pthread_cond_signal(&outlet->filled);
	outlet->length += length;
}

/* The reader is back, or there is room that was kept: what is missing is said where it is missing. */
static void resume(struct outlet *outlet)
{
	char note[NOTE_BYTES], size[UNITS_TEXT_MAX], patience[UNITS_TEXT_MAX];

	units_format_size((int64_t)outlet->left_out, size);
	units_format_duration(CONSOLE_PATIENCE_MS, patience);
	int length = snprintf(note, sizeof(note),
			      "\n[muster: %s of output left out here: nobody had read any for %s]\n", size, patience);
	if (room_in(outlet) < (size_t)length)
		return;
	outlet->stalled = false;
	outlet->left_out = 0;
	put_in(outlet, note, (size_t)length);
}

static void leave_out(struct outlet *outlet, size_t length)
{
	outlet->stalled = true;
	outlet->left_out += length;
	outlet->lost = true;
}

/* What a step prints must not take the time of ending it. */
static enum supervise_part part_now(void)
{
	return is_concluding ? SUPERVISE_REPORTS : SUPERVISE_CLEAN_UP;
}

static void take_in(struct outlet *outlet, const char *data, size_t size)
{
	if (outlet->stalled && !outlet->given_up && room_in(outlet) >= CONSOLE_KEPT_BYTES / 2)
		resume(outlet);
	while (size > 0 && outlet->error == 0) {
		size_t room = outlet->stalled ? 0 : room_in(outlet), part = size < room ? size : room;

		if (part == 0 && (outlet->stalled || !wait_for_reader(outlet, part_now()))) {
			leave_out(outlet, size);
			return;
		}
		put_in(outlet, data, part);
		data += part;
		size -= part;
	}
}

/* Whoever prints to a stream does not ask each time whether it arrived; console_deliver() says so. */
static ssize_t write_stream(void *cookie, const char *data, size_t size)
{
	struct outlet *outlet = cookie;

	pthread_mutex_lock(&outlet->lock);
	take_in(outlet, data, size);
	pthread_mutex_unlock(&outlet->lock);
	return (ssize_t)size;
}

static int start_thread(struct outlet *outlet)
{
	pthread_t thread;
	sigset_t all, before;

	/* Signals are for the main thread. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	int failed = pthread_create(&thread, NULL, write_out, outlet);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failed == 0)
		pthread_detach(thread);
	return failed == 0 ? 0 : -1;
}

static int open_outlet(struct outlet *outlet, int fd)
{
	pthread_condattr_t attributes;

	struct stat status;
	bool known = fstat(fd, &status) == 0;

	*outlet = (struct outlet){.fd = fd,
				  .is_file = known && S_ISREG(status.st_mode),
				  .is_pipe = known && S_ISFIFO(status.st_mode),
				  .is_terminal = isatty(fd) == 1,
				  .ring = memory_alloc(CONSOLE_BYTES)};
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_mutex_init(&outlet->lock, NULL);
	pthread_cond_init(&outlet->filled, &attributes);
	pthread_cond_init(&outlet->emptied, &attributes);
	pthread_condattr_destroy(&attributes);
	return start_thread(outlet);
}

static bool are_same(int left, int right)
{
	struct stat one, other;

	return fstat(left, &one) == 0 && fstat(right, &other) == 0 && one.st_dev == other.st_dev &&
	       one.st_ino == other.st_ino;
}

/* NULL: the stream stays as it was, which is no reason not to make a backup. */
static struct outlet *outlet_for(int fd)
{
	if (outlet_count > 0 && are_same(outlets[0].fd, fd))
		return &outlets[0];
	if (open_outlet(&outlets[outlet_count], fd) < 0)
		return NULL;
	return &outlets[outlet_count++];
}

static FILE *redirect(size_t number, FILE *stream, int mode)
{
	static const cookie_io_functions_t functions = {.write = write_stream};
	struct outlet *outlet = outlet_for(fileno(stream));
	FILE *file = outlet != NULL ? fopencookie(outlet, "w", functions) : NULL;

	if (file == NULL)
		return stream;
	fflush(stream);
	setvbuf(file, NULL, mode, BUFSIZ);
	streams[number] = file;
	outlet_of_stream[number] = outlet;
	return file;
}

void console_begin(void)
{
	if (streams[0] != NULL || streams[1] != NULL)
		return;
	is_attended = isatty(STDIN_FILENO) == 1 || isatty(STDOUT_FILENO) == 1 || isatty(STDERR_FILENO) == 1;
	stdout = redirect(0, stdout, _IOFBF);
	stderr = redirect(1, stderr, _IOLBF);
}

static struct outlet *find_outlet(const FILE *file)
{
	for (size_t i = 0; i < 2; i++)
		if (streams[i] == file)
			return outlet_of_stream[i];
	return NULL;
}

bool console_is_terminal(FILE *file)
{
	const struct outlet *outlet = find_outlet(file);

	return outlet != NULL ? outlet->is_terminal : isatty(fileno(file)) == 1;
}

void console_conclude(bool concluding)
{
	/* What is still in the stream's own memory belongs to what came before. */
	for (size_t i = 0; i < 2; i++)
		if (streams[i] != NULL)
			fflush(streams[i]);
	is_concluding = concluding;
}

/* The caller holds the lock. */
static int drain(struct outlet *outlet)
{
	bool in_time = true;

	while (outlet->length > 0 && in_time)
		in_time = wait_for_reader(outlet, SUPERVISE_REPORTS);
	return outlet->length == 0 ? 0 : -1;
}

/* The caller holds the lock. */
static int deliver(struct outlet *outlet, const char *text, size_t length)
{
	outlet->lost = outlet->error != 0;
	take_in(outlet, text, length);
	if (drain(outlet) == 0 && !outlet->lost)
		return 0;
	withdraw(outlet);
	errno = outlet->error != 0 ? outlet->error : ETIMEDOUT;
	return -1;
}

int console_deliver(FILE *file, const char *text, size_t length)
{
	struct outlet *outlet = find_outlet(file);

	if (outlet == NULL)
		return fwrite(text, 1, length, file) == length && fflush(file) == 0 ? 0 : -1;
	console_conclude(true);
	pthread_mutex_lock(&outlet->lock);
	int result = deliver(outlet, text, length), error = errno;
	pthread_mutex_unlock(&outlet->lock);
	console_conclude(false);
	errno = error;
	return result;
}

void console_settle(void)
{
	console_conclude(is_concluding);
	for (size_t i = 0; i < outlet_count; i++) {
		pthread_mutex_lock(&outlets[i].lock);
		drain(&outlets[i]);
		pthread_mutex_unlock(&outlets[i].lock);
	}
}

bool console_finish(void)
{
	bool whole = true;

	console_conclude(false);
	for (size_t i = 0; i < outlet_count; i++) {
		struct outlet *outlet = &outlets[i];

		pthread_mutex_lock(&outlet->lock);
		if (outlet->stalled && !outlet->given_up)
			resume(outlet);
		if (!outlet->given_up) {
			outlet->progress_ms = clock_monotonic_ms();
			drain(outlet);
			outlet->given_up = outlet->stalled = outlet->length > 0;
			whole = whole && !outlet->given_up;
		}
		pthread_mutex_unlock(&outlet->lock);
	}
	return whole;
}

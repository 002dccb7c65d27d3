/*
 * A library to be preloaded: counts the allocations and system calls of a program, and lets one of them fail.
 *
 *     FAULT_STATE=FILE [FAULT="NAME N ERRNO [on]"] [FAULT_TRACE=FILE] LD_PRELOAD=fault.so muster ...
 *
 * FILE holds one struct record for each name, made by the harness full of zeros: who counts is the first run. "on": that
 * call and every one after it. What a forked child calls before it executes its program is counted apart ("child.NAME"); from then on
 * nothing is, since the variables are taken out of the environment. Counting begins with main(). FAULT_TRACE: where it failed.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Those that only count and fail: result, name, what it gives when it fails, two errors (0: none), parameters, arguments. */
#define PLAIN_CALLS(X)                                                                                                 \
	X(ssize_t, read, -1, EIO, EINTR, (int fd, void *data, size_t size), (fd, data, size))                          \
	X(ssize_t, pread, -1, EIO, EINTR, (int fd, void *data, size_t size, off_t at), (fd, data, size, at))           \
	X(ssize_t, pread64, -1, EIO, EINTR, (int fd, void *data, size_t size, off64_t at), (fd, data, size, at))       \
	X(ssize_t, write, -1, ENOSPC, EINTR, (int fd, const void *data, size_t size), (fd, data, size))                \
	X(ssize_t, writev, -1, ENOSPC, EINTR, (int fd, const struct iovec *parts, int count), (fd, parts, count))      \
	X(int, fsync, -1, EIO, 0, (int fd), (fd))                                                                      \
	X(int, fdatasync, -1, EIO, 0, (int fd), (fd))                                                                  \
	X(int, rename, -1, EIO, 0, (const char *from, const char *to), (from, to))                                     \
	X(int, renameat, -1, EIO, 0, (int f, const char *from, int t, const char *to), (f, from, t, to))               \
	X(int, renameat2, -1, EIO, EINVAL, (int f, const char *from, int t, const char *to, unsigned flags),           \
	  (f, from, t, to, flags))                                                                                     \
	X(int, link, -1, EIO, 0, (const char *from, const char *to), (from, to))                                       \
	X(int, linkat, -1, EIO, 0, (int f, const char *from, int t, const char *to, int flags),                        \
	  (f, from, t, to, flags))                                                                                     \
	X(int, unlink, -1, EIO, 0, (const char *path), (path))                                                         \
	X(int, unlinkat, -1, EIO, 0, (int folder, const char *path, int flags), (folder, path, flags))                 \
	X(int, mkdir, -1, EIO, ENOSPC, (const char *path, mode_t mode), (path, mode))                                  \
	X(int, mkdirat, -1, EIO, ENOSPC, (int folder, const char *path, mode_t mode), (folder, path, mode))            \
	X(int, mkostemp, -1, EMFILE, ENOSPC, (char *path, int flags), (path, flags))                                   \
	X(int, mkostemp64, -1, EMFILE, ENOSPC, (char *path, int flags), (path, flags))                                 \
	X(pid_t, fork, -1, EAGAIN, ENOMEM, (void), ())                                                                 \
	X(int, pipe, -1, EMFILE, 0, (int ends[2]), (ends))                                                             \
	X(int, pipe2, -1, EMFILE, 0, (int ends[2], int flags), (ends, flags))                                          \
	X(int, dup, -1, EMFILE, 0, (int fd), (fd))                                                                     \
	X(int, dup2, -1, EMFILE, EINTR, (int fd, int to), (fd, to))                                                    \
	X(int, dup3, -1, EMFILE, EINTR, (int fd, int to, int flags), (fd, to, flags))                                  \
	X(int, eventfd, -1, EMFILE, 0, (unsigned start, int flags), (start, flags))                                    \
	X(int, poll, -1, ENOMEM, EINTR, (struct pollfd * fds, nfds_t count, int timeout), (fds, count, timeout))       \
	X(pid_t, wait4, -1, EINTR, 0, (pid_t pid, int *status, int options, struct rusage *usage),                     \
	  (pid, status, options, usage))                                                                               \
	X(pid_t, waitpid, -1, EINTR, 0, (pid_t pid, int *status, int options), (pid, status, options))                 \
	X(int, waitid, -1, EINTR, 0, (idtype_t type, id_t id, siginfo_t * info, int options),                          \
	  (type, id, info, options))                                                                                   \
	X(int, sigaction, -1, EINVAL, 0, (int number, const struct sigaction *action, struct sigaction *old),          \
	  (number, action, old))                                                                                       \
	X(int, setpgid, -1, EACCES, 0, (pid_t pid, pid_t group), (pid, group))                                         \
	X(int, kill, -1, EPERM, 0, (pid_t pid, int number), (pid, number))                                             \
	X(int, chdir, -1, EIO, 0, (const char *path), (path))                                                          \
	X(int, execve, -1, ENOMEM, EIO, (const char *path, char *const *argv, char *const *environment),               \
	  (path, argv, environment))                                                                                   \
	X(int, stat, -1, EIO, EACCES, (const char *path, struct stat *facts), (path, facts))                           \
	X(int, stat64, -1, EIO, EACCES, (const char *path, struct stat64 *facts), (path, facts))                       \
	X(int, lstat, -1, EIO, EACCES, (const char *path, struct stat *facts), (path, facts))                          \
	X(int, fstat, -1, EIO, 0, (int fd, struct stat *facts), (fd, facts))                                           \
	X(int, fstat64, -1, EIO, 0, (int fd, struct stat64 *facts), (fd, facts))                                       \
	X(int, fstatat, -1, EIO, EACCES, (int folder, const char *path, struct stat *facts, int flags),                \
	  (folder, path, facts, flags))                                                                                \
	X(int, statx, -1, EIO, ENOSYS, (int folder, const char *path, int flags, unsigned mask, struct statx *facts),  \
	  (folder, path, flags, mask, facts))                                                                          \
	X(int, statvfs, -1, EIO, 0, (const char *path, struct statvfs *facts), (path, facts))                          \
	X(int, fstatvfs, -1, EIO, 0, (int fd, struct statvfs *facts), (fd, facts))                                     \
	X(int, access, -1, EIO, 0, (const char *path, int mode), (path, mode))                                         \
	X(int, faccessat, -1, EIO, 0, (int folder, const char *path, int mode, int flags),                             \
	  (folder, path, mode, flags))                                                                                 \
	X(ssize_t, readlink, -1, EIO, EACCES, (const char *path, char *target, size_t size), (path, target, size))     \
	X(char *, realpath, NULL, EIO, EACCES, (const char *path, char *whole), (path, whole))                         \
	X(char *, getcwd, NULL, ENOENT, 0, (char *path, size_t size), (path, size))                                    \
	X(off_t, lseek, (off_t)-1, EIO, 0, (int fd, off_t at, int from), (fd, at, from))                               \
	X(int, truncate, -1, EIO, 0, (const char *path, off_t size), (path, size))                                     \
	X(int, ftruncate, -1, EIO, 0, (int fd, off_t size), (fd, size))                                                \
	X(int, fchmod, -1, EPERM, 0, (int fd, mode_t mode), (fd, mode))                                                \
	X(int, fchown, -1, EPERM, 0, (int fd, uid_t user, gid_t group), (fd, user, group))                             \
	X(int, flock, -1, ENOLCK, EINTR, (int fd, int how), (fd, how))                                                 \
	X(void *, mmap, MAP_FAILED, ENOMEM, 0, (void *at, size_t size, int how, int flags, int fd, off_t from),        \
	  (at, size, how, flags, fd, from))                                                                            \
	X(void *, mmap64, MAP_FAILED, ENOMEM, 0, (void *at, size_t size, int how, int flags, int fd, off64_t from),    \
	  (at, size, how, flags, fd, from))                                                                            \
	X(int, madvise, -1, EAGAIN, 0, (void *at, size_t size, int advice), (at, size, advice))                        \
	X(ssize_t, getrandom, -1, ENOSYS, EINTR, (void *data, size_t size, unsigned flags), (data, size, flags))       \
	X(int, nanosleep, -1, EINTR, 0, (const struct timespec *wanted, struct timespec *left), (wanted, left))        \
	X(int, socket, -1, EMFILE, ENOBUFS, (int family, int type, int protocol), (family, type, protocol))            \
	X(int, socketpair, -1, EMFILE, 0, (int family, int type, int protocol, int ends[2]),                           \
	  (family, type, protocol, ends))                                                                              \
	X(ssize_t, send, -1, ECONNRESET, EINTR, (int fd, const void *data, size_t size, int flags),                    \
	  (fd, data, size, flags))                                                                                     \
	X(ssize_t, recv, -1, ECONNRESET, EINTR, (int fd, void *data, size_t size, int flags), (fd, data, size, flags)) \
	X(int, setsockopt, -1, EINVAL, 0, (int fd, int level, int name, const void *value, socklen_t size),            \
	  (fd, level, name, value, size))                                                                              \
	X(int, getsockopt, -1, EINVAL, 0, (int fd, int level, int name, void *value, socklen_t *size),                 \
	  (fd, level, name, value, size))                                                                              \
	X(DIR *, opendir, NULL, EMFILE, EACCES, (const char *path), (path))                                            \
	X(DIR *, fdopendir, NULL, ENOMEM, 0, (int fd), (fd))                                                           \
	X(struct dirent *, readdir, NULL, EIO, 0, (DIR * folder), (folder))                                            \
	X(struct dirent64 *, readdir64, NULL, EIO, 0, (DIR * folder), (folder))                                        \
	X(FILE *, fopen, NULL, EMFILE, EACCES, (const char *path, const char *how), (path, how))                       \
	X(FILE *, fopen64, NULL, EMFILE, EACCES, (const char *path, const char *how), (path, how))                     \
	X(FILE *, fdopen, NULL, ENOMEM, 0, (int fd, const char *how), (fd, how))                                       \
	X(FILE *, open_memstream, NULL, ENOMEM, 0, (char **text, size_t *size), (text, size))                          \
	X(FILE *, fopencookie, NULL, ENOMEM, 0, (void *cookie, const char *how, cookie_io_functions_t functions),      \
	  (cookie, how, functions))

/* Those that are written by hand below: name, two errors. */
#define OWN_CALLS(X)                    \
	X(begun, 0, 0)                  \
	X(memory, ENOMEM, 0)            \
	X(open, EMFILE, EINTR)          \
	X(open64, EMFILE, EINTR)        \
	X(openat, EMFILE, EACCES)       \
	X(fcntl, EMFILE, 0)             \
	X(ioctl, EINVAL, 0)             \
	X(prctl, EPERM, 0)              \
	X(close, EIO, EINTR)            \
	X(connect, ECONNREFUSED, EINTR) \
	X(pthread_create, EAGAIN, 0)    \
	X(getaddrinfo, EAGAIN, 0)       \
	X(fclose, ENOSPC, EIO)          \
	X(fflush, ENOSPC, EIO)          \
	X(fread, EIO, 0)                \
	X(fgets, EIO, 0)                \
	X(getline, EIO, 0)              \
	X(fwrite, ENOSPC, 0)

#define STREAM_ERROR 0x20 /* what ferror() asks for, in glibc's FILE */

enum call {
#define NAMED(result, name, ...) CALL_##name,
#define OWN(name, ...) CALL_##name,
	PLAIN_CALLS(NAMED) OWN_CALLS(OWN) CALLS,
};

struct record {
	char name[32];
	_Atomic uint64_t count;
	int32_t errors[2];
	_Atomic uint64_t hits;
};

static const struct record names[CALLS] = {
#define NAMED_ROW(result, name, failed, one, other, ...) {#name, 0, {one, other}, 0},
#define OWN_ROW(name, one, other) {#name, 0, {one, other}, 0},
	PLAIN_CALLS(NAMED_ROW) OWN_CALLS(OWN_ROW)};

static struct record *records;
static pid_t owner;
static int wanted_call = -1, wanted_error;
static uint64_t wanted_number;
static bool goes_on;
static int trace = -1;
static int (*real_main)(int, char **, char **);

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static void tell_where(void)
{
	void *frames[32];

	/* The number is kept: writing it calls what is counted. */
	syscall(SYS_lseek, trace, 0L, SEEK_END);
	backtrace_symbols_fd(frames, backtrace(frames, 32), trace);
}

static bool fails(enum call call)
{
	static __thread bool inside;

	if (records == NULL || inside)
		return false;
	inside = true;
	int index = call + (syscall(SYS_getpid) == owner ? 0 : CALLS);
	uint64_t number = atomic_fetch_add(&records[index].count, 1) + 1;
	bool failing = index == wanted_call && (goes_on ? number >= wanted_number : number == wanted_number);

	if (failing) {
		if (atomic_fetch_add(&records[index].hits, 1) == 0 && trace >= 0)
			tell_where();
		errno = wanted_error;
	}
	inside = false;
	return failing;
}

/* The next one of that name; its types are those of the declaration. */
#define REAL(name) ((__typeof__(&name))real_of(#name, &real_##name))

static void *real_of(const char *name, void **kept)
{
	if (*kept == NULL)
		*kept = dlsym(RTLD_NEXT, name);
	return *kept;
}

#define WRAP(result, name, failed, one, other, parameters, arguments)      \
	static void *real_##name;                                          \
	result name parameters                                             \
	{                                                                  \
		return fails(CALL_##name) ? failed : REAL(name) arguments; \
	}
PLAIN_CALLS(WRAP)

/* Nothing of the allocator is looked up: that would allocate. */
void *malloc(size_t size)
{
	return fails(CALL_memory) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fails(CALL_memory) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
	return fails(CALL_memory) ? NULL : __libc_realloc(old, size);
}

void *reallocarray(void *old, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes) || fails(CALL_memory)) {
		errno = ENOMEM;
		return NULL;
	}
	return __libc_realloc(old, bytes);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return fails(CALL_memory) ? NULL : __libc_memalign(alignment, size);
}

void *memalign(size_t alignment, size_t size)
{
	return fails(CALL_memory) ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **ret_memory, size_t alignment, size_t size)
{
	if (fails(CALL_memory))
		return ENOMEM;
	*ret_memory = __libc_memalign(alignment, size);
	return *ret_memory != NULL ? 0 : ENOMEM;
}

static mode_t mode_of(int flags, va_list arguments)
{
	return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(arguments, mode_t) : 0;
}

#define WRAP_OPEN(name)                                                         \
	static void *real_##name;                                               \
	int name(const char *path, int flags, ...)                              \
	{                                                                       \
		va_list arguments;                                              \
                                                                                \
		va_start(arguments, flags);                                     \
		mode_t mode = mode_of(flags, arguments);                        \
		va_end(arguments);                                              \
		return fails(CALL_##name) ? -1 : REAL(name)(path, flags, mode); \
	}
WRAP_OPEN(open)
WRAP_OPEN(open64)

static void *real_openat, *real_fcntl, *real_ioctl, *real_prctl, *real_close, *real_connect, *real_pthread_create,
	*real_getaddrinfo, *real_fclose, *real_fflush, *real_fread, *real_fgets, *real_getline, *real_fwrite;

int openat(int folder, const char *path, int flags, ...)
{
	va_list arguments;

	va_start(arguments, flags);
	mode_t mode = mode_of(flags, arguments);
	va_end(arguments);
	return fails(CALL_openat) ? -1 : REAL(openat)(folder, path, flags, mode);
}

int fcntl(int fd, int command, ...)
{
	va_list arguments;

	va_start(arguments, command);
	void *argument = va_arg(arguments, void *);
	va_end(arguments);
	/* Of its commands only those can fail on an open descriptor that take another one. */
	bool takes_one = command == F_DUPFD || command == F_DUPFD_CLOEXEC;
	return takes_one && fails(CALL_fcntl) ? -1 : REAL(fcntl)(fd, command, argument);
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;

	va_start(arguments, request);
	void *argument = va_arg(arguments, void *);
	va_end(arguments);
	return fails(CALL_ioctl) ? -1 : REAL(ioctl)(fd, request, argument);
}

int prctl(int option, ...)
{
	unsigned long values[4];
	va_list arguments;

	va_start(arguments, option);
	for (int i = 0; i < 4; i++)
		values[i] = va_arg(arguments, unsigned long);
	va_end(arguments);
	return fails(CALL_prctl) ? -1 : REAL(prctl)(option, values[0], values[1], values[2], values[3]);
}

/* The descriptor is gone in any case, as it is in Linux. */
int close(int fd)
{
	int result = REAL(close)(fd), error = errno;

	if (fails(CALL_close))
		return -1;
	errno = error;
	return result;
}

int fclose(FILE *file)
{
	int result = REAL(fclose)(file), error = errno;

	if (fails(CALL_fclose))
		return EOF;
	errno = error;
	return result;
}

int connect(int fd, const struct sockaddr *address, socklen_t length)
{
	return fails(CALL_connect) ? -1 : REAL(connect)(fd, address, length);
}

int pthread_create(pthread_t *ret_thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument)
{
	return fails(CALL_pthread_create) ? EAGAIN : REAL(pthread_create)(ret_thread, attributes, run, argument);
}

int getaddrinfo(const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **ret_found)
{
	return fails(CALL_getaddrinfo) ? EAI_AGAIN : REAL(getaddrinfo)(host, service, hints, ret_found);
}

/* "begun" is how much memory had been taken by then: what every run takes before it does anything. */
int curl_global_init_mem(long flags, void *(*take)(size_t), void (*give)(void *), void *(*retake)(void *, size_t),
			 char *(*copy)(const char *), void *(*array)(size_t, size_t))
{
	static void *real_curl_global_init_mem;
	int result = REAL(curl_global_init_mem)(flags, take, give, retake, copy, array);

	if (records != NULL)
		records[CALL_begun].count = records[CALL_memory].count;
	return result;
}

static bool stream_fails(enum call call, FILE *file)
{
	if (!fails(call))
		return false;
	if (file != NULL)
		file->_flags |= STREAM_ERROR;
	return true;
}

int fflush(FILE *file)
{
	return stream_fails(CALL_fflush, file) ? EOF : REAL(fflush)(file);
}

size_t fread(void *data, size_t size, size_t count, FILE *file)
{
	return stream_fails(CALL_fread, file) ? 0 : REAL(fread)(data, size, count, file);
}

char *fgets(char *line, int size, FILE *file)
{
	return stream_fails(CALL_fgets, file) ? NULL : REAL(fgets)(line, size, file);
}

ssize_t getline(char **line, size_t *size, FILE *file)
{
	return stream_fails(CALL_getline, file) ? -1 : REAL(getline)(line, size, file);
}

/* What goes to memory fails as an allocation does. */
size_t fwrite(const void *data, size_t size, size_t count, FILE *file)
{
	return fileno(file) >= 0 && stream_fails(CALL_fwrite, file) ? 0 : REAL(fwrite)(data, size, count, file);
}

/* "NAME N ERRNO [on]" */
static void choose(const char *fault)
{
	char name[32], on[8] = "";
	unsigned long number;
	bool in_child = strncmp(fault, "child.", 6) == 0;

	if (sscanf(in_child ? fault + 6 : fault, "%31s %lu %d %7s", name, &number, &wanted_error, on) < 3)
		_exit(126);
	for (int i = 0; i < CALLS; i++)
		if (strcmp(names[i].name, name) == 0)
			wanted_call = i + (in_child ? CALLS : 0);
	if (wanted_call < 0)
		_exit(126);
	wanted_number = number;
	goes_on = on[0] != '\0';
}

static struct record *open_records(const char *path)
{
	int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
	struct record *map =
		(struct record *)syscall(SYS_mmap, NULL, 2 * sizeof(names), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0L);

	if (fd < 0 || map == MAP_FAILED)
		_exit(126);
	syscall(SYS_close, fd);
	for (int i = 0; i < CALLS; i++) {
		memcpy(&map[i], &names[i], sizeof(names[i]));
		memcpy(&map[CALLS + i], &names[i], sizeof(names[i]));
		snprintf(map[CALLS + i].name, sizeof(map[i].name), "child.%s", names[i].name);
	}
	return map;
}

static int armed_main(int argc, char **argv, char **environment)
{
	const char *state = getenv("FAULT_STATE"), *fault = getenv("FAULT"), *trace_path = getenv("FAULT_TRACE");
	struct record *map = state != NULL ? open_records(state) : NULL;
	void *frame;

	if (fault != NULL)
		choose(fault);
	if (trace_path != NULL) {
		trace = (int)syscall(SYS_openat, AT_FDCWD, trace_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		backtrace(&frame, 1); /* loads what it needs */
	}
	unsetenv("LD_PRELOAD");
	unsetenv("FAULT_STATE");
	unsetenv("FAULT");
	unsetenv("FAULT_TRACE");
	owner = (pid_t)syscall(SYS_getpid);
	records = map;
	return real_main(argc, argv, environment);
}

int __libc_start_main(int (*main)(int, char **, char **), int argc, char **argv, void (*init)(void), void (*fini)(void),
		      void (*end)(void), void *stack)
{
	__typeof__(&__libc_start_main) next = (__typeof__(next))dlsym(RTLD_NEXT, "__libc_start_main");

	real_main = main;
	return next(armed_main, argc, argv, init, fini, end, stack);
}

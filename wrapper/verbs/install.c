#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "assertions/base/units.h"
#include "wrapper/command.h"
#include "wrapper/process/supervise.h"
#include "wrapper/roll.h"

#define NAME "muster"
#define TEMPORARY ".muster."
#define TEMPORARY_MAX 64
#define TRIES_MAX 100
#define CHUNK_BYTES ((size_t)1 << 16)
#define LEFT_SECONDS 3600

/*
 * The program that is running, as a file and as it lies in memory. Linux says which file that is in /proc/self/exe (proc(5)).
 * Where /proc is not mounted, it is the one by whose name it was executed (getauxval(3), AT_EXECFN), provided that this is still
 * the file that was loaded: its read-only segments are compared with those in memory.
 */

/* The first object is the program, also where somebody runs it by the name of its interpreter. */
static int take_first(struct dl_phdr_info *info, size_t size, void *ret_info)
{
	(void)size;
	*(struct dl_phdr_info *)ret_info = *info;
	return 1;
}

static const char *loaded_at(const struct dl_phdr_info *program, size_t segment)
{
	/* The address is a number in the structure that the C library gives out. */
	return (const char *)(program->dlpi_addr + program->dlpi_phdr[segment].p_vaddr);
}

/* What the kernel was asked to load the program by; NULL where it is linked statically. */
static const char *own_interpreter(void)
{
	struct dl_phdr_info program = {0};

	dl_iterate_phdr(take_first, &program);
	for (size_t i = 0; i < program.dlpi_phnum; i++)
		if (program.dlpi_phdr[i].p_type == PT_INTERP)
			return loaded_at(&program, i);
	return NULL;
}

/* Fewer bytes than asked for are an error, too: the file became shorter. */
static int read_chunk(int fd, char *chunk, size_t length, off_t offset)
{
	for (size_t done = 0; done < length;) {
		ssize_t got = pread(fd, chunk + done, length - done, offset + (off_t)done);
		if (got == 0)
			errno = EIO;
		if (got == 0 || (got < 0 && errno != EINTR))
			return -1;
		done += got > 0 ? (size_t)got : 0;
	}
	return 0;
}

static bool has_bytes(int fd, const char *bytes, size_t length, off_t offset)
{
	char chunk[CHUNK_BYTES];

	for (size_t part; length > 0; bytes += part, offset += (off_t)part, length -= part) {
		part = length < sizeof(chunk) ? length : sizeof(chunk);
		if (read_chunk(fd, chunk, part, offset) < 0 || memcmp(chunk, bytes, part) != 0)
			return false;
	}
	return true;
}

static bool is_what_was_loaded(int fd)
{
	struct dl_phdr_info program = {0};
	size_t compared = 0;

	dl_iterate_phdr(take_first, &program);
	for (size_t i = 0; i < program.dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &program.dlpi_phdr[i];
		if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W) != 0)
			continue;
		if (!has_bytes(fd, loaded_at(&program, i), segment->p_filesz, (off_t)segment->p_offset))
			return false;
		compared++;
	}
	return compared > 0;
}

static int open_by_name(struct error *err)
{
	const char *name = (const char *)getauxval(AT_EXECFN);
	int fd = name != NULL ? open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK) : -1;

	if (fd < 0)
		return error_set(
			err,
			"cannot find the program that is running: /proc is not mounted, and '%s', by which it was "
			"started, cannot be read: %s",
			name != NULL ? name : "", strerror(errno));
	if (is_what_was_loaded(fd))
		return fd;
	close(fd);
	return error_set(
		err,
		"cannot find the program that is running: /proc is not mounted, and '%s', by which it was started, "
		"is not what was loaded: mount /proc, or start muster by its absolute path",
		name);
}

static int open_own_program(struct error *err)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	if (errno == ENOENT || errno == ENOTDIR)
		return open_by_name(err);
	return error_set(err, "cannot read the program that is running, /proc/self/exe: %s", strerror(errno));
}

struct installation {
	const char *folder_path;
	char *place; /* DIR/muster, for messages */
	int folder, own;
	char temporary[TEMPORARY_MAX]; /* "": there is none */
	off_t size;
};

/* What can be done about it, where that is known. Always -1. */
static int advise(const struct installation *made, int code, struct error *err)
{
	char size[UNITS_TEXT_MAX];

	if (code == ENOSPC || code == EDQUOT)
		return error_wrap(err, "%s are needed in '%s'", units_format_size(made->size, size), made->folder_path);
	if (code == EROFS)
		return error_wrap(err, "'%s' must be a volume that this container may write to", made->folder_path);
	if (code == EACCES || code == EPERM)
		return error_wrap(err, "'%s' must be writable for the user %u, group %u", made->folder_path,
				  (unsigned)geteuid(), (unsigned)getegid());
	return -1;
}

static int fail(const struct installation *made, const char *verb, struct error *err)
{
	int code = errno;

	error_set(err, "cannot %s '%s': %s", verb, made->place, strerror(code));
	return advise(made, code, err);
}

static int check_linkage(struct error *err)
{
	const char *interpreter = own_interpreter();

	if (interpreter == NULL)
		return 0;
	return error_set(
		err,
		"this muster is linked dynamically (it asks for '%s' and libraries) and would not start in an image "
		"without them: 'make static' builds the one to install, and muster's image holds it",
		interpreter);
}

static int enter(struct installation *made, struct error *err)
{
	struct statvfs facts;

	made->folder = open(made->folder_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (made->folder < 0 && errno == ENOENT)
		return error_set(err,
				 "there is no folder '%s': mount the volume there that the other container has, too",
				 made->folder_path);
	if (made->folder < 0) {
		int code = errno;
		error_set(err, "cannot open the folder '%s': %s", made->folder_path, strerror(code));
		return advise(made, code, err);
	}
	if (fstatvfs(made->folder, &facts) != 0)
		return fail(made, "look where to install", err);
	if ((facts.f_flag & ST_NOEXEC) != 0)
		return error_set(err, "nothing can be executed in '%s': it is mounted with 'noexec'",
				 made->folder_path);
	return 0;
}

/* What an installation left behind that was killed. A writer that is alive holds the lock. */
static void remove_if_left(const struct installation *made, const char *name)
{
	cleanup_fd int fd = openat(made->folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat facts;

	if (fd >= 0 && fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode) && facts.st_uid == geteuid() &&
	    facts.st_mtim.tv_sec < clock_now_ms() / 1000 - LEFT_SECONDS && flock(fd, LOCK_EX | LOCK_NB) == 0)
		unlinkat(made->folder, name, 0);
}

static void remove_left(const struct installation *made)
{
	int folder = openat(made->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_dir DIR *entries = folder >= 0 ? fdopendir(folder) : NULL;

	if (entries == NULL && folder >= 0)
		close(folder);
	for (const struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;)
		if (strncmp(entry->d_name, TEMPORARY, strlen(TEMPORARY)) == 0)
			remove_if_left(made, entry->d_name);
}

static int open_temporary(struct installation *made, struct error *err)
{
	for (unsigned try = 0; try < TRIES_MAX; try++) {
		snprintf(made->temporary, TEMPORARY_MAX, TEMPORARY "%d-%llx", (int)getpid(),
			 (unsigned long long)clock_monotonic_ms() + try);
		int fd =
			openat(made->folder, made->temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0700);
		if (fd >= 0) {
			flock(fd, LOCK_EX | LOCK_NB);
			return fd;
		}
		if (errno != EEXIST)
			break;
	}
	made->temporary[0] = '\0';
	return fail(made, "write", err);
}

static int check_signal(const struct installation *made, struct error *err)
{
	if (supervise_signal() == 0)
		return 0;
	return error_set(err, "ended by signal %d, before '%s' was there", supervise_signal(), made->place);
}

static int write_chunk(int fd, const char *chunk, size_t length)
{
	for (size_t done = 0; done < length;) {
		ssize_t written = write(fd, chunk + done, length - done);
		if (written < 0 && errno != EINTR)
			return -1;
		done += written > 0 ? (size_t)written : 0;
	}
	return 0;
}

static size_t chunk_at(const struct installation *made, off_t offset)
{
	off_t left = made->size - offset;

	return left < (off_t)CHUNK_BYTES ? (size_t)left : CHUNK_BYTES;
}

static int copy(const struct installation *made, int fd, struct error *err)
{
	char chunk[CHUNK_BYTES];

	for (off_t offset = 0; offset < made->size; offset += (off_t)chunk_at(made, offset)) {
		if (check_signal(made, err) < 0)
			return -1;
		if (read_chunk(made->own, chunk, chunk_at(made, offset), offset) < 0)
			return fail(made, "read the program that is running, for", err);
		if (write_chunk(fd, chunk, chunk_at(made, offset)) < 0)
			return fail(made, "write", err);
	}
	if (fchmod(fd, 0755) < 0)
		return fail(made, "set the permissions of", err);
	return fsync(fd) == 0 || errno == EINVAL ? 0 : fail(made, "flush", err);
}

static int compare(const struct installation *made, int fd, struct error *err)
{
	char expected[CHUNK_BYTES], seen[CHUNK_BYTES];
	struct stat facts;

	if (fstat(fd, &facts) != 0)
		return fail(made, "look at", err);
	if (facts.st_size != made->size)
		return error_set(err, "'%s' should have %lld bytes, and has %lld", made->place, (long long)made->size,
				 (long long)facts.st_size);
	if ((facts.st_mode & 07777) != 0755)
		return error_set(err,
				 "'%s' should have the mode 0755, and has %04o: its file system does not keep modes",
				 made->place, (unsigned)facts.st_mode & 07777);
	/* From the disk rather than from memory, where the file system does as it is asked. */
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	for (off_t offset = 0; offset < made->size; offset += (off_t)chunk_at(made, offset)) {
		size_t length = chunk_at(made, offset);
		if (check_signal(made, err) < 0)
			return -1;
		if (read_chunk(made->own, expected, length, offset) < 0 || read_chunk(fd, seen, length, offset) < 0)
			return fail(made, "read back", err);
		if (memcmp(expected, seen, length) != 0)
			return error_set(err, "'%s' is not what was written to it: it differs after byte %lld",
					 made->place, (long long)offset);
	}
	return 0;
}

static int give_name(struct installation *made, struct error *err)
{
	if (faccessat(made->folder, made->temporary, X_OK, 0) != 0)
		return error_set(err, "'%s' could not be executed: %s", made->place, strerror(errno));
	if (check_signal(made, err) < 0)
		return -1;
	if (renameat(made->folder, made->temporary, made->folder, NAME) != 0)
		return fail(made, "put the new file in the place of", err);
	made->temporary[0] = '\0';
	/* Some file systems have nothing to flush here. */
	if (fsync(made->folder) != 0 && errno != EINVAL && errno != ENOTSUP && errno != ENOSYS && errno != EBADF)
		return fail(made, "flush the folder of", err);
	return 0;
}

static int write_program(struct installation *made, struct error *err)
{
	int fd = open_temporary(made, err);

	if (fd < 0)
		return -1;
	int result = copy(made, fd, err) == 0 && compare(made, fd, err) == 0 ? 0 : -1;
	/* Before it has its name: what is open for writing cannot be executed (execve(2), ETXTBSY). */
	if (close(fd) != 0 && result == 0)
		result = fail(made, "close", err);
	if (result == 0)
		result = give_name(made, err);
	if (made->temporary[0] != '\0')
		unlinkat(made->folder, made->temporary, 0);
	return result;
}

static int take_own(struct installation *made, struct error *err)
{
	struct stat facts;

	made->own = open_own_program(err);
	if (made->own < 0)
		return -1;
	if (fstat(made->own, &facts) != 0)
		return error_set(err, "cannot read the program that is running: %s", strerror(errno));
	made->size = facts.st_size;
	return 0;
}

static int install_into(struct installation *made, struct error *err)
{
	if (check_linkage(err) < 0 || enter(made, err) < 0)
		return EXIT_USAGE;
	if (take_own(made, err) < 0)
		return EXIT_INTERNAL;
	remove_left(made);
	if (write_program(made, err) == 0)
		return EXIT_PASSED;
	return supervise_signal() != 0 ? EXIT_SIGNAL_BASE + supervise_signal() : EXIT_USAGE;
}

static int install(const struct command_options *options)
{
	struct installation made = {.folder_path = options->arguments[0], .folder = -1, .own = -1};
	size_t length = strlen(made.folder_path);
	bool has_slash = length > 0 && made.folder_path[length - 1] == '/';
	cleanup_free char *place = memory_format("%s%s" NAME, made.folder_path, has_slash ? "" : "/");
	char size[UNITS_TEXT_MAX];
	struct error err = {""};

	made.place = place;
	int code = install_into(&made, &err);
	if (code != EXIT_PASSED)
		fprintf(stderr, "muster: install: %s\n", err.message);
	else if (!options->quiet)
		printf("muster %s is installed as %s: %s\n", MUSTER_VERSION, place, units_format_size(made.size, size));
	if (made.folder >= 0)
		close(made.folder);
	if (made.own >= 0)
		close(made.own);
	return code;
}

const struct command command_install = {
	.name = "install",
	.arguments = "DIR",
	.help = "copy the static muster into a folder, for an image that lacks it: a volume that an init container "
		"shares",
	.arguments_min = 1,
	.arguments_max = 1,
	.run = install,
};

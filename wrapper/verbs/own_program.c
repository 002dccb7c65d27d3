#include "wrapper/verbs/own_program.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "assertions/base/cleanup.h"

#define COMPARE_BYTES ((size_t)1 << 16)

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

const char *own_program_interpreter(void)
{
	struct dl_phdr_info program = {0};

	dl_iterate_phdr(take_first, &program);
	for (size_t i = 0; i < program.dlpi_phnum; i++)
		if (program.dlpi_phdr[i].p_type == PT_INTERP)
			return loaded_at(&program, i);
	return NULL;
}

static bool has_bytes(int fd, const char *bytes, size_t length, off_t offset)
{
	char buffer[COMPARE_BYTES];

	while (length > 0) {
		ssize_t got = pread(fd, buffer, length < sizeof(buffer) ? length : sizeof(buffer), offset);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0 || memcmp(buffer, bytes, (size_t)got) != 0)
			return false;
		bytes += got;
		offset += got;
		length -= (size_t)got;
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

int own_program_open(struct error *err)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	if (errno == ENOENT || errno == ENOTDIR)
		return open_by_name(err);
	return error_set(err, "cannot read the program that is running, /proc/self/exe: %s", strerror(errno));
}

#include "assertions/bytes/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"

#define FILE_BLOCK_BYTES (256 * 1024)

void trouble_clear(struct trouble *trouble)
{
	trouble->soundness = SOUND;
	trouble->error.message[0] = '\0';
}

int trouble_set(struct trouble *trouble, enum soundness soundness, const char *format, ...)
{
	va_list arguments;

	trouble->soundness = soundness;
	va_start(arguments, format);
	vsnprintf(trouble->error.message, sizeof(trouble->error.message), format, arguments);
	va_end(arguments);
	return -1;
}

int source_next(struct source *source, const unsigned char **ret_data, size_t *ret_length, struct trouble *ret_trouble)
{
	if (source->next(source, ret_data, ret_length, ret_trouble) < 0)
		return -1;
	source->offset += *ret_length;
	return 0;
}

int source_read(struct source *source, unsigned char *into, size_t capacity, size_t *ret_length,
		struct trouble *ret_trouble)
{
	if (source->read(source, into, capacity, ret_length, ret_trouble) < 0)
		return -1;
	source->offset += *ret_length;
	return 0;
}

void source_drain(struct source *source)
{
	const unsigned char *data;
	struct trouble trouble;
	size_t length;

	while (source_next(source, &data, &length, &trouble) == 0 && length > 0)
		;
}

void source_close(struct source *source)
{
	if (source != NULL)
		source->close(source);
}

struct file_source {
	struct source source;
	char *path;
	int fd;
	struct stat opened;
	unsigned char *block;
};

static int file_written_to(const struct file_source *file, const char *how, struct trouble *trouble)
{
	return trouble_set(trouble, DAMAGED, "'%s' %s while it was read: something is still writing it", file->path,
			   how);
}

static int file_check_end(const struct file_source *file, struct trouble *trouble)
{
	struct stat now;

	if (file->source.offset < (uint64_t)file->opened.st_size)
		return file_written_to(file, "shrank", trouble);
	if (fstat(file->fd, &now) < 0)
		return trouble_set(trouble, UNREADABLE, "cannot stat '%s': %s", file->path, strerror(errno));
	if (now.st_size != file->opened.st_size)
		return file_written_to(file, now.st_size > file->opened.st_size ? "grew" : "shrank", trouble);
	if (now.st_mtim.tv_sec != file->opened.st_mtim.tv_sec || now.st_mtim.tv_nsec != file->opened.st_mtim.tv_nsec)
		return file_written_to(file, "changed", trouble);
	return 0;
}

static int file_read(struct source *source, unsigned char *into, size_t capacity, size_t *ret_length,
		     struct trouble *ret_trouble)
{
	struct file_source *file = (struct file_source *)source;
	ssize_t got;

	do {
		got = read(file->fd, into, capacity);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return trouble_set(ret_trouble, UNREADABLE, "cannot read '%s' at byte %llu: %s", file->path,
				   (unsigned long long)source->offset, strerror(errno));
	if (got == 0 && file_check_end(file, ret_trouble) < 0)
		return -1;
	if (source->offset + (uint64_t)got > (uint64_t)file->opened.st_size)
		return file_written_to(file, "grew", ret_trouble);
	*ret_length = (size_t)got;
	return 0;
}

static int file_next(struct source *source, const unsigned char **ret_data, size_t *ret_length,
		     struct trouble *ret_trouble)
{
	struct file_source *file = (struct file_source *)source;

	if (file->block == NULL)
		file->block = memory_grow(NULL, FILE_BLOCK_BYTES, 1);
	*ret_data = file->block;
	return file_read(source, file->block, FILE_BLOCK_BYTES, ret_length, ret_trouble);
}

static void file_close(struct source *source)
{
	struct file_source *file = (struct file_source *)source;

	close(file->fd);
	free(file->block);
	free(file->path);
	free(file);
}

static const char *file_kind(mode_t mode)
{
	if (S_ISDIR(mode))
		return "a folder";
	if (S_ISFIFO(mode))
		return "a pipe";
	if (S_ISSOCK(mode))
		return "a socket";
	return "a device";
}

static struct source_file_facts facts_of(const struct stat *status)
{
	return (struct source_file_facts){
		.size_bytes = status->st_size,
		.modified_ms = (int64_t)status->st_mtim.tv_sec * 1000 + status->st_mtim.tv_nsec / 1000000,
	};
}

/* -1, or a descriptor. */
static int open_regular(const char *path, struct stat *ret_opened, struct error *err)
{
	/* Without O_NONBLOCK a pipe that nobody writes to would be waited for before it can be refused. */
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	int opened;

	if (fd < 0)
		return error_set(err, "cannot open '%s': %s", path, strerror(errno));
	if (fstat(fd, ret_opened) < 0)
		return error_set(err, "cannot stat '%s': %s", path, strerror(errno));
	if (!S_ISREG(ret_opened->st_mode))
		return error_set(err, "'%s' is %s, not a regular file", path, file_kind(ret_opened->st_mode));
	opened = fd;
	fd = -1;
	return opened;
}

int source_open_file(const char *path, struct source **ret_source, struct source_file_facts *ret_facts,
		     struct error *err)
{
	struct file_source *file;
	struct stat opened;
	int fd = open_regular(path, &opened, err);

	if (fd < 0)
		return -1;
	posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);

	file = memory_alloc(sizeof(*file));
	file->source = (struct source){.next = file_next, .read = file_read, .close = file_close};
	file->path = memory_string(path);
	file->fd = fd;
	file->opened = opened;
	*ret_facts = facts_of(&opened);
	*ret_source = &file->source;
	return 0;
}

int source_read_range(const char *path, const struct source_file_facts *expected, int64_t from, unsigned char *into,
		      size_t length, struct error *err)
{
	struct stat opened;
	cleanup_fd int fd = open_regular(path, &opened, err);
	struct source_file_facts facts;
	size_t done = 0;

	if (fd < 0)
		return -1;
	facts = facts_of(&opened);
	if (facts.size_bytes != expected->size_bytes || facts.modified_ms != expected->modified_ms)
		return error_set(err, "'%s' was changed since it was looked at", path);
	while (done < length) {
		ssize_t got = pread(fd, into + done, length - done, (off_t)(from + (int64_t)done));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return error_set(err, "cannot read '%s' at byte %lld: %s", path,
					 (long long)(from + (int64_t)done), strerror(errno));
		if (got == 0)
			return error_set(err, "'%s' shrank while it was read", path);
		done += (size_t)got;
	}
	return 0;
}

struct memory_source {
	struct source source;
	const unsigned char *data;
	size_t length, block;
};

static int memory_next(struct source *source, const unsigned char **ret_data, size_t *ret_length,
		       struct trouble *ret_trouble)
{
	struct memory_source *memory = (struct memory_source *)source;
	size_t left = memory->length - (size_t)source->offset;

	(void)ret_trouble;
	*ret_data = left > 0 ? memory->data + source->offset : NULL;
	*ret_length = memory->block > 0 && memory->block < left ? memory->block : left;
	return 0;
}

static void memory_close(struct source *source)
{
	free(source);
}

struct source *source_open_memory(const void *data, size_t length, size_t block)
{
	struct memory_source *memory = memory_alloc(sizeof(*memory));

	memory->source = (struct source){.next = memory_next, .close = memory_close};
	memory->data = data;
	memory->length = length;
	memory->block = block;
	return &memory->source;
}

#include "wrapper/process/temporary.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"

#define START ".muster-"
#define MIDDLE ".new-"
#define RANDOM "XXXXXX"
#define NAME_KEPT 200 /* of a name, so that the temporary one stays under NAME_MAX */
#define TRIES_MAX 10

struct held { /* a lock: of the descriptor that was written to there is only a copy */
	struct held *next;
	char *path;
	int fd;
};

static struct held *all_held;

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

char *temporary_template(const char *target)
{
	const char *name = name_of(target);
	cleanup_free char *folder =
		name > target ? memory_substring(target, (size_t)(name - target)) : memory_string("./");

	return memory_format("%s" START "%.*s" MIDDLE RANDOM, folder, NAME_KEPT, name);
}

static bool is_temporary(const char *name)
{
	size_t length = strlen(name), end = strlen(MIDDLE RANDOM);

	if (strncmp(name, START, strlen(START)) != 0 || length < strlen(START) + end)
		return false;
	name += length - end;
	if (strncmp(name, MIDDLE, strlen(MIDDLE)) != 0)
		return false;
	for (name += strlen(MIDDLE); isalnum((unsigned char)*name); name++)
		;
	return *name == '\0';
}

static void remove_if_left(int folder, const char *name, bool is_of_target)
{
	cleanup_fd int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat facts;

	if (fd < 0 || fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode) || facts.st_uid != geteuid() ||
	    (!is_of_target && facts.st_mtim.tv_sec > clock_now_ms() / 1000 - TEMPORARY_LEFT_SECONDS))
		return;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		unlinkat(folder, name, 0);
}

static void remove_left(const char *template)
{
	const char *name = name_of(template);
	cleanup_free char *path = memory_substring(template, (size_t)(name - template));
	cleanup_dir DIR *folder = opendir(path);
	size_t same = strlen(name) - strlen(RANDOM);

	for (const struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;)
		if (is_temporary(entry->d_name))
			remove_if_left(dirfd(folder), entry->d_name,
				       strncmp(entry->d_name, name, same) == 0 &&
					       strlen(entry->d_name) == strlen(name));
}

/* False where somebody took it for one that was left, before it was locked. */
static bool hold(const char *path, int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	bool locked = copy >= 0 && flock(copy, LOCK_EX | LOCK_NB) == 0;
	struct stat facts;

	if (copy >= 0 && (locked ? fstat(copy, &facts) == 0 && facts.st_nlink == 0 : errno == EWOULDBLOCK)) {
		close(copy);
		return false;
	}
	/* Some file systems have no locks: nobody then finds it unlocked either. */
	if (copy >= 0) {
		struct held *held = memory_alloc(sizeof(*held));

		*held = (struct held){.next = all_held, .path = memory_string(path), .fd = copy};
		all_held = held;
	}
	return true;
}

int temporary_open(const char *target, char **ret_path)
{
	cleanup_free char *template = temporary_template(target);

	remove_left(template);
	for (int i = 0; i < TRIES_MAX; i++) {
		char *path = memory_string(template);
		int fd = mkostemp(path, O_CLOEXEC);

		if (fd >= 0 && hold(path, fd)) {
			*ret_path = path;
			return fd;
		}
		int error = fd < 0 ? errno : EAGAIN;
		free(path);
		if (fd >= 0)
			close(fd);
		errno = error;
		if (fd < 0)
			return -1;
	}
	return -1;
}

void temporary_end(char *path)
{
	for (struct held **link = &all_held; path != NULL && *link != NULL; link = &(*link)->next) {
		struct held *held = *link;

		if (strcmp(held->path, path) != 0)
			continue;
		*link = held->next;
		close(held->fd);
		free(held->path);
		free(held);
		break;
	}
	free(path);
}

#include "assertions/stores/folder/directory_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"

#define NAME_KEPT 160 /* of a name, so that the temporary one stays under NAME_MAX */
#define TRIES_MAX 100
#define DIGEST_LINE_MAX 1024
#define SUFFIX ".sha256"
#define LEFT_SECONDS 86400

struct directory_upload {
	struct upload upload; /* first: a struct upload * is a struct directory_upload * */
	char *place; /* for messages */
	char *name; /* in its folder */
	char *temporary; /* NULL: there is none any more */
	int folder, file;
	bool overwrite;
};

static int fail(const struct directory_upload *upload, const char *verb, struct error *err)
{
	return error_set(err, "cannot %s '%s': %s", verb, upload->place, strerror(errno));
}

static int flush_folder(const struct directory_upload *upload, struct error *err)
{
	/* Some file systems have nothing to flush here. */
	if (fsync(upload->folder) != 0 && errno != EINVAL && errno != ENOTSUP && errno != ENOSYS && errno != EBADF)
		return fail(upload, "flush the folder of", err);
	return 0;
}

/* Enters the folder, which is made where it is not there. */
static int enter(struct directory_upload *upload, const char *name, struct error *err)
{
	bool made = mkdirat(upload->folder, name, 0777) == 0;

	if (!made && errno != EEXIST)
		return error_set(err, "cannot make the folder '%s' for '%s': %s", name, upload->place, strerror(errno));
	if (made && flush_folder(upload, err) != 0)
		return -1;

	int next = openat(upload->folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (next < 0)
		return error_set(err, "cannot enter the folder '%s' for '%s': %s", name, upload->place,
				 errno == ELOOP || errno == ENOTDIR ? "it is a symbolic link, or no folder"
								    : strerror(errno));
	close(upload->folder);
	upload->folder = next;
	return 0;
}

static int enter_folders(struct directory_upload *upload, const char *root, const char *below, struct error *err)
{
	upload->folder = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (upload->folder < 0)
		return error_set(err, "cannot open the folder '%s': %s", root, strerror(errno));
	for (const char *slash = strchr(below, '/'); slash != NULL; slash = strchr(below, '/')) {
		cleanup_free char *name = memory_substring(below, (size_t)(slash - below));

		if (enter(upload, name, err) != 0)
			return -1;
		below = slash + 1;
	}
	upload->name = memory_string(below);
	return 0;
}

/* Opens a file of a name that is not taken; the caller frees the name. */
static int open_temporary(const struct directory_upload *upload, const char *suffix, char **ret_name, struct error *err)
{
	for (unsigned try = 0; try < TRIES_MAX; try++) {
		char *name = memory_format(DIRECTORY_TEMPORARY "%.*s.%d-%llx%s", NAME_KEPT, upload->name, (int)getpid(),
					   (unsigned long long)clock_monotonic_ms() + try, suffix);
		int fd = openat(upload->folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);

		if (fd >= 0) {
			/* Whoever finds it later can tell that it is still written to, from another machine, too. */
			flock(fd, LOCK_EX | LOCK_NB);
			*ret_name = name;
			return fd;
		}
		free(name);
		if (errno != EEXIST)
			break;
	}
	return fail(upload, "create a file for", err);
}

static int write_all(int fd, const char *data, size_t length)
{
	while (length > 0) {
		ssize_t written = write(fd, data, length);

		if (written < 0 && errno != EINTR)
			return -1;
		if (written > 0) {
			data += written;
			length -= (size_t)written;
		}
	}
	return 0;
}

static int write_directory(struct upload *self, const void *data, size_t length, struct error *err)
{
	struct directory_upload *upload = (struct directory_upload *)self;

	return write_all(upload->file, data, length) == 0 ? 0 : fail(upload, "write", err);
}

static int close_flushed(int *fd)
{
	int result = fsync(*fd);
	int closed = close(*fd);

	*fd = -1;
	return result == 0 && (closed == 0 || errno == EINTR) ? 0 : -1;
}

/* Where the file system knows no renaming that replaces nothing, a second name that fails where there is one already. */
static int rename_new(const struct directory_upload *upload)
{
	int folder = upload->folder;

	if (renameat2(folder, upload->temporary, folder, upload->name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP)
		return -1;
	if (linkat(folder, upload->temporary, folder, upload->name, 0) != 0)
		return -1;
	unlinkat(folder, upload->temporary, 0);
	return 0;
}

static int give_name(struct directory_upload *upload, struct error *err)
{
	int result = upload->overwrite ? renameat(upload->folder, upload->temporary, upload->folder, upload->name)
				       : rename_new(upload);

	if (result != 0 && errno == EEXIST)
		return error_set(err, "'%s' is there already, and came while this was uploaded", upload->place);
	if (result != 0)
		return fail(upload, "rename what was uploaded to", err);
	free(upload->temporary);
	upload->temporary = NULL;
	return 0;
}

static char *sidecar_name(const char *name)
{
	return memory_format(DIRECTORY_TEMPORARY "%s" SUFFIX, name);
}

/* Without it there is no digest to compare with later: that is no reason to give the upload up. */
static void write_sidecar(const struct directory_upload *upload)
{
	cleanup_free char *line = memory_format("%s  %s\n", upload->upload.sha256, upload->name);
	cleanup_free char *name = sidecar_name(upload->name);
	cleanup_free char *temporary = NULL;
	struct error ignored;
	int fd;

	/* What stands there is of another file than the one that gets the name now. */
	unlinkat(upload->folder, name, 0);
	if (strpbrk(upload->name, "\\\n") != NULL || strlen(name) > 255)
		return;
	fd = open_temporary(upload, SUFFIX, &temporary, &ignored);
	if (fd < 0)
		return;
	if (write_all(fd, line, strlen(line)) != 0 || close_flushed(&fd) != 0 ||
	    renameat(upload->folder, temporary, upload->folder, name) != 0)
		unlinkat(upload->folder, temporary, 0);
	if (fd >= 0)
		close(fd);
}

static void remove_temporary(struct directory_upload *upload)
{
	if (upload->temporary != NULL)
		unlinkat(upload->folder, upload->temporary, 0);
	free(upload->temporary);
	upload->temporary = NULL;
}

static enum upload_end finish_directory(struct upload *self, struct error *err)
{
	struct directory_upload *upload = (struct directory_upload *)self;

	if (close_flushed(&upload->file) != 0) {
		fail(upload, "flush", err);
		remove_temporary(upload);
		return UPLOAD_FAILED;
	}
	if (give_name(upload, err) != 0) {
		remove_temporary(upload);
		return UPLOAD_FAILED;
	}
	write_sidecar(upload);
	if (flush_folder(upload, err) == 0)
		return UPLOAD_DONE;
	return UPLOAD_UNKNOWN;
}

static int discard_directory(struct upload *self, struct error *err)
{
	struct directory_upload *upload = (struct directory_upload *)self;
	cleanup_free char *temporary = upload->temporary;

	upload->temporary = NULL;
	if (temporary == NULL || unlinkat(upload->folder, temporary, 0) == 0 || errno == ENOENT)
		return 0;
	return error_set(err, "the unfinished file '%s' beside '%s' could not be removed: %s", temporary, upload->place,
			 strerror(errno));
}

static void free_directory(struct upload *self)
{
	struct directory_upload *upload = (struct directory_upload *)self;

	remove_temporary(upload);
	if (upload->file >= 0)
		close(upload->file);
	if (upload->folder >= 0)
		close(upload->folder);
	free(upload->name);
	free(upload->place);
	free(upload);
}

static int check_place(const struct directory_upload *upload, struct error *err)
{
	struct store_object there = {.size_bytes = 0};
	struct stat facts;

	if (fstatat(upload->folder, upload->name, &facts, 0) != 0)
		return errno == ENOENT ? 0 : fail(upload, "look at", err);
	if (!S_ISREG(facts.st_mode))
		return error_set(err, "'%s' is there, and is not a regular file", upload->place);
	if (upload->overwrite)
		return 0;
	there.size_bytes = facts.st_size;
	there.modified_ms = (int64_t)facts.st_mtim.tv_sec * 1000;
	return upload_refuse_taken(upload->place, "", &there, err);
}

/* ".muster-NAME.PID-HEX", and nothing behind it, of whatever key: most have the date in their names. */
static bool is_temporary(const char *name)
{
	const char *end = strrchr(name, '.');

	if (strncmp(name, DIRECTORY_TEMPORARY, strlen(DIRECTORY_TEMPORARY)) != 0 ||
	    end < name + strlen(DIRECTORY_TEMPORARY))
		return false;
	size_t digits = strspn(end + 1, "0123456789");
	const char *hex = end + 1 + digits + 1;
	return digits > 0 && hex[-1] == '-' && hex[0] != '\0' && strspn(hex, "0123456789abcdef") == strlen(hex);
}

static void remove_if_left(const struct directory_upload *upload, const char *name)
{
	cleanup_fd int fd = openat(upload->folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat facts;

	if (fd < 0 || fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode) || facts.st_uid != geteuid() ||
	    facts.st_mtim.tv_sec > clock_now_ms() / 1000 - LEFT_SECONDS)
		return;
	/* A writer that is alive holds the lock. */
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		unlinkat(upload->folder, name, 0);
}

/* What a run left behind that was killed. */
static void remove_left_files(const struct directory_upload *upload)
{
	int folder = openat(upload->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_dir DIR *entries = folder >= 0 ? fdopendir(folder) : NULL;

	if (entries == NULL && folder >= 0)
		close(folder);
	for (const struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;)
		if (is_temporary(entry->d_name))
			remove_if_left(upload, entry->d_name);
}

int directory_begin_put(struct store *store, const char *key, const struct upload_options *options,
			struct upload **ret_upload, struct error *err)
{
	const struct directory *directory = (const struct directory *)store;
	cleanup_free char *below = memory_format("%s%s", directory->prefix, key);

	if (key[0] == '\0' || !directory_is_path_below(below) || strlen(key) >= STORE_KEY_MAX)
		return error_set(err, "no file in '%s' can have the key '%.200s'", directory->path, key);

	if (options->checksum != STORE_NO_CHECKSUM && options->checksum != STORE_SHA256)
		return error_set(err, "a folder knows no other checksum than SHA-256, which is always kept");

	struct directory_upload *upload = memory_alloc(sizeof(*upload));

	upload->upload = (struct upload){.write = write_directory,
					 .finish = finish_directory,
					 .discard = discard_directory,
					 .free = free_directory,
					 .wants_sha256 = true};
	upload->folder = upload->file = -1;
	upload->overwrite = options->overwrite;
	upload->place = memory_format("%s/%s", directory->path, below);
	if (enter_folders(upload, directory->path, below, err) == 0 && check_place(upload, err) == 0) {
		remove_left_files(upload);
		upload->file = open_temporary(upload, "", &upload->temporary, err);
		if (upload->file >= 0) {
			*ret_upload = &upload->upload;
			return 0;
		}
	}
	free_directory(&upload->upload);
	return -1;
}

static bool is_older(const struct timespec *one, const struct timespec *other)
{
	return one->tv_sec < other->tv_sec || (one->tv_sec == other->tv_sec && one->tv_nsec < other->tv_nsec);
}

void directory_put_digest(const char *path, const struct stat *facts, char ret_sha256[65])
{
	const char *slash = strrchr(path, '/');
	const char *name = slash != NULL ? slash + 1 : path;
	cleanup_free char *beside = sidecar_name(name);
	cleanup_free char *sidecar = memory_format("%.*s%s", (int)(name - path), path, beside);
	cleanup_fd int fd = open(sidecar, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char line[DIGEST_LINE_MAX];
	struct stat own;

	ret_sha256[0] = '\0';
	if (fd < 0 || fstat(fd, &own) != 0 || !S_ISREG(own.st_mode) || is_older(&own.st_mtim, &facts->st_mtim))
		return;

	ssize_t length = read(fd, line, sizeof(line) - 1);

	if (length < 66 || strspn(line, "0123456789abcdef") != 64 || line[64] != ' ')
		return;
	line[length] = '\0';
	memcpy(ret_sha256, line, 64);
	ret_sha256[64] = '\0';
}

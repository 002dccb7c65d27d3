#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/glob_private.h"
#include "assertions/base/memory.h"

#define DEPTH_MAX 64

struct folder {
	dev_t device;
	ino_t inode;
};

struct walk {
	const struct glob *glob;
	size_t alternative;
	int (*found)(void *context, const char *path);
	void *context;
	struct error *err;
	char path[PATH_MAX];
	struct folder folders[DEPTH_MAX]; /* from the first to the present one */
	size_t depth;
};

static bool is_absent(int error_number)
{
	return error_number == ENOENT || error_number == ENOTDIR || error_number == ELOOP;
}

/* What two alternatives match is the first one's. */
static int report(struct walk *walk)
{
	for (size_t i = 0; i < walk->alternative; i++)
		if (glob_alternative_matches(&walk->glob->alternatives[i], walk->path, false))
			return 0;
	return walk->found(walk->context, walk->path);
}

static int visit_folder(struct walk *walk, size_t length);

/* path[0..length) and a name behind it. */
static int visit(struct walk *walk, size_t length, const char *name)
{
	const struct glob_alternative *alternative = &walk->glob->alternatives[walk->alternative];
	size_t name_length = strlen(name);
	struct stat status;

	if (length + name_length + 2 > sizeof(walk->path))
		return error_set(walk->err, "the path is too long: '%.200s...'", walk->path);
	memcpy(walk->path + length, name, name_length);
	memcpy(walk->path + length + name_length, "/", 2);
	bool leads_on = glob_alternative_matches(alternative, walk->path, true);
	walk->path[length + name_length] = '\0';
	bool matches = glob_alternative_matches(alternative, walk->path, false);
	if (!leads_on && !matches)
		return 0;
	if (stat(walk->path, &status) < 0) {
		if (is_absent(errno))
			return 0;
		return error_set(walk->err, "cannot look at '%.200s': %s", walk->path, strerror(errno));
	}
	if (S_ISREG(status.st_mode) && matches)
		return report(walk);
	if (!S_ISDIR(status.st_mode) || !leads_on)
		return 0;
	memcpy(walk->path + length + name_length, "/", 2);
	return visit_folder(walk, length + name_length + 1);
}

/* Notes the folder as one that is being visited. Returns 1 where it is already, which a link leads back to. */
static int enter(struct walk *walk, int fd)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return error_set(walk->err, "cannot look at '%.200s': %s", walk->path, strerror(errno));
	for (size_t i = 0; i < walk->depth; i++)
		if (walk->folders[i].device == status.st_dev && walk->folders[i].inode == status.st_ino)
			return 1;
	if (walk->depth == DEPTH_MAX)
		return error_set(walk->err, "more than %d folders deep: '%.200s'", DEPTH_MAX, walk->path);
	walk->folders[walk->depth++] = (struct folder){status.st_dev, status.st_ino};
	return 0;
}

/* path[0..length) is empty (the current directory) or ends in "/". */
static int visit_folder(struct walk *walk, size_t length)
{
	cleanup_fd int fd = open(length > 0 ? walk->path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct dirent *entry;
	int done;

	if (fd < 0) {
		if (is_absent(errno))
			return 0;
		return error_set(walk->err, "cannot read the folder '%.200s': %s", walk->path, strerror(errno));
	}
	done = enter(walk, fd);
	if (done != 0)
		return done < 0 ? -1 : 0;
	cleanup_dir DIR *folder = fdopendir(fd);
	if (folder == NULL)
		return error_set(walk->err, "cannot read the folder '%.200s': %s", walk->path, strerror(errno));
	fd = -1;
	while (errno = 0, (entry = readdir(folder)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		done = visit(walk, length, entry->d_name);
		walk->path[length] = '\0';
		if (done != 0)
			return done;
	}
	if (errno != 0)
		return error_set(walk->err, "cannot read the folder '%.200s': %s", walk->path, strerror(errno));
	walk->depth--;
	return 0;
}

/* From the last folder that the alternative names without any choice. */
static int walk_alternative(struct walk *walk)
{
	const struct glob_alternative *alternative = &walk->glob->alternatives[walk->alternative];
	size_t length = 0;

	walk->depth = 0;
	if (alternative->count == 0)
		return 0;
	const struct glob_token *head = &alternative->tokens[0];
	if (head->type == GLOB_LITERAL)
		length = head->length;
	if (length + 1 > sizeof(walk->path))
		return error_set(walk->err, "the path is too long: '%.200s...'", head->bytes);
	if (length > 0)
		memcpy(walk->path, head->bytes, length);
	while (length > 0 && walk->path[length - 1] != '/')
		length--;
	walk->path[length] = '\0';
	if (alternative->count > 1 || head->type != GLOB_LITERAL)
		return visit_folder(walk, length);
	char *name = memory_substring(head->bytes + length, head->length - length);
	int done = *name != '\0' ? visit(walk, length, name) : 0;
	free(name);
	return done;
}

int glob_files(const struct glob *glob, int (*found)(void *context, const char *path), void *context, struct error *err)
{
	struct walk *walk = memory_alloc(sizeof(*walk));
	int done = 0;

	*walk = (struct walk){.glob = glob, .found = found, .context = context, .err = err};
	for (; walk->alternative < glob->count && done == 0; walk->alternative++)
		done = walk_alternative(walk);
	free(walk);
	return done;
}

char *glob_whereabouts(const char *text)
{
	char folder[PATH_MAX];

	if (text[0] == '/' || getcwd(folder, sizeof(folder)) == NULL)
		return memory_string(text);
	return memory_format("%s, below %s", text, folder);
}

#include "assertions/stores/folder/directory_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "assertions/value/parameter.h"

#define FSCK_FOLDER "lost+found/"
#define AT(member) offsetof(struct directory_parameters, member)

struct directory_parameters {
	const char *path;
	const char *prefix;
};

static bool is_temporary(const char *name)
{
	return strncmp(name, DIRECTORY_TEMPORARY, strlen(DIRECTORY_TEMPORARY)) == 0;
}

bool directory_is_path_below(const char *path)
{
	return store_is_path(path) && !is_temporary(path) && strstr(path, "/" DIRECTORY_TEMPORARY) == NULL;
}

static int validate(const void *record, struct error *err)
{
	const struct directory_parameters *directory = record;

	if (directory->prefix == NULL)
		return 0;

	cleanup_free char *example = memory_format("%sx", directory->prefix);

	if (!directory_is_path_below(example) || strlen(directory->prefix) >= STORE_KEY_MAX - 1)
		return error_set(err, "the prefix '%.200s' does not lead below the folder", directory->prefix);
	return 0;
}

static const struct parameter parameters[] = {
	{"path", &value_string, PARAMETER_REQUIRED | PARAMETER_SHORTHAND, AT(path), .help = "the folder",
	 .example = "/srv/backups"},
	{"prefix", &value_string, .offset = AT(prefix),
	 .help = "what stands in front of every key, as it is: end it in a slash where it means a folder",
	 .example = "postgres/"},
	{NULL},
};

static const struct record record = {
	.name = "directory",
	.help = "a folder",
	.size = sizeof(struct directory_parameters),
	.parameters = parameters,
	.validate = validate,
};

/* But for its key. */
static struct store_object describe(const struct stat *status)
{
	struct identity file = identity_of_status(status);

	return (struct store_object){.size_bytes = file.size_bytes, .modified_ms = file.modified_ms, .file = file};
}

static enum store_status status_of_errno(int number)
{
	if (number == EACCES || number == EPERM)
		return STORE_DENIED;
	return number == ENOENT || number == ENOTDIR || number == ENAMETOOLONG || number == ELOOP ? STORE_ABSENT
												  : STORE_UNREACHABLE;
}

/* The folder itself: STORE_OK, or what is wrong with it. */
static enum store_status check_folder(const struct directory *directory, struct error *err)
{
	struct stat status;

	if (stat(directory->path, &status) == 0) {
		if (S_ISDIR(status.st_mode))
			return STORE_OK;
		error_set(err, "'%s' is not a folder", directory->path);
		return STORE_NO_BUCKET;
	}

	enum store_status kind = status_of_errno(errno);

	if (kind == STORE_ABSENT) {
		error_set(err, "the folder '%s' does not exist", directory->path);
		return STORE_NO_BUCKET;
	}
	error_set(err, "cannot look at the folder '%s': %s", directory->path, strerror(errno));
	return kind;
}

struct walk {
	const char *prefix; /* whole */
	size_t own_length; /* of the store's prefix: not part of a key */
	int (*found)(void *context, const struct store_object *object);
	void *context;
	bool stopped;
	char path[STORE_KEY_MAX * 2]; /* below the folder; "" or "a/b/" while in a folder */
	struct error *err;
};

static bool may_lead_to_prefix(const struct walk *walk)
{
	size_t length = strlen(walk->path), wanted = strlen(walk->prefix);

	return strncmp(walk->path, walk->prefix, length < wanted ? length : wanted) == 0;
}

static enum store_status tell(struct walk *walk, const struct stat *status)
{
	struct store_object object = describe(status);
	const char *key = walk->path + walk->own_length;

	if (strncmp(walk->path, walk->prefix, strlen(walk->prefix)) != 0)
		return STORE_OK;
	if (strlen(key) >= sizeof(object.key)) {
		error_set(walk->err, "the path '%.100s...' is longer than %d bytes", walk->path, STORE_KEY_MAX - 1);
		return STORE_BROKEN;
	}
	memcpy(object.key, key, strlen(key) + 1);
	walk->stopped = walk->found(walk->context, &object) != 0;
	return STORE_OK;
}

static enum store_status trouble_with(const struct walk *walk, const char *what)
{
	enum store_status kind = status_of_errno(errno);

	/* It was there a moment ago: backups are being rotated. */
	if (kind == STORE_ABSENT)
		return STORE_OK;
	error_set(walk->err, "cannot %s '%s': %s", what, walk->path[0] != '\0' ? walk->path : "itself",
		  strerror(errno));
	return kind;
}

/* What fsck keeps at the top of a file system, for root's eyes only, is nobody's backup. */
static bool is_of_fsck(const struct walk *walk, int folder, const char *name, const struct stat *own)
{
	return strcmp(walk->path, FSCK_FOLDER) == 0 && own->st_uid == 0 &&
	       faccessat(folder, name, R_OK | X_OK, AT_EACCESS) != 0;
}

static enum store_status walk_folder(struct walk *walk, int parent, const char *name, unsigned depth);

static enum store_status take_entry(struct walk *walk, int folder, const char *name, unsigned depth)
{
	struct stat own, status;
	size_t length = strlen(walk->path);
	enum store_status result = STORE_OK;

	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || is_temporary(name))
		return STORE_OK;
	if (length + strlen(name) + 2 > sizeof(walk->path)) {
		error_set(walk->err, "the path '%.100s...' is too long", walk->path);
		return STORE_BROKEN;
	}
	memcpy(walk->path + length, name, strlen(name) + 1);
	/* What the prefix leaves out need not be readable. */
	if (!may_lead_to_prefix(walk)) {
		walk->path[length] = '\0';
		return STORE_OK;
	}
	if (fstatat(folder, name, &own, AT_SYMLINK_NOFOLLOW) != 0 || fstatat(folder, name, &status, 0) != 0) {
		result = trouble_with(walk, "look at");
	} else if (S_ISREG(status.st_mode)) {
		result = tell(walk, &status);
	} else if (S_ISDIR(own.st_mode)) {
		strcat(walk->path, "/");
		if (may_lead_to_prefix(walk) && !is_of_fsck(walk, folder, name, &own))
			result = walk_folder(walk, folder, name, depth + 1);
	}
	walk->path[length] = '\0';
	return result;
}

static enum store_status read_entries(struct walk *walk, DIR *entries, unsigned depth)
{
	for (;;) {
		errno = 0;

		const struct dirent *entry = readdir(entries);

		if (entry == NULL)
			return errno == 0 ? STORE_OK : trouble_with(walk, "read the folder");

		enum store_status status = take_entry(walk, dirfd(entries), entry->d_name, depth);

		if (status != STORE_OK || walk->stopped)
			return status;
	}
}

static enum store_status walk_folder(struct walk *walk, int parent, const char *name, unsigned depth)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (depth > 0 ? O_NOFOLLOW : 0));

	if (fd < 0 && depth == 0 && status_of_errno(errno) == STORE_ABSENT) {
		error_set(walk->err, "the folder does not exist any more");
		return STORE_NO_BUCKET;
	}
	if (fd < 0)
		return trouble_with(walk, "read the folder");
	if (depth > DIRECTORY_DEPTH_MAX) {
		close(fd);
		error_set(walk->err, "folders are nested deeper than %d: '%.100s...'", DIRECTORY_DEPTH_MAX, walk->path);
		return STORE_BROKEN;
	}

	cleanup_dir DIR *entries = fdopendir(fd);

	if (entries == NULL) {
		close(fd);
		error_set(walk->err, "cannot read the folder '%s': %s", walk->path, strerror(errno));
		return STORE_UNREACHABLE;
	}
	return read_entries(walk, entries, depth);
}

static enum store_status list(struct store *store, const char *prefix,
			      int (*found)(void *context, const struct store_object *object), void *context,
			      struct error *err)
{
	const struct directory *directory = (const struct directory *)store;
	cleanup_free char *whole = memory_format("%s%s", directory->prefix, prefix);
	cleanup_free struct walk *walk = memory_alloc(sizeof(*walk));
	enum store_status status = check_folder(directory, err);

	if (status != STORE_OK)
		return status;
	walk->prefix = whole;
	walk->own_length = strlen(directory->prefix);
	walk->found = found;
	walk->context = context;
	walk->err = err;
	status = walk_folder(walk, AT_FDCWD, directory->path, 0);
	if (status != STORE_OK)
		error_wrap(err, "in '%s'", directory->path);
	return status;
}

/* -1, and errno, where a folder on the way is not there, or a symbolic link: what is not listed is not found either. */
static int stat_file(const struct directory *directory, const char *below, struct stat *ret_stat)
{
	cleanup_fd int folder = open(directory->path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	for (const char *slash = strchr(below, '/'); folder >= 0 && slash != NULL; slash = strchr(below, '/')) {
		cleanup_free char *name = memory_substring(below, (size_t)(slash - below));
		int next = openat(folder, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		int number = errno;

		close(folder);
		folder = next;
		errno = number;
		below = slash + 1;
	}
	return folder >= 0 ? fstatat(folder, below, ret_stat, 0) : -1;
}

static enum store_status find_file(const struct directory *directory, const char *key, char **ret_path,
				   struct stat *ret_stat, struct error *err)
{
	cleanup_free char *below = memory_format("%s%s", directory->prefix, key);
	cleanup_free char *path = memory_format("%s/%s", directory->path, below);
	enum store_status status = check_folder(directory, err);

	if (status != STORE_OK)
		return status;
	if (key[0] == '\0' || !directory_is_path_below(below) || strlen(key) >= STORE_KEY_MAX) {
		error_set(err, "no file in '%s' can have the key '%.200s'", directory->path, key);
		return STORE_ABSENT;
	}
	if (stat_file(directory, below, ret_stat) != 0) {
		struct stat ignored;
		bool is_linked = errno == ENOTDIR && stat(path, &ignored) == 0;

		status = is_linked ? STORE_ABSENT : status_of_errno(errno);
		error_set(err, "cannot look at '%s': %s", path,
			  is_linked ? "a folder on its way is a symbolic link, which is not followed"
				    : strerror(errno));
		return status;
	}
	if (!S_ISREG(ret_stat->st_mode)) {
		error_set(err, "'%s' is not a regular file", path);
		return STORE_ABSENT;
	}
	*ret_path = path;
	path = NULL;
	return STORE_OK;
}

static enum store_status head(struct store *store, const char *key, struct store_object *ret_object, struct error *err)
{
	cleanup_free char *path = NULL;
	struct stat facts;
	struct identity file;
	enum store_status status = find_file((const struct directory *)store, key, &path, &facts, err);

	if (status != STORE_OK)
		return status;
	*ret_object = describe(&facts);
	if (identity_of_path(AT_FDCWD, path, &file) == 0 && identity_is_same(&file, &ret_object->file))
		ret_object->file = file;
	memcpy(ret_object->key, key, strlen(key) + 1);
	directory_put_digest(path, &facts, ret_object->uploader_sha256);
	return STORE_OK;
}

struct changed_source { /* a file that is not what was expected: nothing of it is given */
	struct source source;
	struct trouble trouble;
};

static int give_trouble(struct source *source, const unsigned char **ret_data, size_t *ret_length,
			struct trouble *ret_trouble)
{
	(void)ret_data;
	*ret_length = 0;
	*ret_trouble = ((struct changed_source *)source)->trouble;
	return -1;
}

static void free_source(struct source *source)
{
	free(source);
}

static struct source *open_changed(const char *path, const struct store_object *expected, int64_t size_bytes)
{
	struct changed_source *changed = memory_alloc(sizeof(*changed));

	changed->source.next = give_trouble;
	changed->source.close = free_source;
	trouble_set(&changed->trouble, DAMAGED,
		    "'%s' was changed since it was looked at: it had %lld bytes and has %lld", path,
		    (long long)expected->size_bytes, (long long)size_bytes);
	return &changed->source;
}

static enum store_status get_range(struct store *store, const char *key, const struct store_object *expected,
				   int64_t from, unsigned char *into, size_t length, struct error *err)
{
	cleanup_free char *path = NULL;
	struct stat facts;
	const struct source_file_facts listed = {expected->size_bytes, expected->modified_ms};
	enum store_status status = find_file((const struct directory *)store, key, &path, &facts, err);

	if (status != STORE_OK)
		return status;
	return source_read_range(path, &listed, from, into, length, err) == 0 ? STORE_OK : STORE_UNREACHABLE;
}

static enum store_status get(struct store *store, const char *key, const struct store_object *expected,
			     struct source **ret_source, struct error *err)
{
	cleanup_free char *path = NULL;
	struct stat facts;
	struct source_file_facts opened;
	enum store_status status = find_file((const struct directory *)store, key, &path, &facts, err);

	if (status != STORE_OK)
		return status;
	if (source_open_file(path, ret_source, &opened, err) != 0)
		return faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) != 0 && errno == EACCES ? STORE_DENIED
											   : STORE_UNREACHABLE;
	if (expected != NULL &&
	    (opened.size_bytes != expected->size_bytes || opened.modified_ms != expected->modified_ms)) {
		source_close(*ret_source);
		*ret_source = open_changed(path, expected, opened.size_bytes);
	}
	return STORE_OK;
}

static void probe(struct store *store, struct store_probe *ret_probe)
{
	*ret_probe = (struct store_probe){.clock_known = true, .region_status = STORE_UNSUPPORTED};
	error_set(&ret_probe->region_trouble, "a folder is in no region");
	ret_probe->status = list(store, "", store_note_object, &ret_probe->not_empty, &ret_probe->trouble);
	if (ret_probe->status == STORE_NO_BUCKET)
		strcpy(ret_probe->hint, "is the folder under 'path' the right one, and is it mounted?");
	if (ret_probe->status == STORE_DENIED)
		strcpy(ret_probe->hint, "muster must be allowed to read the folder and everything in it");
}

static void close_directory(struct store *store)
{
	struct directory *directory = (struct directory *)store;

	free(directory->path);
	free(directory->prefix);
	store_release_texts(&directory->store);
	free(directory);
}

static int open_directory(const void *declared, struct store **ret_store, struct error *err)
{
	const struct directory_parameters *given = declared;
	struct directory *directory = memory_alloc(sizeof(*directory));

	(void)err;
	directory->path = memory_string(given->path);
	directory->prefix = memory_string(given->prefix != NULL ? given->prefix : "");
	directory->store = (struct store){
		.driver = &directory_driver,
		.description = memory_format("%s%s%s", given->path, directory->prefix[0] != '\0' ? "/" : "",
					     directory->prefix),
		.place = memory_format("%s/%s", given->path, directory->prefix),
		.bucket = memory_string(given->path),
		.probe = probe,
		.list = list,
		.head = head,
		.get = get,
		.get_range = get_range,
		.begin_put = directory_begin_put,
		.close = close_directory,
	};
	*ret_store = &directory->store;
	return 0;
}

const struct store_driver directory_driver = {
	.name = "directory",
	.help = "a folder; needs no server",
	.example = "{path: /mnt/backups}",
	.parameters = &record,
	.open = open_directory,
};

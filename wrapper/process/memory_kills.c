#include "wrapper/process/memory_kills.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "wrapper/process/children.h"

#define ANCESTORS_MAX 100
#define UNLIMITED_BYTES (INT64_MAX / 2) /* version 1 says the largest multiple of a page instead of "max" */

static bool holds_item(const char *list, const char *item)
{
	size_t length = strlen(item);

	for (const char *at = list; *at != '\0'; at += strcspn(at, ",") + (at[strcspn(at, ",")] == ','))
		if (strncmp(at, item, length) == 0 && (at[length] == ',' || at[length] == '\0'))
			return true;
	return false;
}

/* "4:memory:/path", "0::/path" */
static char *find_path(FILE *groups, bool unified)
{
	cleanup_free char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, groups) > 0) {
		char *controllers = strchr(line, ':');
		char *path = controllers != NULL ? strchr(controllers + 1, ':') : NULL;
		if (path == NULL)
			continue;
		*path++ = '\0';
		path[strcspn(path, "\n")] = '\0';
		if (unified ? controllers[1] == '\0' : holds_item(controllers + 1, "memory"))
			return memory_string(path);
	}
	return NULL;
}

/* "34 30 0:31 /root /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory", with any number of fields before the "-" */
static bool read_mount(char *line, bool unified, char **ret_root, char **ret_point)
{
	char *rest = strstr(line, " - "), *fields[5], *save = NULL;

	if (rest == NULL)
		return false;
	*rest = '\0';
	char *type = strtok_r(rest + 3, " \n", &save), *source = strtok_r(NULL, " \n", &save);
	char *options = strtok_r(NULL, " \n", &save);
	if (type == NULL || source == NULL || options == NULL || strcmp(type, unified ? "cgroup2" : "cgroup") != 0 ||
	    (!unified && !holds_item(options, "memory")))
		return false;
	fields[0] = strtok_r(line, " ", &save);
	for (int i = 1; i < 5; i++)
		fields[i] = strtok_r(NULL, " ", &save);
	*ret_root = fields[3];
	*ret_point = fields[4];
	return fields[4] != NULL;
}

/* NULL where the mount does not hold the group. */
static const char *path_below(const char *path, const char *root)
{
	size_t length = strcmp(root, "/") == 0 ? 0 : strlen(root);

	if (strncmp(path, root, length) != 0 || (path[length] != '/' && path[length] != '\0'))
		return NULL;
	path += length;
	return strcmp(path, "/") == 0 ? "" : path;
}

static bool take_group(struct memory_group *group, const char *point, const char *rest, bool unified)
{
	int length = snprintf(group->folder, sizeof(group->folder), "%s%s", point, rest);

	group->unified = unified;
	return length > 0 && (size_t)length < sizeof(group->folder);
}

static const char *counter_of(const struct memory_group *group)
{
	return group->unified ? "memory.events" : "memory.oom_control";
}

static bool has_counter(const struct memory_group *group)
{
	cleanup_free char *path = memory_format("%s/%s", group->folder, counter_of(group));

	return access(path, R_OK) == 0;
}

bool memory_kills_locate(FILE *groups, FILE *mounts, bool unified, struct memory_group *ret_group)
{
	cleanup_free char *path = find_path(groups, unified);
	cleanup_free char *line = NULL;
	size_t size = 0;
	bool found = false;

	while (path != NULL && getline(&line, &size, mounts) > 0) {
		char *root, *point;
		if (!read_mount(line, unified, &root, &point))
			continue;
		/* A path that leads out of a namespace: its own part is all that the container can see. */
		const char *rest = strncmp(path, "/..", 3) == 0 ? "" : path_below(path, root);
		if (rest != NULL && take_group(ret_group, point, rest, unified)) {
			ret_group->is_container = rest[0] == '\0' && (unified || strcmp(root, "/") != 0);
			found = true;
			if (has_counter(ret_group))
				break;
		}
	}
	return found;
}

/* The number behind the word at the begin of a line; without a word, of the whole file. */
static int64_t read_number(const struct memory_group *group, const char *name, const char *word)
{
	cleanup_free char *path = memory_format("%s/%s", group->folder, name);
	cleanup_file FILE *file = fopen(path, "re");
	char line[128];
	size_t length = strlen(word);
	int64_t number = -1;

	while (file != NULL && number < 0 && fgets(line, sizeof(line), file) != NULL) {
		char *begin = line + length, *end;
		if (strncmp(line, word, length) != 0)
			continue;
		number = (int64_t)strtoll(begin, &end, 10);
		if (end == begin)
			return -1;
	}
	return number;
}

static bool find_group(bool unified, struct memory_group *ret_group)
{
	cleanup_file FILE *groups = fopen("/proc/self/cgroup", "re");
	cleanup_file FILE *mounts = fopen("/proc/self/mountinfo", "re");

	return groups != NULL && mounts != NULL && memory_kills_locate(groups, mounts, unified, ret_group) &&
	       read_number(ret_group, counter_of(ret_group), "oom_kill ") >= 0;
}

/* Both versions may be mounted; only one of them has the memory controller. NULL: neither. */
static const struct memory_group *own_group(void)
{
	static struct memory_group group;
	static enum { UNKNOWN, NONE, FOUND } state;

	if (state == UNKNOWN)
		state = find_group(true, &group) || find_group(false, &group) ? FOUND : NONE;
	return state == FOUND ? &group : NULL;
}

int64_t memory_kills_count(void)
{
	const struct memory_group *group = own_group();

	return group != NULL ? read_number(group, counter_of(group), "oom_kill ") : -1;
}

int64_t memory_kills_limit(void)
{
	const struct memory_group *group = own_group();
	int64_t limit =
		group == NULL ? -1 : read_number(group, group->unified ? "memory.max" : "memory.limit_in_bytes", "");

	return limit < UNLIMITED_BYTES ? limit : -1;
}

/* Who was executed in a container from outside (kubectl exec) has no parent in it, and shares it with its own program. */
static bool descends_from_process_1(void)
{
	pid_t pid = getppid();

	for (int i = 0; i < ANCESTORS_MAX && pid > 1; i++)
		pid = children_parent_of(pid);
	return pid == 1;
}

bool memory_kills_are_own(void)
{
	const struct memory_group *group = own_group();

	return group != NULL && (getpid() == 1 || (group->is_container && descends_from_process_1()));
}

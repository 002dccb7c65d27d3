#include "wrapper/verbs/given_manifests.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/clock.h"
#include "assertions/base/memory.h"
#include "wrapper/roll.h"

static bool is_manifest_name(const char *name)
{
	static const char *const endings[] = {".yml", ".yaml", ".json"};
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot != NULL && dot != name && name[0] != '.' && i < sizeof(endings) / sizeof(endings[0]);
	     i++)
		if (strcasecmp(dot, endings[i]) == 0)
			return true;
	return false;
}

static int add(struct given_manifests *paths, char *path, struct error *err)
{
	if (paths->count == GIVEN_MANIFESTS_MAX) {
		free(path);
		return error_set(err, "more than %d manifests", GIVEN_MANIFESTS_MAX);
	}
	paths->paths = memory_grow(paths->paths, paths->count + 1, sizeof(*paths->paths));
	paths->paths[paths->count++] = path;
	return 0;
}

static int by_name(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

static int add_folder(struct given_manifests *paths, const char *folder, struct error *err)
{
	cleanup_dir DIR *dir = opendir(folder);
	size_t before = paths->count;

	if (dir == NULL && errno == ENOMEM)
		memory_exhausted();
	if (dir == NULL)
		return error_set(err, "cannot read the folder '%s': %s", folder, strerror(errno));
	for (const struct dirent *entry; errno = 0, (entry = readdir(dir)) != NULL;)
		if (is_manifest_name(entry->d_name) &&
		    add(paths, memory_format("%s/%s", folder, entry->d_name), err) < 0)
			return -1;
	if (errno != 0)
		return error_set(err, "cannot read the folder '%s': %s", folder, strerror(errno));
	if (paths->count == before)
		return error_set(err, "the folder '%s' holds no manifest (*.yml, *.yaml, *.json)", folder);
	qsort(paths->paths + before, paths->count - before, sizeof(*paths->paths), by_name);
	return 0;
}

int given_manifests_find(const char *const *arguments, size_t count, struct given_manifests *ret_paths,
			 struct error *err)
{
	*ret_paths = (struct given_manifests){0};
	for (size_t i = 0; i < count; i++) {
		struct stat status;
		bool folder = stat(arguments[i], &status) == 0 && S_ISDIR(status.st_mode);
		int result = folder ? add_folder(ret_paths, arguments[i], err)
				    : add(ret_paths, memory_string(arguments[i]), err);
		if (result < 0) {
			given_manifests_release(ret_paths);
			return -1;
		}
	}
	return 0;
}

void given_manifests_release(struct given_manifests *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		free(paths->paths[i]);
	free(paths->paths);
	*paths = (struct given_manifests){0};
}

struct manifest_options given_manifests_options(const struct command_options *options, const char *verb)
{
	return (struct manifest_options){.vars = options->vars,
					 .var_count = options->var_count,
					 .unset_env_is_warning = true,
					 .run_id = verb,
					 .run_started_ms = clock_now_ms()};
}

int given_manifests_code(const struct manifest *manifest, const struct diagnostics *diagnostics)
{
	if (diagnostics->errors > 0 && diagnostics->errors == diagnostics->usage_errors)
		return EXIT_USAGE;
	return manifest != NULL && diagnostics->errors == 0 ? EXIT_PASSED : EXIT_MANIFEST;
}

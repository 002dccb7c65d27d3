#include "wrapper/verbs/report_folder.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "assertions/base/cleanup.h"
#include "assertions/base/memory.h"
#include "wrapper/report/report.h"

#define NAME_BYTES_MAX 200

bool report_folder_is_one(const char *path)
{
	size_t length = strlen(path);

	return length > 0 && path[length - 1] == '/';
}

static bool is_fit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("._-", c) != NULL;
}

static char *name_of(const char *manifest)
{
	char *name = memory_substring(manifest, strlen(manifest) < NAME_BYTES_MAX ? strlen(manifest) : NAME_BYTES_MAX);

	for (char *at = name; *at != '\0'; at++)
		if (!is_fit(*at) || (at == name && *at == '.'))
			*at = '_';
	return name;
}

static bool has_folder(const struct command_options *options)
{
	for (size_t i = 0; i < options->report_count; i++)
		if (report_folder_is_one(options->reports[i].path))
			return true;
	return false;
}

static int take_name(struct report_folder *folder, const char *name, const char *manifest, struct error *err)
{
	for (size_t i = 0; i < folder->count; i++)
		if (strcmp(folder->names[i], name) == 0)
			return error_set(err,
					 "the reports of the manifest '%s' would take the place of another's: both "
					 "would be named '%s'",
					 manifest, name);
	folder->names = memory_grow(folder->names, folder->count + 1, sizeof(*folder->names));
	folder->names[folder->count++] = memory_string(name);
	return 0;
}

int report_folder_resolve(struct report_folder *folder, const struct command_options *options, const char *manifest,
			  struct command_options *ret_resolved, struct error *err)
{
	cleanup_free char *name = name_of(manifest);

	if (has_folder(options) && take_name(folder, name, manifest, err) < 0)
		return -1;
	*ret_resolved = *options;
	for (size_t i = 0; i < options->report_count; i++) {
		const struct report_request *request = &options->reports[i];
		if (!report_folder_is_one(request->path))
			continue;
		/* Where that does not succeed, writing the report says why. */
		mkdir(request->path, 0777);
		ret_resolved->reports[i].path =
			memory_format("%s%s.%s", request->path, name, request->format->extension);
	}
	return 0;
}

void report_folder_release_options(const struct command_options *options, struct command_options *resolved)
{
	for (size_t i = 0; i < options->report_count; i++)
		if (resolved->reports[i].path != options->reports[i].path)
			free((void *)(uintptr_t)resolved->reports[i].path);
}

void report_folder_release(struct report_folder *folder)
{
	for (size_t i = 0; i < folder->count; i++)
		free(folder->names[i]);
	free(folder->names);
	*folder = (struct report_folder){0};
}

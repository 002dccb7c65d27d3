/*
 * The manifests that a command line names: files, "-", and folders, which stand for the *.yml, *.yaml and *.json in
 * them (not below them), in the order of their names.
 */
#ifndef MUSTER_VERBS_MANIFEST_PATHS_H
#define MUSTER_VERBS_MANIFEST_PATHS_H

#include <stddef.h>

#include "assertions/base/error.h"

#define MANIFEST_PATHS_MAX 10000

struct manifest_paths {
	char **paths;
	size_t count;
};

/* -1 where a folder cannot be read or holds no manifest: that nothing was looked at must not look like a pass. */
int manifest_paths_find(const char *const *arguments, size_t count, struct manifest_paths *ret_paths, struct error *err);
void manifest_paths_release(struct manifest_paths *paths);

#endif

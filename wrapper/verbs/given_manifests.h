/*
 * The manifests that a command line names: files, "-", and folders, which stand for the *.yml, *.yaml and *.json in
 * them (not below them), in the order of their names.
 */
#ifndef MUSTER_VERBS_GIVEN_MANIFESTS_H
#define MUSTER_VERBS_GIVEN_MANIFESTS_H

#include "wrapper/command.h"
#include "wrapper/manifest/manifest.h"

#define GIVEN_MANIFESTS_MAX 10000

struct given_manifests {
	char **paths;
	size_t count;
};

/* -1 where a folder cannot be read or holds no manifest: that nothing was looked at must not look like a pass. */
int given_manifests_find(const char *const *arguments, size_t count, struct given_manifests *ret_paths,
			 struct error *err);
void given_manifests_release(struct given_manifests *paths);

/*
 * How one is loaded where nothing is run: with the variables of the command line, and what a variable of the environment holds may
 * be unknown. The verb stands for the id of a run.
 */
struct manifest_options given_manifests_options(const struct command_options *options, const char *verb);

/* What loading came to: EXIT_PASSED; EXIT_USAGE where nothing is wrong but the command line; EXIT_MANIFEST, also without a reason. */
int given_manifests_code(const struct manifest *manifest, const struct diagnostics *diagnostics);

#endif

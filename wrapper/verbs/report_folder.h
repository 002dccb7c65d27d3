/*
 * `--report FORMAT=FOLDER/`: a file for each manifest in that folder, "FOLDER/NAME.EXTENSION" with the manifest's name, in which
 * what is fit for no file's name is an underscore. The folder is made where it is not there; its parents are not.
 */
#ifndef MUSTER_VERBS_REPORT_FOLDER_H
#define MUSTER_VERBS_REPORT_FOLDER_H

#include "assertions/base/error.h"
#include "wrapper/command.h"

struct report_folder {          /* what manifests have taken so far; zeroed to begin with */
	char **names;
	size_t count;
};

bool report_folder_is_one(const char *path);

/*
 * The options with a file in the place of every folder; the paths in it belong to `ret_resolved`, for
 * report_folder_release_options(). -1 where a manifest before had the name already.
 */
int report_folder_resolve(struct report_folder *folder, const struct command_options *options, const char *manifest,
			  struct command_options *ret_resolved, struct error *err);
void report_folder_release_options(const struct command_options *options, struct command_options *resolved);
void report_folder_release(struct report_folder *folder);

#endif

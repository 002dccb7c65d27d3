/*
 * What the parts of the folder as a store share: directory.c and directory_put.c. Only for these.
 */
#ifndef MUSTER_STORES_FOLDER_DIRECTORY_PRIVATE_H
#define MUSTER_STORES_FOLDER_DIRECTORY_PRIVATE_H

#include <stdbool.h>

#include "assertions/stores/folder/directory.h"

struct directory {
	struct store store; /* first: a struct store * is a struct directory * */
	char *path;
	char *prefix; /* "" */
};

/* Whether a file below the folder can have this path: "a//b" and "../a" are other files than they say. */
bool directory_is_path_below(const char *path);

#endif

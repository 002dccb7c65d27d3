/*
 * A folder as a store: its regular files (also behind symbolic links) are the objects, their paths below it the keys.
 *
 * Symbolic links to folders are not walked, what muster is still writing (".muster-*") is no object, and no key leads
 * out of the folder.
 */
#ifndef MUSTER_STORE_DIRECTORY_H
#define MUSTER_STORE_DIRECTORY_H

#include "store.h"

#define DIRECTORY_DEPTH_MAX 64
#define DIRECTORY_TEMPORARY ".muster-"

extern const struct store_driver directory_driver;

#endif

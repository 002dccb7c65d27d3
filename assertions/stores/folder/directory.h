/*
 * A folder as a store: its regular files (also behind symbolic links) are the objects, their paths below it the keys.
 *
 * What is listed is what can be asked for and read: every key without empty parts, "." and ".."; no symbolic link to a
 * folder is followed; what muster is still writing (".muster-*"), pipes, sockets, devices and dangling links are no objects.
 * A folder that may not be read is an error of the listing, since the newest object may be in it. A file that is beside another as
 * KEY.sha256 is an object of its own: it says what somebody meant to store, which 'digest: {sidecar}' compares with the bytes.
 */
#ifndef MUSTER_STORES_FOLDER_DIRECTORY_H
#define MUSTER_STORES_FOLDER_DIRECTORY_H

#include "assertions/stores/store.h"

#define DIRECTORY_DEPTH_MAX 64
#define DIRECTORY_TEMPORARY ".muster-"

extern const struct store_driver directory_driver;

#endif

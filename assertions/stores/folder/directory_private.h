/*
 * What the parts of the folder as a store share: directory.c and directory_put.c. Only for these.
 */
#ifndef MUSTER_STORES_FOLDER_DIRECTORY_PRIVATE_H
#define MUSTER_STORES_FOLDER_DIRECTORY_PRIVATE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "assertions/stores/folder/directory.h"
#include "assertions/stores/upload.h"

struct directory {
	struct store store; /* first: a struct store * is a struct directory * */
	char *path;
	char *prefix; /* "" */
};

/* Whether a file below the folder can have this path: "a//b" and "../a" are other files than they say. */
bool directory_is_path_below(const char *path);

/*
 * Uploads to a folder: under a temporary name (".muster-...") beside the place, flushed, and renamed when whole.
 *
 * Folders that the key names are made; none of them may be a symbolic link, since what lies behind one is not
 * listed. A file that is there is replaced only where that is allowed, in one step either way. Beside "NAME" lies ".muster-NAME.sha256"
 * afterwards, which is no object: the SHA-256 of what was uploaded, as sha256sum(1) writes and checks it.
 *
 * struct store's begin_put(). Temporary files of this key are removed that were written to a day ago and are nobody's any more.
 */
int directory_begin_put(struct store *store, const char *key, const struct upload_options *options,
			struct upload **ret_upload, struct error *err);

/* What was written down of the file when it was uploaded; "" where nothing was, or where the file was written to since. */
void directory_put_digest(const char *path, const struct stat *facts, char ret_sha256[65]);

#endif

/*
 * Uploads to a folder: under a temporary name (".muster-...") beside the place, flushed, and renamed when whole.
 *
 * Folders that the key names are made; none of them may be a symbolic link, since what lies behind one is not
 * listed. A file that is there is replaced only where that is allowed, in one step either way. Beside "NAME" lies ".muster-NAME.sha256"
 * afterwards, which is no object: the SHA-256 of what was uploaded, as sha256sum(1) writes and checks it.
 */
#ifndef MUSTER_STORES_FOLDER_DIRECTORY_PUT_H
#define MUSTER_STORES_FOLDER_DIRECTORY_PUT_H

#include <sys/stat.h>

#include "assertions/stores/folder/directory_private.h"
#include "assertions/stores/upload.h"

/* struct store's begin_put(). Temporary files of this key are removed that were written to a day ago and are nobody's any more. */
int directory_begin_put(struct store *store, const char *key, const struct upload_options *options,
			struct upload **ret_upload, struct error *err);

/* What was written down of the file when it was uploaded; "" where nothing was, or where the file was written to since. */
void directory_put_digest(const char *path, const struct stat *facts, char ret_sha256[65]);

#endif

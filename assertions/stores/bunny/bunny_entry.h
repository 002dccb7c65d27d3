/*
 * What Bunny's storage says of a file or a folder: an object of JSON, alone (DESCRIBE) or in an array (a folder's
 * listing), which is read one after the other in bounded memory.
 *
 * docs.bunny.net/api-reference/storage: ObjectName, IsDirectory, Length, LastChanged (UTC without saying so), Checksum (SHA-256
 * in upper-case hex; null where it was never made).
 */
#ifndef MUSTER_STORES_BUNNY_BUNNY_ENTRY_H
#define MUSTER_STORES_BUNNY_BUNNY_ENTRY_H

#include <stdbool.h>
#include <stddef.h>

#include "assertions/base/error.h"
#include "assertions/stores/store.h"

#define BUNNY_ENTRY_BYTES_MAX ((size_t)64 << 10) /* of an entry's JSON */

struct bunny_entry {
	char name[STORE_KEY_MAX]; /* without its folder */
	bool is_folder;
	struct store_object object; /* but for its key; of a folder: nothing */
};

struct bunny_reader { /* text that is pulled */
	/* The next block; a length of 0 is the end. -1 ends the reading with nothing said in its *err. */
	int (*next)(void *context, const unsigned char **ret_data, size_t *ret_length);
	void *context;
	const unsigned char *data;
	size_t length, at;
	bool ended, failed; /* failed: next() did */
	size_t entry_bytes;
};

/* One entry, and nothing after it. Untrue names are errors: no key is made of "..", or of what holds a slash. */
int bunny_entry_read(struct bunny_reader *reader, struct bunny_entry *ret_entry, struct error *err);

/* An array of entries to its end; found() returns 0 to go on, else that is all. */
int bunny_entry_read_all(struct bunny_reader *reader, int (*found)(void *context, const struct bunny_entry *entry),
			 void *context, struct error *err);

#endif

/*
 * The files of a zone, folder by folder: a folder's listing comes whole, however long, and is told while it comes.
 *
 * Where it breaks off it is asked for again and gone on with where it broke off; if what was told before is not the same
 * then, that is an error: no file is told twice.
 */
#ifndef MUSTER_STORES_BUNNY_BUNNY_LIST_H
#define MUSTER_STORES_BUNNY_BUNNY_LIST_H

#include "assertions/stores/bunny/bunny.h"

#define BUNNY_FOLDERS_MAX 100000u
#define BUNNY_PENDING_MAX ((size_t)16 << 20) /* bytes of names of folders still to be looked into */

/* struct store's list(). */
enum store_status bunny_list(struct store *store, const char *prefix,
			     int (*found)(void *context, const struct store_object *object), void *context,
			     struct error *err);

/* struct store's probe(): lists until there is a file. */
void bunny_probe(struct store *store, struct store_probe *ret_probe);

#endif

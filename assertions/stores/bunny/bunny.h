/*
 * Bunny Edge Storage by its own API (docs.bunny.net/storage/http): a zone of folders and files, one access key.
 *
 * The store knows the SHA-256 of every file. It has neither ETags nor versions, lifecycle, locks or storage classes, and
 * does not say where a zone is.
 */
#ifndef MUSTER_STORES_BUNNY_BUNNY_H
#define MUSTER_STORES_BUNNY_BUNNY_H

#include "assertions/stores/store.h"

extern const struct store_driver bunny_driver;

#endif

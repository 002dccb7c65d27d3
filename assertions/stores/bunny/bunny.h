/*
 * Bunny Edge Storage by its own API (docs.bunny.net/storage/http): a zone of folders and files, one access key.
 *
 * Parts, from the bottom: http.h, bunny_answer.h (what an answer means), bunny_request.h (one request, tried again where that
 * helps), bunny_entry.h (what is said of a file), bunny_list.h, bunny_object.h, bunny_put.h, bunny_bucket.h (the driver's calls), bunny.c (configuration).
 * What is in this header is shared among these and is nobody else's.
 *
 * The store knows the SHA-256 of every file. It has neither ETags nor versions, lifecycle, locks or storage classes, and
 * does not say where a zone is.
 */
#ifndef MUSTER_STORES_BUNNY_BUNNY_H
#define MUSTER_STORES_BUNNY_BUNNY_H

#include <stdbool.h>
#include <stdint.h>

#include "assertions/value/parameter.h"
#include "assertions/stores/endpoint.h"
#include "assertions/stores/http/http.h"
#include "assertions/stores/store.h"

struct bunny_parameters {
	int region; /* enum bunny_region */
	const char *zone;
	const char *prefix; /* NULL: none; put in front of every key as it stands */
	struct secret *access_key;
	const char *endpoint; /* NULL: the region's */
	const char *ca_file; /* NULL: the system's */
	int64_t timeout_ms; /* how long what fails for the moment is tried again; also the longest silence */
};

/* In the order of the manifest's words. */
enum bunny_region {
	BUNNY_DE,
	BUNNY_UK,
	BUNNY_NY,
	BUNNY_LA,
	BUNNY_SG,
	BUNNY_SE,
	BUNNY_BR,
	BUNNY_JH,
	BUNNY_SYD,
};

struct bunny {
	struct store store; /* first: a struct store * is a struct bunny * */
	struct endpoint endpoint;
	char *zone;
	char *prefix; /* "" */
	char *access_key;
	int64_t timeout_ms;
	bool clock_known;
	struct http_client *http;
};

extern const struct store_driver bunny_driver;

/* The whole key; the caller frees. */
char *bunny_whole_key(const struct bunny *bunny, const char *key);

/* Whether a file can have the whole key: no part of it is empty, "." or "..", and it fits. */
bool bunny_is_key(const char *whole);

#endif

/*
 * A step's standard output on its way into a store, as a stream and without a temporary file.
 */
#ifndef MUSTER_RUN_UPLOAD_SINK_H
#define MUSTER_RUN_UPLOAD_SINK_H

#include "assertions/stores/upload.h"
#include "wrapper/process/outfile.h"

struct upload_sink {
	struct sink sink;               /* first: a struct sink * is a struct upload_sink * */
	struct store *store;
	const char *key;
	struct upload_options options;
	char *name;
	struct upload *upload;          /* NULL: not open */
};

/* The store and the key are borrowed. A store that is NULL could not be opened: nothing can be written to it. */
void upload_sink_init(struct upload_sink *sink, struct store *store, const char *key,
		      const struct upload_options *options);
void upload_sink_release(struct upload_sink *sink);     /* what is open is discarded */

#endif

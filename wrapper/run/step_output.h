/*
 * Where a step's output goes.
 *
 * struct merge: two streams made one without tearing lines, standard output and standard error where they had to be told apart.
 * Whole lines pass on as they are completed. A line longer than MERGE_LINE_MAX passes on in pieces. What never ended, or comes in
 * pieces, is ended where the other stream goes on.
 *
 * struct upload_sink: standard output on its way into a store, as a stream and without a temporary file.
 */
#ifndef MUSTER_RUN_STEP_OUTPUT_H
#define MUSTER_RUN_STEP_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "assertions/base/buffer.h"
#include "assertions/stores/upload.h"
#include "wrapper/process/outfile.h"

#define MERGE_LINE_MAX ((size_t)1 << 16)
#define MERGE_STREAMS 2

struct merge {
	struct buffer pending[MERGE_STREAMS];
	void (*line)(void *context, const char *data, size_t length);
	void *context;
	unsigned latest;
	bool is_unfinished; /* what was passed on last, of the `latest` stream */
};

void merge_init(struct merge *merge, void (*line)(void *context, const char *data, size_t length), void *context);
void merge_feed(struct merge *merge, unsigned stream, const char *data, size_t length);
/* Passes on what is left of lines that never ended. */
void merge_finish(struct merge *merge);
void merge_release(struct merge *merge);

struct upload_sink {
	struct sink sink; /* first: a struct sink * is a struct upload_sink * */
	struct store *store;
	const char *key;
	struct upload_options options;
	char *name;
	struct upload *upload; /* NULL: not open */
};

/* The store and the key are borrowed. A store that is NULL could not be opened: nothing can be written to it. */
void upload_sink_init(struct upload_sink *sink, struct store *store, const char *key,
		      const struct upload_options *options);
void upload_sink_release(struct upload_sink *sink); /* what is open is discarded */

#endif

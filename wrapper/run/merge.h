/*
 * Two streams made one without tearing lines: standard output and standard error where they had to be told apart.
 *
 * Whole lines pass on as they are completed. A line longer than MERGE_LINE_MAX passes on in pieces.
 */
#ifndef MUSTER_RUN_MERGE_H
#define MUSTER_RUN_MERGE_H

#include <stddef.h>

#include "assertions/base/buffer.h"

#define MERGE_LINE_MAX ((size_t)1 << 16)
#define MERGE_STREAMS 2

struct merge {
	struct buffer pending[MERGE_STREAMS];
	void (*line)(void *context, const char *data, size_t length);
	void *context;
};

void merge_init(struct merge *merge, void (*line)(void *context, const char *data, size_t length), void *context);
void merge_feed(struct merge *merge, unsigned stream, const char *data, size_t length);
/* Passes on what is left of lines that never ended. */
void merge_finish(struct merge *merge);
void merge_release(struct merge *merge);

#endif

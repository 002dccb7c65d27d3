/*
 * The parts of one upload on their way to the store, several at once, each in a thread with a connection of its own.
 *
 *     struct s3_senders *senders = s3_senders_new(s3, &multipart, count);
 *     s3_senders_give(senders, number, &data, &capacity, length, &err);       waits until a sender is free
 *     s3_senders_finish(senders, &err);                                       waits until all parts have come
 *     ... s3_senders_parts(senders, &count) ...
 *     s3_senders_free(senders);
 *
 * A part is signed afresh and sent again as s3_request.h says; the first that fails for good ends all others.
 */
#ifndef MUSTER_STORES_S3_S3_SENDERS_H
#define MUSTER_STORES_S3_S3_SENDERS_H

#include <stddef.h>

#include "assertions/stores/s3/s3.h"
#include "assertions/stores/s3/s3_multipart.h"

struct s3_senders;

/* The multipart upload has been begun; it and the store are borrowed. */
struct s3_senders *s3_senders_new(const struct s3 *s3, const struct s3_multipart *multipart, unsigned count);

/* Parts in their order, from 1. The data is taken, and memory to fill with the next part given for it; NULL with a capacity of 0 is such. */
int s3_senders_give(struct s3_senders *senders, unsigned number, unsigned char **data, size_t *capacity, size_t length,
		    struct error *err);
int s3_senders_finish(struct s3_senders *senders, struct error *err);
const struct s3_multipart_part *s3_senders_parts(const struct s3_senders *senders, unsigned *ret_count);

/* What is still on its way is broken off. NULL is harmless. */
void s3_senders_free(struct s3_senders *senders);

/*
 * The same store for another thread, with a connection of its own; `deaf`: also when muster was told to end.
 * Released with s3_senders_release_copy().
 */
void s3_senders_copy(const struct s3 *s3, int64_t silence_ms, bool deaf, struct s3 *ret_copy);
void s3_senders_release_copy(struct s3 *copy);

#endif

/*
 * How an upload is cut into parts, and how much memory that takes.
 *
 * S3 takes 10,000 parts of 5 MiB to 5 GiB, all but the last of any size that is the same or not
 * (docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html). Parts of one size are what other tools can prove, and what some stores
 * insist on: where the size is known all parts have one. A stream's have 32 MiB each, and twice as much after every
 * 2000 of them up to 512 MiB: 62 GiB in equal parts, 1.9 TiB at most.
 *
 * A part is held in memory until the store has it. The one that is being filled and those on their way are
 * 160 MiB together at most, and two of them where a part is larger than 80 MiB, as those of a terabyte are.
 */
#ifndef MUSTER_STORES_UPLOAD_PARTS_H
#define MUSTER_STORES_UPLOAD_PARTS_H

#include <stdint.h>

#define UPLOAD_PARTS_MAX 10000u
#define UPLOAD_PART_BYTES ((int64_t)16 << 20) /* where the size is known and that is enough */
#define UPLOAD_STREAM_PART_BYTES ((int64_t)32 << 20)
#define UPLOAD_STREAM_PART_BYTES_MAX ((int64_t)512 << 20)
#define UPLOAD_STREAM_STEP 2000u
#define UPLOAD_PART_BYTES_MAX ((int64_t)5 << 30)
#define UPLOAD_MEMORY_BYTES ((int64_t)160 << 20)
#define UPLOAD_SENDERS_MAX 4u

/* The size of a part by its number, from 1; `size_bytes` of the whole, -1 where it is not known. */
int64_t upload_parts_size(int64_t size_bytes, unsigned number);

/* How many parts of that size may be on their way while one is filled; at least one. */
unsigned upload_parts_senders(int64_t part_bytes);

#endif

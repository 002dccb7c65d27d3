/* The middle of sizes that backups had, and how far another is from it. */
#ifndef MUSTER_CHECKS_MEDIAN_H
#define MUSTER_CHECKS_MEDIAN_H

#include <stddef.h>
#include <stdint.h>

#define MEDIAN_OF 7 /* so many of the newest, where nothing else is declared */

/* Of 1 to EARLIER_MAX sizes. Of an even number the lower of the two in the middle: a size that a backup really had. */
int64_t median_of(const int64_t *sizes, size_t count);

/* In percent, negative where it is smaller. */
double median_drift(int64_t bytes, int64_t median);

#endif
